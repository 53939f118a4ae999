"""Which braces of a prompt belong together. A backslash before a brace or a comma makes it plain text."""

import re
from typing import NamedTuple

_BRACE = re.compile(r"\\[{},]|[{}]")


class Braces(NamedTuple):
    """The braces of a text: each opening position with its closing one, and those without a partner, in order."""

    pairs: dict[int, int]
    strays: tuple[int, ...]


def match_braces(text: str) -> Braces:
    """Pair the braces of a text; what stays without a partner is plain text."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    strays: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            pairs[opened.pop()] = brace.start()
        elif brace[0] == "}":
            strays.append(brace.start())
    return Braces(pairs, tuple(sorted(strays + opened)))
