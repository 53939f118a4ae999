"""What is wrong with a parameter's value: plain slips are put right, doubtful values are told with what they may be."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from bot.language import Sentence, _
from bot.prompts.folding import closer_of
from bot.prompts.permutations import alternatives, expand
from bot.prompts.table import SWITCHED_OFF, SWITCHED_ON, TABLE, Kind, Model, Severity, Spec, Use

_MAX_ALTERNATIVES = 40  # of one value; of more, the first ones are looked at
_MAX_TERM = 100  # of a ratio that stands for a decimal one
_PERCENT = 100  # a range that goes so far is one of percents
_MIN_PIXELS = 64  # a smaller term is a ratio's
_MAX_CHOICE = 20  # characters
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_RATIO = re.compile(r"([0-9.]+)(?:px)?\s*(?:[:;x*/|\u6bd4-]|by|to)\s*([0-9.]+)(?:px)?", re.IGNORECASE)
_LINK = re.compile(r"<?https?://\S+", re.IGNORECASE)
_CODE = re.compile(r"[0-9]+(?:::[0-9.]+)?|\w*[0-9]\w*", re.IGNORECASE)
_SEPARATORS = re.compile(r"(?:,\s+|\s+,)\s*")
_LIST_COMMAS = "\uff0c\u3001"
_COMMAS = f",;\uff1b{_LIST_COMMAS}"
_USUAL_RATIOS = frozenset(("16:9", "9:16", "21:9", "9:21", "4:3", "3:4", "3:2", "2:3", "5:4", "4:5"))
_WRAPPINGS = tuple(zip("\"'`([<*_~|", "\"'`)]>*_~|", strict=True))


@dataclass(frozen=True, slots=True)
class Fault:
    """What a value is not, what it may be, and the nearest value that fits; None where none is near."""

    allowed: Sentence
    fix: str | None
    severity: Severity


def tidy(spec: Spec, value: str) -> str:
    """A value without plain slips such as "16x9", "RAW" or a comma behind it; one that is fine stays as it is."""
    if spec.kind is Kind.TEXT:
        return re.sub(rf"\s*[{_LIST_COMMAS}]\s*", ", ", value.lstrip("-_ ") or value)
    several = alternatives(value.rstrip(_COMMAS))
    if several is not None:
        tidied = [_tidy(spec, one) for one in several]
        return value if tidied == several else _together(tidied)
    return value if "{" in value or "}" in value else _tidy(spec, value.rstrip(_COMMAS).strip())


def fault(spec: Spec, value: str, model: Model | None) -> Fault | None:
    """What is wrong with a tidy value, for a model or, with None, for all of them; None if nothing is."""
    uses = spec.uses_with(model)
    check = _CHECKS[spec.kind]
    several = expand(value, _MAX_ALTERNATIVES) if "{" in value else [value]
    wrong = [one for one in several if not check.fits(uses, one)]
    if not wrong:
        return None
    severity = Severity.ASK if any(_severity(spec, one) is Severity.ASK for one in wrong) else Severity.NOTE
    if several != [value]:
        several = alternatives(value) or []
    nearest = _unfixable if spec.arbitrary else check.nearest
    fixed = [one if check.fits(uses, one) else nearest(uses, one) for one in several]
    known = [one for one in fixed if one is not None]
    fix = None if not known or known != fixed else known[0] if several == [value] else _together(known)
    return Fault(check.allowed(uses), fix, severity)


def is_off(value: str) -> bool:
    """Whether a value of a flag says that it was not meant."""
    return value.lower().rstrip(_COMMAS) in SWITCHED_OFF


def could_take(spec: Spec, value: str) -> bool:
    """Whether a parameter takes values of such a form, in its range or not; words may follow where it takes none."""
    first = tidy(spec, " ".join(value.split()[:1])) if "{" not in value else (alternatives(value) or [""])[0]
    match spec.kind:
        case Kind.FLAG:
            return not value or value[0].isalpha()
        case Kind.TEXT:
            return bool(value) and not _NUMBER.fullmatch(first)
        case Kind.INTEGER | Kind.NUMBER:
            return _NUMBER.fullmatch(first.removesuffix("%")) is not None
        case Kind.RATIO:
            return _ratio(first) is not None or re.fullmatch(r"[0-9]{0,2}\.[0-9]{1,4}", first) is not None
        case Kind.CHOICE:
            is_number = _NUMBER.fullmatch(first) is not None
            has_numbers = any(_NUMBER.fullmatch(choice) for choice in spec.choices)
            return (spec.optional and not value) or first in spec.choices or (is_number and has_numbers)
        case Kind.LINKS | Kind.CODES:
            return (spec.optional and not value) or bool(
                _LINK.match(first)
                or first.lower() in spec.choices
                or (spec.kind is Kind.CODES and _CODE.fullmatch(first))
            )


def allowed(spec: Spec, model: Model | None) -> Sentence:
    """What a parameter takes, in words."""
    return _CHECKS[spec.kind].allowed(spec.uses_with(model))


def _together(several: Sequence[str]) -> str:
    return "{" + ", ".join(one.replace(",", "\\,") for one in several) + "}"


def _severity(spec: Spec, value: str) -> Severity:
    """Versions that are newer than the table are no mistake; the entry's word counts for values of the right form."""
    if spec.excludes == "model" and _NUMBER.fullmatch(value) and spec.name in TABLE.versions:
        newest = TABLE.versions["niji" if spec.name == "niji" else "v"][-1]
        return Severity.NOTE if float(value) > float(newest) else Severity.ASK
    if spec.kind is Kind.RATIO:
        return spec.outside if _ratio(value) else Severity.ASK
    return spec.outside


