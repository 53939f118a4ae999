"""Text of users and relays made safe and short for Discord messages."""

import re
import unicodedata

MESSAGE_LIMIT = 2000  # characters of content, Discord's limit for bots
ELLIPSIS = "…"

_LINK = re.compile(r"https?://[^\s<>]+", re.IGNORECASE)
_ENDS = frozenset(".,;:!?'\"\u3001\u3002\uff01\uff09\uff0c\uff1a\uff1b\uff1f\u300d\u300f\u3011")
_OPENED_BY = {")": "(", "]": "["}
_MARKDOWN = re.compile(r"([\\*_`~|<>\[\]@])")

# Look like a space and are letters or symbols to a program: people type them where chats drop real spaces.
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_NON_JOINER, _JOINER = "\u200c", "\u200d"
# Scripts whose letters join, and in which a (non-)joiner spells a word: Hebrew and Arabic to Mongolian, and their like.
_JOINING = re.compile(
    "[\u0590-\u061b\u061d-\u167f\u1681-\u180d\u180f-\u1fff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)
_VIRAMAS = frozenset(
    "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
)  # a joiner behind one may end a word
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # choose how the sign before them looks
_KEYCAP = re.compile("[0-9#*]\ufe0f\u20e3")
_TAGGED_FLAG = re.compile(
    "\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"
)  # a region's flag, spelled in invisible letters
_SIGNS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2\U000110bd")  # "format", and yet seen


def one_line(text: str) -> str:
    """Put a text on one line, without control, bidirectional and other invisible characters.

    What spells a word or makes up a sign stays: joiners between letters that join, tags behind a flag.
    """
    if not (text.isascii() and text.isprintable()):
        text = _visible(text)
    return " ".join(text.split())


def _visible(text: str) -> str:
    """Without what cannot be seen; what breaks a line, or stands for a blank, is a space."""
    kept: list[str] = [""]
    at = 0
    while at < len(text):
        sign = _TAGGED_FLAG.match(text, at) or _KEYCAP.match(text, at)
        piece = sign[0] if sign else text[at]
        at += len(piece)
        if sign or _is_seen(kept[-1][-1:], piece, text[at : at + 1]):
            kept.append(piece)
        elif piece in _BLANKS or unicodedata.category(piece) in ("Cc", "Zl", "Zp"):
            kept.append(" ")
    return "".join(kept)


def _is_seen(before: str, character: str, after: str) -> bool:
    """Whether a character shows, or changes how its neighbours look."""
    if character < "\x7f":
        return character >= " "
    if character in (_NON_JOINER, _JOINER):
        if _JOINING.match(before):
            return before in _VIRAMAS or _JOINING.match(after) is not None
        return character == _JOINER and bool(_EMOJI.match(before) and _EMOJI.match(after))
    if _SELECTORS.match(character):
        return before > "\x7f" and not before.isspace() and not _SELECTORS.match(before)
    if character in _BLANKS:
        return False
    return character in _SIGNS or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp")


def unescape_html(text: str) -> str:
    """Put the characters in the place of HTML's names for them ("&amp;")."""
    if "&" not in text:
        return text
    from html import unescape  # noqa: PLC0415 - its table is 0.4 MB, and few texts need it

    return unescape(text)


def shorten(text: str, limit: int) -> str:
    """Cut a plain text to `limit` characters; a cut always shows as "…"."""
    return text if len(text) <= limit else text[: limit - len(ELLIPSIS)].rstrip() + ELLIPSIS


def inline_code(text: str, limit: int) -> str:
    """Put a user's text on one line in type of fixed width, where nothing formats, at most `limit` characters of it."""
    plain = shorten(one_line(text), limit).replace("`", "\N{MODIFIER LETTER GRAVE ACCENT}")
    return f"`{plain}`"


def escape_inline(text: str, limit: int) -> str:
    """A user's text for a message: one line, nothing formats, pings or unfurls, at most `limit` characters.

    Links stand in angle brackets, where Discord shows no preview. A cut never splits a link or an escape.
    """
    pieces = _pieces(one_line(text))
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    shown, room = [], limit - len(ELLIPSIS)
    for piece in pieces:
        if len(piece) > room:
            break
        shown.append(piece)
        room -= len(piece)
    return "".join(shown).rstrip() + ELLIPSIS


def _without_closers(link: str) -> str:
    """A link without what ends the sentence or the brackets around it; a bracket that it opens itself it may close."""
    while (last := link[-1]) in _ENDS or (last in _OPENED_BY and link.count(_OPENED_BY[last]) < link.count(last)):
        link = link[:-1]
    return link


def _pieces(text: str) -> list[str]:
    """The smallest parts that may not be cut: bracketed links, escaped marks, single characters."""
    pieces: list[str] = []
    at = 0
    for found in _LINK.finditer(text):
        link = _without_closers(found[0])
        pieces += [_MARKDOWN.sub(r"\\\1", c) for c in text[at : found.start()]]
        pieces.append(f"<{link.replace('*', '%2A')}>")  # two stars would end the bold type around the text
        at = found.start() + len(link)
    return pieces + [_MARKDOWN.sub(r"\\\1", c) for c in text[at:]]
