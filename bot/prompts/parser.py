"""Prompts taken apart: picture links in front, then words with `::` weights and `{a, b}` braces, then parameters.

Every prompt can be read, in time linear in its length, and its parts put together are the prompt again, to the letter.
What is wrong in it is not judged here. What leaves no doubt is understood as people's keyboards write it: other dashes
("—ar 16:9"), full width, a missing space ("--ar16:9") or one too many ("-- ar 16:9"), parameters that hang on
text of a script without spaces, on a mark or on a bracket ("(--ar 3:2)").
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from bot.prompts.braces import match_braces
from bot.prompts.folding import EMOJI, FULL_MARKS, LONG_DASHES, PROLONGED, UNSPACED, closer_of, fold
from bot.prompts.parts import MARK, Brace, Image, Parameter, Part, Prompt, Weight, Words
from bot.prompts.table import SWITCHED_OFF, SWITCHED_ON, TABLE, Kind, Spec

_NUMBER = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
# All of these read the folded text.
_WEIGHT = re.compile(rf"::(?:{_NUMBER})?")
_LINK = re.compile(r"<?https?://", re.IGNORECASE)
_FLAG = re.compile(rf"(?P<mark>- -(?!-)|-+)(?P<gap>\s*)(?P<name>{TABLE.compounds}|[A-Za-z]+|[^\W\d_]+)", re.IGNORECASE)
_NEXT = re.compile(rf"\\[{{}},]|[{{}},]|{_WEIGHT.pattern}|{_LINK.pattern}|(?<!-)-", re.IGNORECASE)
_NEXT_IN_TEXT = re.compile(r'\\[{},]|[{},]|(?<!\S)"|(?<!-)-')
_NEXT_IN_TOKEN = re.compile(r"\\[{},]|[\s{},]")
_MAX_CHOICE = 20  # characters
_LOOSE_KINDS = {Kind.FLAG, Kind.TEXT, Kind.LINKS, Kind.CODES}
_SPACE = re.compile(r"\s*")
_COMMAS = re.compile(r"[\s,;]*")
_EQUALS = re.compile(r"(?:\s*[=:](?![=:])|[-_](?=[0-9.]))?\s*")  # between a name and its value
_GLUED = re.compile(r"[^\s{},.;:=!?()\[\]<>'\"`*_~|]")
_RATIO = re.compile(
    r"[0-9.]+(?:px)?\s*(?:[:;x*/|\u6bd4]|by|to)\s*[0-9.]+(?:px)?(?=[\s{},;!?()\[\]<>'\"`*_~|-]|[^\x00-\x7f]|$)",
    re.IGNORECASE,
)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![A-Za-z0-9])")
_CHOICE = re.compile(rf"[\"'(\[]?([A-Za-z0-9.]{{1,{_MAX_CHOICE}}})(?![A-Za-z0-9])")
_VALUE_START = re.compile(r"[0-9.{(\[\"'<]|-[0-9.]")
# Where words follow what would switch a flag, it is one of them.
_SWITCH = re.compile(
    rf"(?:{'|'.join(sorted(SWITCHED_ON | SWITCHED_OFF))})(?![^\s{{}},.;])[,.;]*",
    re.IGNORECASE,
)
_OPTIONAL_START = re.compile(rf"{_VALUE_START.pattern}|v[0-9]", re.IGNORECASE)
_CODE = re.compile(rf"{_LINK.pattern}|\{{|[0-9]+(?:::|,|$)|(?=\w*[0-9])\w{{6,}}", re.IGNORECASE)

# These read the text as it was typed.
_HANGS_FREELY = re.compile(
    rf"[\s{{}},({UNSPACED}{FULL_MARKS}{EMOJI}\ufe0f\u20e3\U000e007f\u00ab\u2014\u2e3a]|[\[<\"'`*~|.;:!?)\]>]"
)
_ENDS_WORD = re.compile(rf"(?<=[{UNSPACED}])[{PROLONGED}](?=[{LONG_DASHES}-]|[{PROLONGED}]{{2}}(?![{PROLONGED}]))")
_IS_CLEAN = re.compile(r"[\s{},]")
_VALUE_STOPS = re.compile(rf"(?!\d)[{FULL_MARKS}{UNSPACED}{EMOJI}()\[\]<>\"'`*~|!?;]|[{LONG_DASHES}]+-*\s?[A-Za-z]")


@lru_cache(maxsize=64)  # the same text is read ten times on its way, and few come between
def parse(text: str) -> Prompt:
    """Take a prompt apart; every text is one."""
    return Prompt(text, tuple(_Reader(text).read()))


class _Reader:
    """One pass over a text; `at` is where it stands."""

    def __init__(self, text: str) -> None:
        self._typed = text
        self._text = fold(text)
        self._pairs = match_braces(self._text).pairs
        self._closing = set(self._pairs.values())
        self._at = 0
        self._words_start = 0
        self._parameter_end = 0  # of the last one
        self._branch = self._branches = 0
        self._outer_branches: list[int] = []

    def read(self) -> Iterator[Part]:
        for part in self._marked_parts():
            yield from self._words_before(part.start)
            self._words_start = part.end
            yield part
        yield from self._words_before(len(self._text))

    def _words_before(self, end: int) -> Iterator[Words]:
        if self._words_start < end:
            yield Words(self._words_start, end, self._typed[self._words_start : end], self._branch)

    def _marked_parts(self) -> Iterator[Part]:
        """All parts but the words between them."""
        yield from self._leading_images()
        while found := _NEXT.search(self._text, self._at):
            start, self._at = found.span()
            match found[0][0]:
                case "{" | "}" | ",":
                    yield from self._brace(start)
                case ":":
                    yield Weight(start, self._at, self._typed[start : self._at], self._branch)
                case "h" | "H" | "<":
                    self._at = self._link_end(start)
                case "\\":
                    pass
                case _:
                    yield from self._parameter(start)

    def _leading_images(self) -> Iterator[Part]:
        start = self._skip(_COMMAS, 0)
        while _LINK.match(self._text, start):
            end = self._link_end(start)
            link = self._typed[start:end].rstrip(",;")
            self._at = start + len(link)
            yield Image(start, self._at, link, self._branch)
            if weight := _WEIGHT.match(self._text, self._at):
                self._at = weight.end()
                yield Weight(*weight.span(), self._typed[slice(*weight.span())], self._branch)
            start = self._skip(_COMMAS, self._at)

    def _brace(self, start: int) -> Iterator[Brace]:
        """A brace with a partner, or a comma inside of braces; all others are words."""
        match self._text[start]:
            case "{" if start in self._pairs:
                yield Brace(start, start + 1, self._typed[start], self._branch)
                self._outer_branches.append(self._branch)
                self._branches += 1
                self._branch = self._branches
            case "}" if self._ends_alternative(start):
                yield Brace(start, start + 1, self._typed[start], self._outer_branches[-1])
                self._branch = self._outer_branches.pop()
            case "," if self._outer_branches:
                yield Brace(start, start + 1, self._typed[start], self._outer_branches[-1])
                self._branches += 1
                self._branch = self._branches

    def _parameter(self, start: int) -> Iterator[Parameter]:
        start += self._is_of_the_word(start)
        flag = self._flag_at(start)
        if flag is None:
            return
        spec = TABLE.find(flag["name"])
        value_start, end = self._value(spec, flag.end())
        self._at = self._parameter_end = end
        yield Parameter(
            start,
            end,
            self._typed[start:end],
            self._branch,
            mark=self._typed[start : flag.start("name")],
            name=flag["name"],
            value=self._written_value(spec, value_start, end),
            value_start=value_start,
            spec=spec,
        )

    def _written_value(self, spec: Spec | None, start: int, end: int) -> str:
        """A value in the characters of the language; what is the member's own words stays as it was typed."""
        typed = self._typed[start:end]
        if spec is None or spec.kind is Kind.TEXT or (spec.kind in _LOOSE_KINDS and "://" in typed):
            return typed
        return self._text[start:end]

    def _is_of_the_word(self, start: int) -> bool:
        """Whether the first of several dashes ends the word before it, as in Japanese for "coffee--v 7"."""
        return _ENDS_WORD.match(self._typed, start) is not None

    def _flag_at(self, start: int) -> re.Match[str] | None:
        """The dashes and the name that begin a parameter here; what could as well be text needs a value behind it."""
        flag = _FLAG.match(self._text, start)
        if flag is None:
            return None
        before, mark = self._typed[max(start - 1, 0) : start], self._typed[start : flag.end("mark")]
        is_clean = start == self._parameter_end or _IS_CLEAN.match(before) is not None
        if mark == MARK and not flag["gap"] and is_clean:
            return flag
        spec = TABLE.find(flag["name"])
        if spec is None or not (is_clean or (_HANGS_FREELY.match(before) and self._may_hang(spec, before, mark))):
            return None
        is_hyphen = len(mark) == 1 and mark not in LONG_DASHES
        if is_hyphen or flag["gap"] or spec.kind not in _LOOSE_KINDS or (not is_clean and mark == MARK):
            is_one = self._has_value(spec, flag, mark) and not (is_hyphen and flag["gap"])
        else:
            behind = self._typed[flag.end() : flag.end() + 1]
            is_one = not behind or behind.isspace() or _VALUE_STOPS.match(behind) is not None
        return flag if is_one else None

    @staticmethod
    def _may_hang(spec: Spec, before: str, mark: str) -> bool:
        """Whether what stands before dashes leaves no doubt: in lettering words may be meant."""
        if len(mark) == 1 and mark in PROLONGED:
            return False
        return spec.kind not in _LOOSE_KINDS or before not in "\"'`.;:!?"

    def _has_value(self, spec: Spec, flag: re.Match[str], mark: str) -> bool:
        """Whether what follows a name can only be its value."""
        start = self._skip(_EQUALS, flag.end())
        if spec.kind is Kind.FLAG or spec.optional:
            stands_alone = (
                start == len(self._text)
                or _VALUE_STOPS.match(self._typed, start) is not None
                or (self._text[start - 1].isspace() and _FLAG.match(self._text, start) is not None)
            )
            if stands_alone or spec.kind is Kind.FLAG:
                return stands_alone
        match spec.kind:
            case Kind.CHOICE:
                word = _CHOICE.match(self._text, start)
                return word is not None and word[1].rstrip(".").lower() in spec.choices
            case Kind.LINKS | Kind.CODES:
                link_or_code = _CODE if spec.kind is Kind.CODES and len(flag["name"]) > 1 else _LINK
                return link_or_code.match(self._text, start) is not None
            case Kind.TEXT:
                return mark == MARK and start < len(self._text)
            case _:
                return _VALUE_START.match(self._text, start) is not None

    def _value(self, spec: Spec | None, name_end: int) -> tuple[int, int]:
        """Where the value of a parameter begins and ends; both at the end of the name where there is none."""
        start = self._skip(_EQUALS, name_end)
        end = start
        if not self._ends_value(start):
            match spec.kind if spec else Kind.TEXT:
                case Kind.TEXT:
                    end = self._text_end(start)
                case Kind.LINKS | Kind.CODES if spec:
                    end = self._codes_end(spec, start)
                case Kind.RATIO if ratio_end := self._ratio_end(start):
                    end = ratio_end
                case Kind.INTEGER if thousands := _THOUSANDS.match(self._text, start):
                    end = thousands.end()
                case Kind.FLAG:
                    end = self._switch_end(start)
                case Kind.CHOICE if spec and spec.optional and not _OPTIONAL_START.match(self._text, start):
                    end = self._switch_end(start)
                case _:
                    end = self._short_end(start)
        if end > start:
            return start, end
        # What hangs on a name that takes no value is no other parameter: "--tile-x", "--niji--v".
        is_glued = _GLUED.match(self._text, name_end) and not _VALUE_STOPS.match(self._typed, name_end)
        return name_end, self._short_end(name_end) if is_glued else name_end

    def _switch_end(self, start: int) -> int:
        """The end of a word that switches a flag on or off; where there is none, it begins nowhere."""
        switch = _SWITCH.match(self._text, start)
        return switch.end() if switch and self._ends_value(self._skip(_SPACE, switch.end())) else start

    def _ends_value(self, start: int) -> bool:
        """Whether no value can begin here: the end, another parameter, the end of an alternative."""
        return (
            start == len(self._text)
            or self._ends_alternative(start)
            or (self._text[start - 1].isspace() and self._flag_at(start) is not None)
        )

    def _ends_alternative(self, at: int) -> bool:
        if not self._outer_branches:
            return False
        return self._text[at] == "," or (self._text[at] == "}" and at in self._closing)

    def _text_end(self, at: int) -> int:
        """The end of a value that goes on up to the next parameter."""
        start = at
        while found := _NEXT_IN_TEXT.search(self._text, at):
            at, then = found.span()
            if found[0] == "-":
                at += self._is_of_the_word(at)
            if self._ends_alternative(at) or (found[0] not in '{},"' and at > start and self._flag_at(at)):
                break
            at = self._quote_end(at) if found[0] == '"' else self._pairs.get(at, then - 1) + 1
        else:
            at = len(self._text)
        return start + len(self._text[start:at].rstrip())

    def _codes_end(self, spec: Spec, start: int) -> int:
        """The end of the links or codes that begin here; a single unknown word counts where nothing follows it."""
        end = at = start
        while not self._ends_value(at):
            token_end = self._token_end(at)
            if not (_CODE.match(self._text, at, token_end) or self._is_choice(spec, at, token_end)):
                break
            end, at = token_end, self._skip(_SPACE, token_end)
        if end > start:
            return end
        word_end = self._token_end(start)
        return word_end if self._ends_value(self._skip(_SPACE, word_end)) else start

    def _is_choice(self, spec: Spec, start: int, end: int) -> bool:
        # A longer word is not even looked at: it may hold all the rest of the prompt in braces.
        return end - start <= _MAX_CHOICE and self._text[start:end].rstrip(",").lower() in spec.choices

    def _token_end(self, at: int) -> int:
        """The end of a word: a space, or the end of an alternative; braces and quotes are stepped over."""
        if self._text.startswith('"', at):
            return self._quote_end(at)
        while found := _NEXT_IN_TOKEN.search(self._text, at):
            at, then = found.span()
            if found[0].isspace() or self._ends_alternative(at):
                return at
            at = self._pairs.get(at, then - 1) + 1
        return len(self._text)

    def _ratio_end(self, start: int) -> int:
        """The end of a ratio that may have spaces in it; 0 where there is none, or more hangs on it."""
        ratio = _RATIO.match(self._text, start)
        return 0 if ratio is None or self._typed.startswith("-", ratio.end()) else ratio.end()

    def _short_end(self, at: int) -> int:
        """The end of a value that is one number or name: that of the word, or a mark that no such value has in it."""
        if self._text.startswith('"', at):
            return self._token_end(at)
        if closer := closer_of(self._typed[at : at + 1]):
            closing = self._typed.find(closer, at + 1, self._token_end(at))
            return closing + 1 if closing > 0 else self._token_end(at)
        end = self._token_end(at)
        brace = self._text.find("{", at, end)  # alternatives are one value, whatever they hold
        stop = _VALUE_STOPS.search(self._typed, at + 1, end if brace < 0 else brace)
        return stop.start() if stop else end

    def _link_end(self, start: int) -> int:
        """The end of a link, which a weight may follow."""
        end = self._token_end(start)
        weight = self._text.find("::", start, end)
        return end if weight < 0 else weight

    def _quote_end(self, start: int) -> int:
        """Behind the closing quote; braces come before quotes, so inside of them quotes are plain."""
        closing = -1 if self._outer_branches else self._text.find('"', start + 1)
        return closing + 1 or start + 1

    def _skip(self, pattern: re.Pattern[str], at: int) -> int:
        found = pattern.match(self._text, at)
        return found.end() if found else at
