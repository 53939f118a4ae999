"""Characters that people's keyboards write for those of the prompt language: other dashes, full width, other digits.

`fold` replaces each by the one it stands for. The text keeps its length, so that what is found in the folded text
stands at the same place in the one that was typed.
"""

import unicodedata
from functools import lru_cache

HYPHEN = "-"
# What keyboards for Japanese, Korean and Chinese write for a hyphen; alone each belongs to a word.
PROLONGED = "\u30fc\uff70\u3161\u1173\uffda\u4e00"
LONG_DASHES = (
    "\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u2796\u2e3a\u2e3b\ufe31\ufe32\ufe58\uff0d"  # each may mean "--"
)
_HYPHENS = "\u02d7\u058a\u05be\u1806\u2010\u2011\u2043\u207b\ufe63"
# Scripts that are written without spaces, where a parameter hangs on the word before it: Thai to Burmese, Chinese, ...
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff"
    "\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
# Marks of such scripts, and typographic ones: none of them is part of a value or a link.
FULL_MARKS = (
    "\u2018-\u201f\u2026\u3001\u3002\u3008-\u3011\u3014-\u301b\u30fb"
    "\ufe10-\ufe19\ufe50-\ufe57\ufe59-\ufe5e\uff01-\uff04\uff06-\uff0c\uff1a-\uff20\uff3b-\uff3d\uff5b-\uff65"
)

EMOJI = "\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"

_STANDS_FOR = {
    ",": "\u060c\u3001\ufe10\ufe50\ufe51\uff64",
    ".": "\u3002\uff61\ufe52",
    ":": "\u02d0\u2236\ua789\ufe13\ufe30\ufe55",
    ";": "\u061b\ufe14\ufe54",
    '"': "\u201c\u201d\u201e\u201f\u2033\u275d\u275e",
    "'": "\u2018\u2019\u201a\u201b\u2032",
    "x": "\u00d7\u2715\u2716\u2a2f",
    "/": "\u2044\u2215",
    "{": "\ufe37\ufe5b",
    "}": "\ufe38\ufe5c",
    "(": "\ufe35\ufe59",
    ")": "\ufe36\ufe5a",
}


_CLOSERS = dict(zip("([<\"'`*_~|", ")]>\"'`*_~|", strict=True)) | dict(
    zip(
        "\u300c\u300e\u3010\u3014\u300a\u3008\u00ab\u201c\u201e\u2018\uff08\uff3b\uff02\uff1c\uff5f\uff62",
        "\u300d\u300f\u3011\u3015\u300b\u3009\u00bb\u201d\u201c\u2019\uff09\uff3d\uff02\uff1e\uff60\uff63",
        strict=True,
    )
)

# Where the digits from zero to nine begin in each script that has its own.
_ZEROS = (
    "\u0660\u06f0\u07c0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0de6\u0e50\u0ed0\u0f20\u1040\u1090\u17e0\u1810"
    "\uff10"
)
# Where letters and digits in other shapes stand: raised, lowered, in circles, for mathematics.
_SHAPED = (range(0x2070, 0x20A0), range(0x2100, 0x2150), range(0x2460, 0x2500), range(0x1D400, 0x1D800))

_FOLDED = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {
        chr(code): plain
        for codes in _SHAPED
        for code in codes
        if len(plain := unicodedata.normalize("NFKC", chr(code))) == 1 and plain.isascii() and plain.isalnum()
    }
    | {chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)}
    | {other: plain for plain, others in _STANDS_FOR.items() for other in others}
    | dict.fromkeys(PROLONGED + LONG_DASHES + _HYPHENS, HYPHEN)
)


@lru_cache(maxsize=32)  # the same text is read several times on its way
def fold(text: str) -> str:
    """The text with each character that stands for one of the language's replaced by that one; as long as it was."""
    return text if text.isascii() else text.translate(_FOLDED)


def closer_of(opener: str) -> str | None:
    """What ends the bracket, quote or mark that a character begins; None for one that begins none."""
    return _CLOSERS.get(opener)
