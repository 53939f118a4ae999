"""What a prompt brings along from where it was written: line breaks, quotation marks, commands, cards, link brackets.

Chats, phones and other programs put such things around prompts and links. They are taken off, and told.
"""

import re
from bisect import bisect_right
from collections.abc import Callable

from bot.language import Sentence, _
from bot.prompts.braces import match_braces
from bot.prompts.findings import Finding, quoted
from bot.prompts.folding import EMOJI, FULL_MARKS, LONG_DASHES, UNSPACED, closer_of, fold
from bot.prompts.table import TABLE
from bot.text import one_line, unescape_html

_Found = tuple[str, tuple[Finding, ...]]

_MAX_ROUNDS = 4  # a prompt in stars in quotes in a code block
_MARKDOWN = "`*_~|"
_LETTERING = '"\u201c\u201e\u00ab\u300c\u300e\uff02'  # what opens a quotation; an apostrophe may stand alone
_LINE_MARKS = re.compile(r"^[^\S\n]*(?:>{1,3}|-?#{1,3})[^\S\n]+(?=\S)", re.MULTILINE)
_FENCE = re.compile(r"\s*(`{3,})(?:[a-z]{1,12}\n)?([^`].*?)\1\s*", re.DOTALL)
_COMMAND = re.compile(
    r"(?:/\s?imagine\b(?:\s*prompt\b)?+(?:\s*:(?!:))?+|imagine\s+prompt\s*:(?!:)"
    r"|(?:prompt|\u63d0\u793a[\u8bcd\u8a5e]|\u30d7\u30ed\u30f3\u30d7\u30c8|\ud504\ub86c\ud504\ud2b8|\u043f\u0440\u043e\u043c\u043f?\u0442)\s*:(?!:))\s*(?=[^\s:])",
    re.IGNORECASE,
)
_HOW = r"Image \#[0-9]|(?:Variations|Upscaled|Zoom Out|Pan|Remix|Vary|Reroll|Animated?|Remastered)\b[^@<]{0,40}\bby"
_CARD = re.compile(
    rf"\s+[-\u2013\u2014]\s(?P<how>(?:{_HOW})\s)?(?:<@!?[0-9]{{1,20}}>|\\?@[^\s()@][^()@]{{0,39}}?)"
    r"(?P<state>(?:\s?\([^()]{1,60}\)){1,4})?\s*$"
)
_ESCAPED = re.compile(r"\\([\\*_`~|<>\[\]@])")
_FLAG = re.compile(rf"(?<![a-z0-9-])-+ ?(?:{'|'.join(TABLE.specs_by_name)})(?![a-z])", re.IGNORECASE)
_EMOJI = re.compile(r"<a?:([A-Za-z0-9_]{1,32}):[0-9]{1,20}>")

_HTML = r"lt|gt|quot|apos|nbsp|mdash|ndash|hellip|[lr][sd]quo|#[0-9]{2,5}|#x[0-9a-f]{2,4}"
_ENTITY = re.compile(rf"&(?:amp;)*({_HTML});|&(?:amp;)+", re.IGNORECASE)
_ESCAPED_DASH = re.compile(rf"\\(?=[{LONG_DASHES}-])")
_ESCAPED_BREAK = re.compile(rf"(?:\\[nrt])+(?=\s*[{LONG_DASHES}-]{{1,2}}[a-z])", re.IGNORECASE)
_CELL = re.compile(r'\s*"((?:[^"]|"")+)"\s*')
_TIME = r"[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2})?(?:\s?[ap]\.?m\.?)?"
_DATE = r"[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}"
_WHEN = rf"(?:{_DATE},?\s{_TIME}|{_TIME}(?:,\s{_DATE})?)"
_SENDER = r"[^\[\]:\n]{1,40}?"
_MESSAGE_HEAD = re.compile(
    rf"[\s\u200e\u200f]*(?:\[{_WHEN}\]\s?{_SENDER}:\s?|{_WHEN}\s-\s{_SENDER}:\s|{_SENDER},\s\[{_WHEN}\]:?\s"
    rf"|[^\n]{{1,40}}?\s\u2014\s(?:[^\n:]{{1,20}}\s)?{_WHEN}[^\S\n]*\n)(?=\s*\S)",
    re.IGNORECASE,
)

