"""Plain slips: what a prompt certainly means, written as Midjourney wants it."""

import re

from bot.language import _
from bot.prompts.findings import Finding, quoted
from bot.prompts.parser import MARK, Brace, Parameter, Part, Prompt, Weight, Words, parse
from bot.prompts.values import tidy

_COMMAS = re.compile(r"[\s,.;:=\uff0c\u3002\uff1b\u3001]*")
_NOT_WORDS = re.compile(r"[\s\d,.;:=%/\uff0c\u3002\uff1b\u3001]*")
_MAX_ROUNDS = 4  # a prompt may hold slips behind slips; a person's never holds more


def repair(text: str) -> tuple[str, tuple[Finding, ...]]:
    """The prompt without plain slips, and what was changed, by the positions in the text as it was."""
    repaired, slips = _repair_once(parse(text))
    for _round in range(_MAX_ROUNDS if slips else 0):
        again, more = _repair_once(parse(repaired))
        if not more:
            break
        repaired = again
    return repaired, slips


def stray_words(prompt: Prompt) -> tuple[Words, ...]:
    """What stands between and behind the parameters without being words: digits, commas."""
    first = _first_parameter(prompt)
    return tuple(
        part
        for part in prompt.parts[first:]
        if isinstance(part, Words) and part.branch == 0 and part.text.strip() and _NOT_WORDS.fullmatch(part.text)
    )


def _repair_once(prompt: Prompt) -> tuple[str, tuple[Finding, ...]]:
    last = _last_words(prompt)
    slips: list[Finding] = []
    kept: list[str] = []
    moved: list[str] = []
    seen: set[tuple[int, str, str]] = set()
    commas = {part.start for part in stray_words(prompt) if _COMMAS.fullmatch(part.text)}
    for number, part in enumerate(prompt.parts):
        text = _written(part)
        if text != part.text:
            sentence = _("{before} was read as {after}.", before=quoted(part.text), after=quoted(text))
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
            slips.append(Finding(part.start, part.end, _("{part} was moved to the end.", part=quoted(text)), ""))
            moved.append(text)
            text = ""
        if not text and kept:
            kept[-1] = kept[-1].rstrip()
        kept.append(" " if part.start in commas else text)
        if number == last and moved:
            kept[-1] = kept[-1].rstrip()
            kept += [f" {one}" for one in moved]
            kept += [] if prompt.text[part.end : part.end + 1].isspace() else [" "]
    return ("".join(kept).strip() if slips else prompt.text), tuple(slips)


def _left_out(part: Part) -> Finding:
    return Finding(part.start, part.end, _("{part} was left out.", part=quoted(part.text.strip())), "")


def _meaning(text: str) -> str:
    """What two parameters have in common that say the same, whichever alias was typed."""
    return text.partition(" ")[2]


def _written(part: Part) -> str:
    """A part as it should be written; only a parameter that we know may be another than it is."""
    if not isinstance(part, Parameter) or part.spec is None:
        return part.text
    between = part.text[part.name_start + len(part.name) - part.start : part.value_start - part.start]
    is_glued = part.value != "" and not between.isspace()
    value = tidy(part.spec, part.value)
    if part.mark == MARK and part.name == part.name.lower() and value == part.value and not is_glued:
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
