"""What a check of the doctor's found out."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.settings import Settings


class Mark(StrEnum):
    """How something stands; only what is wrong keeps the bot from its work."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence about one thing, and the figures behind it, for programs."""

    mark: Mark
    sentence: str
    figures: Mapping[str, Any] = field(default_factory=dict)


# Looks at one thing after the other, and ends where the next would make no sense.
Check = Callable[[Settings], AsyncIterator[Answer]]


def ok(sentence: str, **figures: Any) -> Answer:
    """Something is as it should be."""
    return Answer(Mark.OK, sentence, figures)


def note(sentence: str, **figures: Any) -> Answer:
    """Something is good to know, such as what the first start will do."""
    return Answer(Mark.NOTE, sentence, figures)


def wrong(sentence: str, **figures: Any) -> Answer:
    """Something has to be mended."""
    return Answer(Mark.WRONG, sentence, figures)
