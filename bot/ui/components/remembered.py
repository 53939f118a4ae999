"""Answers of Discord's that are good for a while."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from bot.clock import Clock

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """Answers by what was asked, each until its time is over; the oldest go where there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[Key, tuple[float, Value]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def get(self, key: Key) -> Value | None:
        """Return an answer that is still good; None where there is none."""
        until, value = self._known.get(key, (0.0, None))
        return value if self._clock.monotonic() < until else None

    def keep(self, key: Key, value: Value, *, for_s: float, among: int) -> None:
        """Remember an answer for so many seconds, and as one of so many, the newest."""
        self._known[key] = self._clock.monotonic() + for_s, value
        self._known.move_to_end(key)
        while len(self._known) > among:
            self._known.popitem(last=False)
