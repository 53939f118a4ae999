"""Plain slips: what a prompt certainly means, written as Midjourney wants it."""

import re
from collections import Counter
from collections.abc import Sequence

from bot.language import _
from bot.prompts.findings import Edit, Finding, apply, quoted
from bot.prompts.folding import LONG_DASHES, UNSPACED, closer_of, fold
from bot.prompts.parser import parse
from bot.prompts.parts import MARK, Brace, Parameter, Part, Prompt, Weight, Words
from bot.prompts.surroundings import without_surroundings
from bot.prompts.table import Spec
from bot.prompts.values import tidy

_MARKS = ",.;:=!?\u2026\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f"
_COMMAS = re.compile(rf"[\s{_MARKS}{LONG_DASHES}-]*")
_NOT_WORDS = re.compile(rf"[\s\d%/{_MARKS}{LONG_DASHES}-]*")
_IS_UNSPACED = re.compile(f"[{UNSPACED}]")
_LEADING = " ,;\uff0c\u3001\uff1b"  # what parted words from a parameter that stood before them
_CLOSING = frozenset(")]>\"'`*_~|\u300d\u300f\u3011\u3015\u300b\u3009\u00bb\u201d\u2019\uff09\uff3d\uff02")
_MAX_WRAPPING = 6  # characters on each side of a parameter
_MAX_ROUNDS = 4  # a prompt may hold slips behind slips; a person's never holds more


def repair(text: str) -> tuple[str, tuple[Finding, ...]]:
    """The prompt without plain slips, and what was changed, by the positions in the text that it was changed in."""
    repaired, slips = text, list[Finding]()
    for _round in range(_MAX_ROUNDS):
        before = repaired
        repaired, taken_off = without_surroundings(repaired)
        repaired, unwrapped = _unwrapped(parse(repaired))
        repaired, more = _repair_once(parse(repaired))
        slips += (*taken_off, *unwrapped, *more)
        if repaired == before:
            break
    return repaired, tuple({slip.sentence: slip for slip in slips}.values())


def _unwrapped(prompt: Prompt) -> tuple[str, tuple[Finding, ...]]:
    """The prompt without the brackets, quotes and stars that hold nothing but parameters, as in "a cat (--ar 3:2)"."""
    edits: list[Edit] = []
    slips: list[Finding] = []
    parts = prompt.parts
    number = 0
    while number < len(parts):
        first = number
        while number < len(parts) and (isinstance(parts[number], Parameter) or _is_blank(parts[number])):
            number += 1
        held = [part for part in parts[first:number] if isinstance(part, Parameter)]
        if held and first:
            start, end = held[0].start, held[-1].end
            before = prompt.text[max(start - _MAX_WRAPPING, 0) : start]
            width = _width_of_wrapping(before, prompt.text[end : end + _MAX_WRAPPING])
            if width:
                edits += [Edit(start - width, start, " "), Edit(end, end + width, " ")]
                whole, bare = prompt.text[start - width : end + width], prompt.text[start:end]
                sentence = _("{before} → {after}.", before=quoted(whole), after=quoted(bare))
                slips.append(Finding(start - width, end + width, sentence, bare))
        number += 1
    return (" ".join(apply(prompt.text, edits).split()) if edits else prompt.text), tuple(slips)


def _hangs(kept: Sequence[str], parameter: Parameter) -> bool:
    """Whether a parameter would hang on what is kept before it."""
    before = next((piece[-1] for piece in reversed(kept) if piece), " ")
    return not before.isspace() and (parameter.branch == 0 or before not in "{,")


def _is_blank(part: Part) -> bool:
    return isinstance(part, Words) and _COMMAS.fullmatch(part.text) is not None


def _width_of_wrapping(before: str, behind: str) -> int:
    """How many characters on each side belong together as brackets or quotes."""
    width = 0
    while width < min(len(before), len(behind)) and closer_of(before[-1 - width]) == behind[width]:
        width += 1
    return width


def stray_words(prompt: Prompt) -> tuple[Words, ...]:
    """What stands between and behind the parameters without being words: digits, commas."""
    first = _first_parameter(prompt)
    return tuple(
        part
        for part in prompt.parts[first:]
        if isinstance(part, Words)
        and part.branch == 0
        and part.text.strip()
        and _NOT_WORDS.fullmatch(part.text)
        and not _begins_names(prompt, part)
    )


def _begins_names(prompt: Prompt, part: Words) -> bool:
    """Whether dashes belong to names that stand in braces behind them: `--{fast, relax}`."""
    folded = fold(prompt.text)
    return folded[part.start : part.end].endswith("-") and folded[part.end : part.end + 1] == "{"