# Putting plain slips right


def _tidy(spec: Spec, value: str) -> str:
    match spec.kind:
        case Kind.RATIO:
            ratio = _RATIO.fullmatch(_bare(value))
            return _small_terms(ratio[1], ratio[2]) if ratio else _bare(value)
        case Kind.INTEGER if _THOUSANDS.fullmatch(_bare(value)):
            return _bare(value).replace(",", "")
        case Kind.NUMBER if _bare(value).count(",") == 1:
            return _bare(value).replace(",", ".")
        case Kind.INTEGER | Kind.NUMBER:
            return _bare(value)
        case Kind.CHOICE:
            return _tidy_choice(spec, _bare(value).lower())
        case Kind.FLAG if value.lower() in SWITCHED_ON:
            return ""
        case Kind.CODES if "://" not in value:
            return re.sub(rf"\s*[{_COMMAS}]+\s*", " ", value)
        case _:
            return _SEPARATORS.sub(" ", value)


def _small_terms(width: str, height: str) -> str:
    """A ratio as it is written; one of pixels, as 1920x1080, in its lowest terms."""
    if width.isdecimal() and height.isdecimal() and len(width) < 10 > len(height):
        least = gcd(int(width), int(height))
        if least > 1 and min(int(width), int(height)) >= _MIN_PIXELS:
            return f"{int(width) // least}:{int(height) // least}"
    return f"{width}:{height}"


def _bare(value: str) -> str:
    """Without quotes around it and a full stop behind."""
    if len(value) > 1 and closer_of(value[0]) == value[-1]:
        value = value[1:-1]
    for opener, closer in _WRAPPINGS:
        if value.startswith(opener) and (value.endswith(closer) or opener == '"'):
            value = value.removeprefix(opener).removesuffix(closer)
    return value.removesuffix('"').strip().rstrip(f".!?\\{_COMMAS}\u3002")


def _tidy_choice(spec: Spec, value: str) -> str:
    if spec.excludes:
        value = value.removeprefix("v").replace(",", ".")  # "v7", "6,1"
    if value in spec.choices or not _NUMBER.fullmatch(value):
        return value
    same = [choice for choice in spec.choices if _NUMBER.fullmatch(choice) and float(choice) == float(value)]
    return same[0] if same and spec.excludes else value


# Flags take nothing, texts anything


def _always(_uses: Sequence[Use], _value: str) -> bool:
    return True


def _unfixable(_uses: Sequence[Use], _value: str) -> None:
    return None


def _some_text(_uses: Sequence[Use]) -> Sentence:
    return _("some text")


# Integers and numbers


def _in_range(uses: Sequence[Use], number: float) -> bool:
    return any(_low(use) <= number <= _high(use) for use in uses)


def _is_integer(uses: Sequence[Use], value: str) -> bool:
    return re.fullmatch("[0-9]+", value) is not None and _in_range(uses, float(value))


def _is_number(uses: Sequence[Use], value: str) -> bool:
    return _NUMBER.fullmatch(value) is not None and _in_range(uses, float(value))


def _range(uses: Sequence[Use]) -> Sentence:
    return _("{low} to {high}", low=_written(min(map(_low, uses))), high=_written(max(map(_high, uses))))


def _nearest_integer(uses: Sequence[Use], value: str) -> str | None:
    return _clamped(uses, value, round)


def _nearest_number(uses: Sequence[Use], value: str) -> str | None:
    return _clamped(uses, value, float)


def _clamped(uses: Sequence[Use], value: str, form: Callable[[float], float]) -> str | None:
    number, highest = value.removesuffix("%"), max(map(_high, uses))
    if not _NUMBER.fullmatch(number):
        return None
    amount = float(number) / (100 if number != value and highest < _PERCENT else 1)
    return _written(form(min(max(amount, min(map(_low, uses))), highest)))


