"""Every text on its way to a relay, seen by one function: `look_over`.

Relays obey what stands in a prompt: a speed flag where their path names no speed, and `{a, b}` or `--repeat`, which
make many paid tasks of one. So speeds are taken out, however they are spelled, to be checked and priced; and what asks
for several jobs passes nowhere where one is meant. Whoever means several expands the prompt before.
What leaves is what cards show: one line, without what nobody sees.
"""

import re
import unicodedata
from collections.abc import Sequence

from bot.domain.feature_names import SPEEDS
from bot.domain.job import Job
from bot.domain.requests import Action, Animate, Edit, EngineRequest, Imagine, Mode, Outgoing, Request, Shorten
from bot.domain.rules import is_film
from bot.errors import UserError
from bot.language import _
from bot.prompts import expand, parse
from bot.prompts.braces import match_braces
from bot.prompts.folding import HYPHEN, LONG_DASHES, PROLONGED, closer_of, fold
from bot.settings import Settings
from bot.text import one_line

EMPTY = _("The prompt is empty. Please describe your picture.")
ONE_JOB = _(
    "Only one job can start here, so {braces} and {repeat} do not work. Please take them out.",
    braces="`{a, b}`",
    repeat="`--repeat`",
)
_SPEED = re.compile(r"(relax|fast|turbo)(?![a-z0-9_])(?:=\w*)?")
_REPEAT = re.compile(r"(?:repeat|r)\s*[=:]?\s*[0-9]+(?![a-z0-9_])")
_LINK = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+", re.IGNORECASE)
_PICTURE_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Me", "Mn"})


def look_over(settings: Settings, request: Request, mode: Mode | None) -> Outgoing:
    """A request as it may leave.

    Args:
        settings: the owner's; a speed is always named where not all may be used.
        request: what is asked for, with its texts as they were typed.
        mode: the speed where no text asks for another; None = the relay's own.

    Raises:
        UserError: a text asks for several jobs, or nothing is left of a prompt without its speeds and what nobody sees.
    """
    flag, text = None, ""
    match request:
        case Imagine() | Shorten() | Animate() | Edit():
            flag, text = speed_of(one_line(request.prompt))
            _refuse_several(text)
            _refuse_empty(request.prompt, text)
            request = request.model_copy(update={"prompt": text})
        case Action(answer=str(answer)):
            flag, text = speed_of(one_line(answer))
            _refuse_several(text)
            text = text or _quietly(request.prompt)
            request = request.model_copy(update={"answer": text, "prompt": _quietly(request.prompt)})
        case Action():
            text = _quietly(request.prompt)
            request = request.model_copy(update={"prompt": text})
        case EngineRequest(prompt=prompt):
            _refuse_empty(prompt, one_line(prompt))
            request = request.model_copy(update={"prompt": one_line(prompt)})
        case _:
            pass  # there is no text
    mode = flag or mode
    if mode is Mode.TURBO and is_film(request):
        mode = Mode.FAST  # a relay charges films in turbo and fails them (docs/relay.md 2.10)
    is_free = settings.limits.allowed_modes == frozenset(Mode) and not _names_speed(text)
    if mode is None and not is_free and not isinstance(request, EngineRequest):
        mode = Mode.FAST  # a path that names a speed counts more than whatever else may be read as one
    return Outgoing(request, mode)


def _refuse_empty(typed: str, text: str) -> None:
    """Refuse a prompt of which nothing is left; where none was typed, its command does without."""
    if typed.strip() and not text:
        raise UserError(EMPTY)


def check_words(prompt: str) -> None:
    """Refuse a prompt that nothing goes with, and that is made of parameters alone: they only say how to paint.

    Raises:
        UserError: it is one.
    """
    if parse(prompt).is_bare:
        raise UserError(EMPTY)


def _names_speed(text: str) -> bool:
    """Whether a speed is left in a text, as in a link."""
    folded, _places = _fold(text)
    return any(_dashes_before(folded, found.start()) is not None for found in _SPEED.finditer(folded))


def speed_of(text: str) -> tuple[Mode | None, str]:
    """The speed that a text asks for (of several the last one), and the text without such flags.

    A flag counts in any spelling that a relay may read: behind any dashes, glued to other text, in quotes, in full
    width, with characters in it that cannot be seen. In links it does not count.
    """
    asked: Mode | None = None
    while True:  # what stood on both sides of a flag may be one itself
        flag, rest = _written_speed(text)
        if flag is None:
            flag, rest = _read_speed(text)
        if flag is None:
            return asked, text
        asked, text = asked or flag, rest


