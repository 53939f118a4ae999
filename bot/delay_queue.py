"""A list of things to do, each with its moment."""

import asyncio
import heapq
from collections.abc import Iterator

from bot.clock import Clock


class DelayQueue:
    """Keys with the moment at which each is due. Putting a key again moves it; a waiting key costs no task."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._moments: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []
        self.in_hand: set[str] = set()  # what was taken and is not done with yet, as whoever takes it says
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._moments)

    def __contains__(self, key: str) -> bool:
        return key in self._moments

    def put(self, key: str, in_s: float = 0.0) -> None:
        """Make a key due in real seconds from now."""
        moment = self._clock.monotonic() + in_s
        self._moments[key] = moment
        heapq.heappush(self._heap, (moment, key))
        self._changed.set()

    def discard(self, key: str) -> None:
        """Forget a key."""
        self._moments.pop(key, None)

    def poke(self) -> None:
        """Wake whoever waits: something outside this list has changed."""
        self._changed.set()

    def take(self, along_s: float = 0.0) -> list[str]:
        """Remove and return all keys that are due, earliest first.

        If there are any, those that are due within `along_s` real seconds come along: what is done with many at once
        costs no more, and whoever waits would rather have it early.
        """
        now = self._clock.monotonic()
        due = list(self._taken(now))
        return due + list(self._taken(now + along_s)) if due else due

    def _taken(self, until: float) -> Iterator[str]:
        while self._heap and self._heap[0][0] <= until:
            moment, key = heapq.heappop(self._heap)
            if self._moments.get(key) == moment:
                del self._moments[key]
                yield key

    async def wait(self) -> None:
        """Return when a key is due or the list has changed."""
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        rest = self._heap[0][0] - self._clock.monotonic() if self._heap else None
        try:
            async with asyncio.timeout(None if rest is None else max(rest, 0.0)):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()
