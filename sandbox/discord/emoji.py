"""Which emoji there are: Unicode's, and those that somebody uploaded, by their ids."""

import re
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("emoji.txt")
LOOKS = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")  # in colour, or a tone of skin
MOST_LOOKS = 4  # in one emoji; a kiss of two people has the most


@cache
def _known() -> frozenset[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(emoji for line in lines if not line.startswith("#") for emoji in line.split())


def is_unicode_emoji(text: str) -> bool:
    """Whether a text is one emoji of Unicode's, in whatever look."""
    plain = LOOKS.sub("", text)
    return text in _known() or (plain in _known() and len(text) - len(plain) <= MOST_LOOKS)