def _read_speed(text: str) -> tuple[Mode | None, str]:
    """The same for what only the reader of prompts takes for a flag: one dash, where nothing else can be meant."""
    parsed = parse(text)
    flags = [one for one in parsed.parameters if one.spec and one.spec.excludes == "speed"]
    return (Mode(flags[-1].spec.name) if flags and flags[-1].spec else None), parsed.without(flags)


def asks_for_several(text: str) -> bool:
    """Whether a relay may make several jobs of a text."""
    folded, _places = _fold(text)
    return (
        bool(match_braces(fold(text)).pairs)
        or any(_dashes_before(folded, found.start()) is not None for found in _REPEAT.finditer(folded))
        or any(repeat.value.strip("\"'()[]").isdecimal() for repeat in parse(text).find("repeat"))
    )


def _refuse_several(text: str) -> None:
    if asks_for_several(text):
        raise UserError(ONE_JOB)


def _quietly(prompt: str) -> str:
    """A parent's prompt, which nobody typed just now: without speeds, and as one job."""
    _speed, text = speed_of(one_line(prompt))
    return expand(text, 1)[0] if asks_for_several(text) else text


def _written_speed(text: str) -> tuple[Mode | None, str]:
    folded, places = _fold(text)
    links = [link.span() for link in _LINK.finditer(text)]
    mode, kept, at = None, "", 0
    for found in _SPEED.finditer(folded):
        mark = _dashes_before(folded, found.start())
        if mark is None or not _stands(folded, found):
            continue
        start, end = places[mark], places[found.end() - 1] + 1
        if start < at or _is_in_link(text, start, links):
            continue
        start, end = _with_quotes(text, start, end)
        mode = Mode(found[1])
        kept, at = kept + text[at:start].rstrip(), end
        if kept and (text[at : at + 1].isalnum() or fold(text[at : at + 1]) == HYPHEN):
            kept += " "  # else two words would become one
    return mode, (kept + text[at:]).strip() if mode else text


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """A text as a relay may come to read it, and the place in the text of each of its characters."""
    if text.isascii() and text.isprintable():  # most are, and this is a hundred times as quick
        return text.lower(), range(len(text))
    pieces = [_plain(typed, folded) for typed, folded in zip(text, fold(text), strict=True)]
    return "".join(pieces), [place for place, piece in enumerate(pieces) for _character in piece]


def _plain(typed: str, folded: str) -> str:
    if typed.isspace():
        return " "
    if typed in LONG_DASHES:
        return "--"
    if typed in PROLONGED:
        return typed  # mostly a letter; where it is a dash, the reader of prompts knows it
    if folded.isascii() and folded.isprintable():
        return folded.lower()
    whole = unicodedata.normalize("NFKC", folded).casefold()
    return "".join(one for one in whole if unicodedata.category(one) not in _UNSEEN)


def _dashes_before(folded: str, name_at: int) -> int | None:
    """Where the two or more dashes begin that stand before a name; None where there are fewer."""
    before = folded[:name_at].rstrip()
    rest = before.rstrip("- ")
    dashes = before[len(rest) :]
    return len(rest) + len(dashes) - len(dashes.lstrip()) if dashes.count("-") > 1 else None


def _stands(folded: str, name: re.Match[str]) -> bool:
    """Whether a name behind dashes is a flag: glued to them always, behind a space where nothing but flags follows."""
    is_glued = not folded[name.start() - 1].isspace()
    behind = folded[name.end() :].lstrip(" ,.;\"'")
    return is_glued or not behind or behind.startswith("-")


def _is_in_link(text: str, start: int, links: list[tuple[int, int]]) -> bool:
    """Whether a place belongs to a link's address; what hangs on the address of a picture does not."""
    inside = next((link for link in links if link[0] < start < link[1]), None)
    return inside is not None and not text[inside[0] : start].lower().endswith(_PICTURE_ENDINGS)


def _with_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch with the quotes or brackets that hold nothing else."""
    while start and closer_of(text[start - 1]) == text[end : end + 1]:
        start, end = start - 1, end + 1
    return start, end


def answered(settings: Settings, job: Job, text: str) -> Request:
    """The request of a job whose relay asks for a text, with the answer; its speed is settled already.

    Raises:
        UserError: nothing is asked, or the text asks for another speed or for several jobs.
    """
    if not isinstance(job.request, Action):
        raise UserError(_("This question has been answered."))
    answer = job.request.model_copy(update={"answer": text, "is_answered": False})
    outgoing = look_over(settings, answer, job.mode)
    if (outgoing.mode or Mode.FAST) is not job.speed:
        raise UserError(
            _(
                "This job already runs in {mode} mode, which can no longer be changed. Please leave out {flag}.",
                mode=SPEEDS[job.speed],
                flag=f"`--{outgoing.mode}`",
            )
        )
    return outgoing.request