_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_BEHIND_PICTURE = "|".join(rf"(?<=\.{ending})" for ending in ("png", "jpg", "jpeg", "webp", "gif"))
_DASHED_NAME = rf"(?:--|[{LONG_DASHES}])[{LONG_DASHES}-]*(?:{'|'.join(TABLE.specs_by_name)})"
_LINK_STOPS = re.compile(
    rf"[{FULL_MARKS}\"<>`]|\*\*|\|\||::|(?:{_BEHIND_PICTURE})(?=[,;'*|\\]|[^\x00-\x7f]|--|https?://)"
    rf"|{_DASHED_NAME}(?=\s[0-9.])",
    re.IGNORECASE,
)
# Browsers and chats write what stands behind a link's "?" in ASCII.
_QUERY_STOPS = re.compile(rf"[{UNSPACED}{EMOJI}{LONG_DASHES}]|{_DASHED_NAME}(?![a-z_-])", re.IGNORECASE)
_PLAIN_LINK = re.compile(  # Discord's and Midjourney's own links, which have nothing but these in them
    r"https?://(?:[a-z0-9-]{1,20}\.discordapp\.(?:com|net)/[^\s?]*\?[a-z0-9_=&%.+-]*|s\.mj\.run/[a-z0-9_-]+)",
    re.IGNORECASE,
)
_LINK_TWICE = re.compile(r"\[<?(https?://[^\s\[\]()<>]+)>?\]\(<?\1>?\)", re.IGNORECASE)
_FULL_WIDTH_LINK = re.compile(r"(https?)(?:\uff1a\s?[/\uff0f]{2}|:\s?\uff0f{2})", re.IGNORECASE)
_LABEL = re.compile(r"!?\[([^\[\]]{0,200})\]\($")
_PARTING = re.compile(r"[,;.!|\u3001\u3002\uff0c\uff1b\uff01\uff1a]+")


def without_surroundings(text: str) -> _Found:
    """The text on one line, without what stands around it and its links, and what was taken off, in order."""
    slips: list[Finding] = []
    for _round in range(_MAX_ROUNDS):
        before = text
        for step in _STEPS:
            text, found = step(text)
            slips += found
        if text == before:
            break
    return text, tuple(slips)


def _changed(start: int, end: int, sentence: Sentence, replacement: str = "") -> Finding:
    return Finding(start, max(end, start + 1), sentence, replacement)


def _left_out(text: str, start: int, end: int) -> Finding:
    return _changed(start, end, _("Removed {part}.", part=quoted(text[start:end].strip())))


# What only a text of several lines has


def _without_line_marks(text: str) -> _Found:
    """Quotes and headings of a chat, line by line."""
    marks = list(_LINE_MARKS.finditer(text)) if ">" in text or "#" in text else []
    return (_LINE_MARKS.sub("", text), (_left_out(text, *marks[0].span()),)) if marks else (text, ())


def _without_message_head(text: str) -> _Found:
    """Without what a chat writes before a message that is copied: who said it, and when."""
    head = _MESSAGE_HEAD.match(text)
    return (text[head.end() :], (_left_out(text, 0, head.end()),)) if head else (text, ())


def _unescaped(text: str) -> _Found:
    """What pages, tables and programs write for marks: "&amp;", doubled quotes, a backslash before a dash."""
    plain = _ENTITY.sub(lambda entity: unescape_html(f"&{entity[1] or 'amp'};"), text)
    plain = _ESCAPED_DASH.sub("", _ESCAPED_BREAK.sub(" ", plain)).replace("\u2237", "::")
    cell = _CELL.fullmatch(plain) if '""' in plain.strip()[1:-1] else None
    plain = cell[1].replace('""', '"') if cell else plain
    if plain == text:
        return text, ()
    sentence = _("Restored characters that a web page or a table had encoded.")
    return plain, (_changed(0, len(text), sentence, plain),)