def _repair_once(prompt: Prompt) -> tuple[str, tuple[Finding, ...]]:
    last = _last_words(prompt)
    slips: list[Finding] = []
    kept: list[str] = []
    moved: list[str] = []
    seen: set[tuple[int, str, str]] = set()
    commas = {part.start for part in stray_words(prompt) if _COMMAS.fullmatch(part.text)} | _lone_closers(prompt)
    for number, part in enumerate(prompt.parts):
        text = _written(part)
        if text != part.text:
            sentence = _("{before} → {after}.", before=quoted(part.text), after=quoted(text))
            slips.append(Finding(part.start, part.end, sentence, text))
        if isinstance(part, Parameter) and part.spec and (key := (part.branch, part.spec.name, _meaning(text))) in seen:
            slips.append(_left_out(part))
            text = ""
        elif isinstance(part, Parameter) and part.spec:
            seen.add(key)
        if part.start in commas:
            slips.append(_left_out(part))
            text = ""
        elif text and number < last and part.branch == 0 and isinstance(part, Parameter):
            slips.append(Finding(part.start, part.end, _("Moved {part} to the end.", part=quoted(text)), ""))
            moved.append(text)
            text = ""
        if not text and kept:
            before = kept[-1].rstrip()
            kept[-1] = before + _space_for(before, prompt.text[part.end : part.end + 1])
        elif isinstance(part, Parameter) and part.spec and _hangs(kept, part):
            if text == part.text:
                slips.append(Finding(part.start, part.end, _("Added a space before {part}.", part=quoted(text)), text))
            text = f" {text}"
        kept.append(" " if part.start in commas else text)
        if number == last and moved:
            kept[-1] = kept[-1].rstrip()
            kept += [f" {one}" for one in moved]
            kept += [] if prompt.text[part.end : part.end + 1].isspace() else [" "]
    repaired = "".join(kept).strip() if slips else prompt.text
    return (repaired.lstrip(_LEADING) if moved else repaired), tuple(slips)


def _space_for(before: str, behind: str) -> str:
    """The space that words need which hung on a part that is taken out; scripts without spaces need none."""
    return " " if before and behind.isalpha() and not _IS_UNSPACED.fullmatch(before[-1]) else ""


def _lone_closers(prompt: Prompt) -> set[int]:
    """Where nothing but the end of a quote or bracket stands behind the parameters, and nothing opens it before."""
    lone: set[int] = set()
    expected: Counter[str] = Counter()
    for number, part in enumerate(prompt.parts):
        if not isinstance(part, Words) or part.branch:
            continue
        text = part.text.strip()
        is_behind = number > 0 and isinstance(prompt.parts[number - 1], Parameter)
        if is_behind and text and all(mark in _CLOSING and not expected[mark] for mark in text):
            lone.add(part.start)
            continue
        for mark in text:
            if expected[mark]:
                expected[mark] -= 1
            elif closer := closer_of(mark):
                expected[closer] += 1
    return lone


def _left_out(part: Part) -> Finding:
    return Finding(part.start, part.end, _("Removed {part}.", part=quoted(part.text.strip())), "")


def _meaning(text: str) -> str:
    """What two parameters have in common that say the same, whichever alias was typed."""
    return text.partition(" ")[2]


def _written(part: Part) -> str:
    """A part as it should be written; only a parameter that we know may be another than it is."""
    match part:
        case Weight() | Brace():
            written = fold(part.text)
            return f"{written} " if written == "," != part.text else written
        case Parameter(spec=spec) if spec is not None:
            return _written_parameter(part, spec)
        case _:
            return part.text


def _written_parameter(part: Parameter, spec: Spec) -> str:
    between = part.text[part.name_start + len(part.name) - part.start : part.value_start - part.start]
    is_glued = part.value != "" and not between.isspace()
    value = tidy(spec, part.value)
    name = part.text[part.name_start - part.start :][: len(part.name)]
    typed_value = part.text[part.value_start - part.start :]
    if part.mark == MARK and name == part.name.lower() and value == typed_value and not is_glued:
        return part.text
    written = f"{MARK}{part.name.lower()} {value}".rstrip()
    again = parse(written).parameters
    return written if len(again) == 1 and again[0].text == written and again[0].value == value else part.text


def _first_parameter(prompt: Prompt) -> int:
    """The number of the first parameter outside of braces; of no part if there is none."""
    numbers = (n for n, part in enumerate(prompt.parts) if isinstance(part, Parameter) and part.branch == 0)
    return next(numbers, len(prompt.parts))


def _last_words(prompt: Prompt) -> int:
    """The number of the last part that belongs to the text and stands behind a parameter; -1 if none does."""
    last, in_braces = -1, False
    for number in range(_first_parameter(prompt), len(prompt.parts)):
        match prompt.parts[number]:
            case Words(text=text, branch=0) if not _NOT_WORDS.fullmatch(text):
                last = number
            case Words(text=text, branch=branch) if branch and text.strip():
                in_braces = True
            case Weight():
                last = number
            case Brace(text="}", branch=0) if in_braces:
                last, in_braces = number, False
            case _:
                pass
    return last