def _low(use: Use) -> float:
    return use.min or 0


def _high(use: Use) -> float:
    return float("inf") if use.max is None else use.max


def _written(number: float) -> str:
    return f"{number:.0f}" if number == int(number) else f"{number:g}"


# Ratios


def _ratio(value: str) -> Fraction | None:
    """A ratio of whole numbers, the longer side over the shorter one; None for what is none."""
    sides = re.fullmatch("([0-9]{1,9}):([0-9]{1,9})", value)
    if not sides or not (int(sides[1]) and int(sides[2])):
        return None
    ratio = Fraction(int(sides[1]), int(sides[2]))
    return max(ratio, 1 / ratio)


def _is_ratio(uses: Sequence[Use], value: str) -> bool:
    ratio = _ratio(value)
    return ratio is not None and any(ratio <= _high(use) for use in uses)


def _ratio_range(uses: Sequence[Use]) -> Sentence:
    return _("a ratio of whole numbers such as 3:2, ideally up to {high}:1", high=_written(max(map(_high, uses))))


def _nearest_ratio(_uses: Sequence[Use], value: str) -> str | None:
    """Whole numbers for decimal ones: 1.85:1 is 37:20. A usual ratio may have lost its colon: 16.9 is 16:9."""
    if (usual := value.replace(".", ":")) in _USUAL_RATIOS:
        return usual
    sides = re.split(r"[:,;]", value)
    if _ratio(value) or len(sides) > 2 or not all(re.fullmatch(r"[0-9]{0,4}(\.[0-9]{1,4})?", side) for side in sides):
        return None
    width, height = (Fraction(side or "0") for side in [*sides, "1"][:2])
    if not (width and height) or (len(sides) == 1 and "." not in value):
        return None
    ratio = (width / height).limit_denominator(_MAX_TERM)
    return f"{ratio.numerator}:{ratio.denominator}" if ratio else None


# Choices


def _is_choice(uses: Sequence[Use], value: str) -> bool:
    known = _choices(uses)
    if value in known:
        return True
    same = (_NUMBER.fullmatch(choice) and float(choice) == float(value) for choice in known)
    return _NUMBER.fullmatch(value) is not None and any(same)


def _choice_list(uses: Sequence[Use]) -> Sentence:
    return Sentence("{choices}", (("choices", ", ".join(_choices(uses))),))


def _nearest_choice(uses: Sequence[Use], value: str) -> str | None:
    known = _choices(uses)
    numbers = [choice for choice in known if _NUMBER.fullmatch(choice)]
    if _NUMBER.fullmatch(value) and numbers:
        return min(numbers, key=lambda choice: (abs(float(choice) - float(value)), -float(choice)))
    near = get_close_matches(value[:_MAX_CHOICE], known, n=1)
    return near[0] if near else None


def _choices(uses: Sequence[Use]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(choice for use in uses for choice in use.choices))


# Links and codes


def _are_links(uses: Sequence[Use], value: str) -> bool:
    words = value.split()
    known = _choices(uses)
    return len(words) <= max(map(_high, uses)) and all(_LINK.match(word) or word.lower() in known for word in words)


def _are_codes(uses: Sequence[Use], value: str) -> bool:
    known = _choices(uses)
    return not known or all(
        _LINK.match(word) or _CODE.fullmatch(word) or word.lower() in known for word in value.split()
    )


def _link_words(uses: Sequence[Use]) -> Sentence:
    if max(map(_high, uses)) == 1:
        return _("one picture link")
    return _("picture links")


def _code_words(_uses: Sequence[Use]) -> Sentence:
    return _("picture links or codes")


class _Check(NamedTuple):
    """How one kind of values is judged: whether a tidy one fits, what would, and which one that does is near."""

    fits: Callable[[Sequence[Use], str], bool]
    allowed: Callable[[Sequence[Use]], Sentence]
    nearest: Callable[[Sequence[Use], str], str | None]


_CHECKS = {
    Kind.FLAG: _Check(_always, _some_text, _unfixable),
    Kind.TEXT: _Check(_always, _some_text, _unfixable),
    Kind.INTEGER: _Check(_is_integer, _range, _nearest_integer),
    Kind.NUMBER: _Check(_is_number, _range, _nearest_number),
    Kind.RATIO: _Check(_is_ratio, _ratio_range, _nearest_ratio),
    Kind.CHOICE: _Check(_is_choice, _choice_list, _nearest_choice),
    Kind.LINKS: _Check(_are_links, _link_words, _unfixable),
    Kind.CODES: _Check(_are_codes, _code_words, _unfixable),
}