def _without_fence(text: str) -> _Found:
    fence = _FENCE.fullmatch(text) if "```" in text else None
    if fence is None:
        return text, ()
    return fence[2], (_around(text, fence[1], fence[1]),)


def _on_one_line(text: str) -> _Found:
    line = one_line(text)
    if line == " ".join(text.split()):
        return line, ()
    return line, (_changed(0, len(text), _("Removed invisible characters."), line),)


# Around the whole prompt


def _around(text: str, opener: str, closer: str) -> Finding:
    marks = quoted(f"{opener} {closer}")
    return _changed(0, len(text), _("Removed {part} around the prompt.", part=marks))


def _without_command(text: str) -> _Found:
    command = _COMMAND.match(fold(text))
    return (text[command.end() :], (_left_out(text, 0, command.end()),)) if command else (text, ())


def _without_card(text: str) -> _Found:
    """Without what a card says behind the prompt: "**a cat** - @ana (fast)"."""
    card = _CARD.search(text) if "@" in text and text.isprintable() else None
    if card is None:
        return text, ()
    prompt = text[: card.start()]
    is_bold = prompt.startswith("**") and prompt.endswith("**") and len(prompt) > 4
    if not (is_bold or card["how"] or card["state"]):
        return text, ()
    slip = _left_out(text, card.start(), len(text))
    return (_ESCAPED.sub(r"\1", prompt[2:-2]) if is_bold else prompt), (slip,)


def _without_wrapping(text: str) -> _Found:
    """Without marks around the whole: those that format always, quotes and brackets where parameters are inside."""
    closer = closer_of(text[:1])
    if closer is None:
        return text, ()
    width = len(text) - len(text.lstrip(text[0])) if text[0] in _MARKDOWN else 1
    inner = text[width:-width]
    if len(text) <= 2 * width or not text.endswith(closer * width) or not inner.strip():
        return text, ()
    if text[0] in "~|" and width < 2:
        return text, ()
    is_whole = closer * width not in inner if closer == text[0] else _encloses(text, text[0], closer)
    if not is_whole or (text[0] not in _MARKDOWN and not _FLAG.search(fold(inner))):
        return text, ()
    return inner.strip(), (_around(text, text[:width], closer * width),)


def _encloses(text: str, opener: str, closer: str) -> bool:
    """Whether the bracket that begins a text ends with it."""
    depth = 0
    for at, character in enumerate(text):
        depth += (character == opener) - (character == closer)
        if depth <= 0:
            return at == len(text) - 1
    return False


def _without_lone_quote(text: str) -> _Found:
    """Without a quotation mark at one end that has no partner: newer models take it for lettering."""
    if text[:1] in _LETTERING and text[1:2].isalnum() and not set(text[1:]) & {closer_of(text[0]), text[0]}:
        return text[1:], (_left_out(text, 0, 1),)
    last = text[-1:]
    if last in ('"', "\u201d", "\uff02") and text[-2:-1].isalpha() and not set(text[:-1]) & set(f"{last}\u201c\u201e"):
        return text[:-1], (_left_out(text, len(text) - 1, len(text)),)
    return text, ()


# Around links


def _links_set_free(text: str) -> _Found:
    """Links without brackets around them and words that hang on them."""
    if "://" not in text:
        return text, ()
    in_braces = _BraceSpans(text)
    pieces: list[str] = []
    slips: list[Finding] = []
    at = next_at = 0
    while found := _LINK.search(text, next_at):
        if found.start() in in_braces:
            next_at = found.start() + 1
            continue
        start, end, behind, label = _link_at(text, at, found)
        link = text[found.start() : end]
        written = " ".join(filter(None, (link, label)))
        if start < found.start() and start > 0 and text[start - 1].isalnum():
            written = f" {written}"
        if behind < len(text) and not (text[behind].isspace() or text[behind] in ",;.!" or _is_weight(text, behind)):
            written += " "
        if text[start:behind] != written:
            sentence = (
                _("Added a space after {part}.", part=quoted(link))
                if written.rstrip() == text[start:behind]
                else _("{before} → {after}.", before=quoted(text[start:behind]), after=quoted(written))
            )
            slips.append(_changed(start, behind, sentence, written))
        pieces += [text[at:start], written]
        at = next_at = behind
    return "".join([*pieces, text[at:]]), tuple(slips)


