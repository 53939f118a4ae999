"""A list of things to do, each with its moment."""

import asyncio
import heapq
import math
from collections.abc import Iterator

from bot.clock import Clock


class DelayQueue:
    """Keys with the moment at which each is due. Putting a key again moves it; a waiting key costs no task.

    With a step, moments to come are rounded to a multiple of it (real seconds), so that many keys are due at once:
    down, because who waits for a look would rather have it early.
    """

    def __init__(self, clock: Clock, *, step_s: float = 0.0) -> None:
        self._clock = clock
        self._step_s = step_s
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
        if self._step_s and in_s > 0:
            moment = math.floor(moment / self._step_s) * self._step_s
        self._moments[key] = moment
        heapq.heappush(self._heap, (moment, key))
        self._changed.set()

    def discard(self, key: str) -> None:
        """Forget a key."""
        self._moments.pop(key, None)

    def poke(self) -> None:
        """Wake whoever waits: something outside this list has changed."""
        self._changed.set()

    def take(self) -> list[str]:
        """Remove and return all keys that are due, earliest first."""
        return list(self._taken(self._clock.monotonic()))

    def _taken(self, now: float) -> Iterator[str]:
        while self._heap and self._heap[0][0] <= now:
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
