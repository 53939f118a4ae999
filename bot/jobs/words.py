"""Words that a server does not want asked for, found however they are spelled, in time that grows with the text."""

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re2

# Letters of other scripts that look like Latin ones. Source: https://www.unicode.org/Public/security/latest/confusables.txt
_LOOK_ALIKES = {
    "a": "\u0430\u03b1\u0251\u1d00",
    "b": "\u044c\u0432\u03b2\u0299",
    "c": "\u0441\u1d04\u03f2",
    "d": "\u0501\u1d05",
    "e": "\u0435\u03b5\u04bd\u1d07",
    "g": "\u0261\u0262\u0581",
    "h": "\u04bb\u043d\u0570\u029c",
    "i": "\u0456\u03b9\u0269\u026a",
    "j": "\u0458\u1d0a",
    "k": "\u043a\u03ba\u1d0b",
    "l": "\u04cf\u029f",
    "m": "\u043c\u1d0d",
    "n": "\u043f\u03b7\u057c\u0274",
    "o": "\u043e\u03bf\u0585\u1d0f\u03c3",
    "p": "\u0440\u03c1\u1d18",
    "q": "\u051b\u0563",
    "r": "\u0433\u1d26\u0280",
    "s": "\u0455\ua731",
    "t": "\u0442\u03c4\u1d1b",
    "u": "\u03c5\u057d\u1d1c",
    "v": "\u03bd\u0475\u1d20",
    "w": "\u051d\u03c9\u1d21",
    "x": "\u0445\u03c7",
    "y": "\u0443\u04af\u03b3\u028f",
    "z": "\u1d22\u0290",
}
_LOOKS_LIKE = {ord(other): latin for latin, others in _LOOK_ALIKES.items() for other in others}
_INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Me", "Mn"})
_MOST_MEMORY = 8 << 20  # bytes for one expression
_APART = r"[^\pL\pN]"


class PatternError(ValueError):
    """Something between slashes is no regular expression that takes linear time."""


def folded(text: str) -> str:
    """Return a text as it is compared: small, in one width, in the Latin letters it looks like, without the unseen."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    seen = "".join(one for one in plain if unicodedata.category(one) not in _INVISIBLE or one in "\n\t")
    return seen.casefold().translate(_LOOKS_LIKE)


@cache
def _options() -> "re2.Options":
    import re2  # noqa: PLC0415 - loaded where a server has words alone

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MOST_MEMORY
    return options


@lru_cache(maxsize=2000)
def _pattern(word: str) -> "re2._Regexp":
    """What finds a word.

    Raises:
        PatternError: it is a regular expression, and cannot be one.
    """
    import re2  # noqa: PLC0415 - as above

    if len(word) > 2 and word.startswith("/") and word.endswith("/"):
        try:
            return re2.compile(f"(?i){word[1:-1]}", _options())
        except re2.error as exc:
            raise PatternError(word) from exc
    plain = re2.escape(folded(word))
    # Letters of scripts without capitals (Lo): some have no spaces, others hang articles and endings on their words.
    is_spaced = word[:1].isascii() or (word[:1].isalpha() and unicodedata.category(word[:1]) != "Lo")
    return re2.compile(f"(?:^|{_APART}){plain}(?:$|{_APART})" if is_spaced else plain, _options())


def check_words(words: Sequence[str]) -> None:
    """Refuse what cannot be looked for.

    Raises:
        PatternError: a regular expression is none.
    """
    for word in words:
        _pattern(word)


def found_word(words: Sequence[str], texts: Sequence[str]) -> str | None:
    """Return the first of the words that one of the texts has; of an expression what it found there.

    Expressions are held against a text as it was typed, too.
    """
    for text in texts:
        plain = folded(text)
        for word in words:
            pattern, is_expression = _pattern(word), word.startswith("/")
            if found := (is_expression and pattern.search(text)) or pattern.search(plain):
                return (is_expression and found.group().strip()) or word
    return None
