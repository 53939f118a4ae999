"""What describe and shorten have to say, read from the relay's text. Pure functions. Source: docs/relay.md 5.3.

The original numbers its lines with keycaps; other relays and translators with "1.", "1)", "①" or a JSON list.
"""

import json
import re
from dataclasses import dataclass

KEYCAPS = tuple(f"{number}\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}" for number in range(1, 6))
MOST_PROMPTS = len(KEYCAPS)
_KEYCAP = re.compile(r"^\s*(?:[1-9]\ufe0f?\u20e3|[\u2460-\u2468])\s*(.*?)\s*$")  # 1️⃣ or ①
# "1. a cat", "1) a cat", "(1) a cat", "**1.** a cat"; not "1.5 ...".
_NUMBER = re.compile(
    r"^\s*(?:[-*]\s+)?(?:\*\*)?[(\uff08]?([1-9])\s*[.):\uff0e\uff09\u3001\uff1a](?:\*\*)?(?!\d)\s*(.*?)\s*$"
)
_LINKED = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_HEADING = re.compile(r"^\s*(?:#+|\*\*)?\s*shortened prompts", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The numbered prompts of a text, and what stands before them (the token analysis of shorten)."""

    prompts: tuple[str, ...]
    analysis: str = ""


def parse_describe_text(text: str) -> Reading:
    """Read a describe or shorten text; markdown links in its prompts become their words.

    Lines without a number go on with the prompt before them. A text without any numbers is all analysis.
    """
    if listed := _listed(text):
        return Reading(tuple(plain(prompt) for prompt in listed[:MOST_PROMPTS]))
    prompts: list[str] = []
    analysis: list[str] = []
    for line in text.replace("\r", "\n").split("\n"):
        numbered = _numbered(line, len(prompts) + 1)
        if numbered is not None:
            prompts.append(numbered)
        elif not line.strip() or _HEADING.match(line):
            continue
        elif prompts:
            prompts[-1] = f"{prompts[-1]} {line.strip()}".strip()
        else:
            analysis.append(line.strip())
    kept = [_LINKED.sub(r"\1", prompt).strip() for prompt in prompts]
    return Reading(tuple(prompt for prompt in kept if prompt)[:MOST_PROMPTS], "\n".join(analysis))


def plain(prompt: str) -> str:
    """Return a prompt without a leading keycap and without markdown links."""
    keycap = _KEYCAP.match(prompt)
    return _LINKED.sub(r"\1", keycap[1] if keycap else prompt).strip()


def _numbered(line: str, expected: int) -> str | None:
    """Return the words of a numbered line; a plain number counts only in its turn, as prompts have numbers, too."""
    if keycap := _KEYCAP.match(line):
        return keycap[1]
    number = _NUMBER.match(line)
    return number[2] if number and int(number[1]) == expected else None


def _listed(text: str) -> list[str]:
    """Read the prompts of a JSON list, or of an object that holds one; empty where it is neither."""
    if text.lstrip()[:1] not in ("[", "{"):
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return []
    if isinstance(value, dict):
        value = next((one for one in value.values() if isinstance(one, list)), [])
    items = value if isinstance(value, list) else []
    found = [
        next((one for one in item.values() if isinstance(one, str)), "") if isinstance(item, dict) else item
        for item in items
    ]
    return [" ".join(one.split()) for one in found if isinstance(one, str) and one.strip()]
