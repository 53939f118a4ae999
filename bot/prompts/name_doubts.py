"""Doubts about names that may be parameters: behind other dashes, mistyped, or hanging on the word before them."""

import re
from collections.abc import Collection, Iterator

from bot.language import _
from bot.prompts.findings import Finding, quoted
from bot.prompts.folding import FULL_MARKS, LONG_DASHES, PROLONGED, UNSPACED, closer_of, fold
from bot.prompts.link_doubts import LINK
from bot.prompts.parts import MARK, Words
from bot.prompts.table import TABLE, Kind, Spec
from bot.prompts.values import could_take, fault, tidy

GLUED_VALUE = 20  # characters that are looked at
# Dashes and a name that hang on the text before them. Reads the folded text.
_GLUED = re.compile(
    rf"(?P<open>[\"'`*_(\[]{{0,3}})(?<=[^\s{{}},-])(?P<mark>-+)(?P<name>{TABLE.compounds}|[A-Za-z]+)"
    rf"[ =:]*(?P<value>[^\s{{}},]{{0,{GLUED_VALUE}}})(?P<then>,?)",
    re.IGNORECASE,
)
# Other dashes than "--" with a name behind them. Reads the text as it was typed.
_OTHER_MARK = re.compile(
    rf"(?:^|(?<=[\s{{}},{UNSPACED}{FULL_MARKS}]))(?P<mark>(?!-+[A-Za-z])[-{LONG_DASHES}{PROLONGED}]{{2,}}|[{LONG_DASHES}])"
    rf"(?P<name>[A-Za-z]{{2,20}})\s?(?P<value>[^\s{{}},]{{0,{GLUED_VALUE}}})"
)
_LONG_VOWEL = re.compile(r"(?<=[\u30a1-\u30fa\uff66-\uff9d])[\u30fc\uff70](?![\u30fc\uff70-])")  # of a Japanese word
_MAX_GUESSES = 20  # unknown names in a prompt that another one is looked for; a person mistypes fewer


class Names:
    """What unknown names of one prompt may mean: the member's own options, and a parameter that takes their value."""

    def __init__(self, others: Collection[str]) -> None:
        self.others = frozenset(other.lower() for other in others)
        self._guesses_left = _MAX_GUESSES

    def meant_by(self, name: str, value: str) -> str | None:
        """The name that was probably meant; None if none is near, or none that is takes such a value."""
        if self._guesses_left == 0:
            return None
        self._guesses_left -= 1
        return TABLE.nearest(name, self.others, fits=lambda spec: could_take(spec, value))


def mistyped(words: Words, names: Names) -> Iterator[Finding]:
    """Unknown names behind other dashes than "--", where one with such a value is near: "——stlye raw"."""
    for flag in _OTHER_MARK.finditer(words.text):
        name, value = flag["name"], fold(flag["value"]).rstrip(",.;")
        if TABLE.find(name) or not value or (len(flag["mark"]) == 1 and not value[0].isdigit()):
            continue
        meant = names.meant_by(name, value)
        if meant or (value[0].isdigit() and len(flag["mark"]) > 1):
            start, end = words.start + flag.start(), words.start + flag.end("name")
            unknown = quoted(f"{MARK}{name}")
            sentence = (
                _("Unknown parameter {flag}. Did you mean {other}?", flag=unknown, other=f"{MARK}{meant}")
                if meant
                else _("Unknown parameter {flag}.", flag=unknown)
            )
            before = " " if flag.start() and not words.text[flag.start() - 1].isspace() else ""
            yield Finding(start, end, sentence, f"{before}{MARK}{meant}" if meant else None)


def glued_parameter(text: str, start: int, names: Names, behind: str = "") -> Finding | None:
    """The first parameter that hangs on the word before it, as in "rain--ar 16:9"; links may have such names."""
    typed = text + behind
    folded = LINK.sub(lambda link: " " * len(link[0]), fold(typed))
    for flag in _GLUED.finditer(folded) if "-" in folded else ():
        if flag.start("mark") >= len(text):
            break
        if not _is_meant(flag, typed[flag.start("mark") : flag.end("mark")], names):
            continue
        at = start + flag.start("mark")
        sentence = _("A space is missing before {flag}.", flag=f"{MARK}{flag['name'].lower()}")
        opened = flag["open"]
        if opened and flag["value"] == "".join(closer_of(one) or "" for one in opened[::-1]):
            return Finding(at - len(opened), start + flag.end(), sentence, f" {MARK}{flag['name']}")
        ends_word = _LONG_VOWEL.match(typed, flag.start("mark"))
        return Finding(at, start + flag.end("mark"), sentence, f"{ends_word[0] if ends_word else ''} {MARK}")
    return None


def _is_meant(flag: re.Match[str], mark: str, names: Names) -> bool:
    """Whether what hangs on a word is a parameter: two dashes or a long one, and a name with a value that fits."""
    spec = TABLE.find(flag["name"])
    if len(mark) == 1 and mark not in LONG_DASHES:
        return spec is not None and spec.kind is Kind.RATIO and ":" in flag["value"] and _may_be(spec, flag["value"])
    if spec:
        is_prose = len(mark) == 1 and spec.kind in (Kind.FLAG, Kind.TEXT)
        return _may_be(spec, flag["value"]) and not (is_prose and (flag["value"] or flag["then"]))
    if len(mark) == 1:
        return False
    return flag["name"].lower() in names.others or (
        flag["value"][:1].isdigit()
        and (TABLE.is_foreign(flag["name"]) or names.meant_by(flag["name"], flag["value"]) is not None)
    )


def _may_be(spec: Spec, value: str) -> bool:
    if spec.kind in (Kind.FLAG, Kind.TEXT):
        return True
    return bool(value) and fault(spec, tidy(spec, value), None) is None
