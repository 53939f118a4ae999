"""What is found in a prompt, and texts changed at several places at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from bot.language import Sentence
from bot.prompts.table import Severity
from bot.text import escape_inline

_QUOTED = 60  # characters of a prompt in a sentence


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing in a prompt, from `start` up to `end`, in characters.

    `replacement` is what should stand there: nothing for "", unknown for None.
    """

    start: int
    end: int
    sentence: Sentence
    replacement: str | None
    severity: Severity = Severity.ASK


class Edit(NamedTuple):
    """A stretch of a text and what comes in its place; nothing also takes the space before it away."""

    start: int
    end: int
    replacement: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made; of those that overlap, the first one."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        if edit.start < at:
            continue
        before = text[at : edit.start]
        pieces += [before if edit.replacement else before.rstrip(), edit.replacement]
        at = edit.end
    return "".join([*pieces, text[at:]]).strip() if pieces else text


@lru_cache(maxsize=512)  # what is found once is often found again and again
def quoted(text: str) -> str:
    """A part of a prompt for a sentence."""
    return escape_inline(text[: 2 * _QUOTED], _QUOTED)  # the rest could not be seen