def _links_named_once(text: str) -> _Found:
    """Links that are their own label: "[https://...](https://...)"."""
    links = list(_LINK_TWICE.finditer(text)) if "](" in text else []
    slips = tuple(
        _changed(*link.span(), _("{before} → {after}.", before=quoted(link[0]), after=quoted(link[1])), link[1])
        for link in links
    )
    return (_LINK_TWICE.sub(r"\1", text) if links else text), slips


def _links_spelled(text: str) -> _Found:
    """Links whose beginning a keyboard for Chinese wrote in full width."""
    spelled = _FULL_WIDTH_LINK.sub(lambda link: f"{link[1]}://", text)
    if spelled == text:
        return text, ()
    sentence = _("{before} → {after}.", before=quoted("https\uff1a//"), after="https://")
    return spelled, (_changed(0, len(text), sentence, spelled),)


def _link_at(text: str, at: int, found: re.Match[str]) -> tuple[int, int, int, str]:
    """Where a link with its brackets begins, the link ends, what belongs to it ends; and what it is called."""
    start, end = found.span()
    if stop := _LINK_STOPS.search(text, start + len("https://"), end + len(" 1")):
        end = min(stop.start(), end)
    query = text.find("?", start, end)
    if query > 0 and (stop := _QUERY_STOPS.search(text, query, end)):
        end = stop.start()
    if plain := _PLAIN_LINK.match(text, start, end):
        end = plain.end()
    link = text[start:end]
    for opener, closer in ("()", "[]"):
        if closer in link and link.index(closer) < (link.find(opener) if opener in link else len(link)):
            end = start + link.index(closer)
            link = text[start:end]
    bare = link.rstrip(",;.!?'*_~|")
    has_tail = end < found.end() or bare != link
    if not has_tail and at <= start and closer_of(text[start - 1 : start]) is None:
        return start, end, end, ""
    end = start + len(bare)
    behind, label = end, ""
    while start > at and behind < len(text) and closer_of(text[start - 1]) == text[behind]:
        marked = _LABEL.search(text, max(at, start - 210), start) if text[behind] == ")" else None
        start, behind = start - 1, behind + 1
        if marked:
            start, label = marked.start(), marked[1].strip()
    if behind < len(text) and not _is_weight(text, behind):
        parting = _PARTING.match(text, behind)
        if parting and (parting.end() == len(text) or not text[parting.end()].isspace() or not parting[0].isascii()):
            behind = parting.end()
    return start, end, behind, label


def _is_weight(text: str, at: int) -> bool:
    return fold(text[at : at + 2]) == "::"


class _BraceSpans:
    """The stretches of a text that are in braces, where a comma parts alternatives."""

    def __init__(self, text: str) -> None:
        spans: list[tuple[int, int]] = []
        for start, end in sorted(match_braces(fold(text)).pairs.items()):
            if not spans or start > spans[-1][1]:
                spans.append((start, end))
        self._spans = spans
        self._starts = [start for start, _end in spans]

    def __contains__(self, at: int) -> bool:
        number = bisect_right(self._starts, at) - 1
        return number >= 0 and at < self._spans[number][1]


# What a chat writes for its own things


def _emoji_named(text: str) -> _Found:
    slips = tuple(
        _changed(*one.span(), _("{before} → {after}.", before=quoted(one[0]), after=quoted(one[1])), one[1])
        for one in _EMOJI.finditer(text)
    )
    return (_EMOJI.sub(r"\1", text) if slips else text), slips


_STEPS: tuple[Callable[[str], _Found], ...] = (
    _without_message_head,
    _without_line_marks,
    _without_fence,
    _unescaped,
    _on_one_line,
    _without_command,
    _without_card,
    _without_wrapping,
    _without_lone_quote,
    _emoji_named,
    _links_spelled,
    _links_named_once,
    _links_set_free,
)
