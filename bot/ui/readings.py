"""What describe and shorten have to say, read from the relay's text. Pure functions. Source: upstream-api 6.1."""

import re
from dataclasses import dataclass

KEYCAPS = tuple(f"{number}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}" for number in range(1, 6))
_NUMBERED = re.compile(r"^\s*([1-5])\N{VARIATION SELECTOR-16}?\N{COMBINING ENCLOSING KEYCAP}\s*(.*\S)\s*$")
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^\s*(?:#+|\*\*)?\s*shortened prompts", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbered prompts of a text, and what stands before them (the token analysis of shorten)."""

    prompts: tuple[str, ...]
    analysis: str = ""


def read(text: str) -> Reading:
    """Read a describe or shorten text; markdown links in its prompts become their words."""
    prompts: list[str] = []
    analysis: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        if numbered := _NUMBERED.match(line):
            prompts.append(plain(numbered[2]))
        elif not prompts and line.strip() and not _HEADING.match(line):
            analysis.append(line.strip())
    return Reading(tuple(prompts[:5]), "\n".join(analysis))


def plain(prompt: str) -> str:
    """A prompt without a leading keycap and without markdown links."""
    numbered = _NUMBERED.match(prompt)
    return _LINKED.sub(r"\1", numbered[2] if numbered else prompt).strip()
