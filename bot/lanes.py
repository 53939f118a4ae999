"""Work in lanes that do not wait for each other: what one channel, host or member exhausts stops nobody else."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.fairness import LoopThrottle

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class _Lane:
    """What waits in one lane, by party, in the order of the parties' turns."""

    places: int
    working: int = 0
    parties: dict[Hashable, dict[str, None]] = field(default_factory=dict)

    def put(self, item: str, party: Hashable) -> None:
        self.parties.setdefault(party, {})[item] = None

    def next(self) -> str:
        """The first thing of the party whose turn it is; its next one comes after everybody else's."""
        party = next(iter(self.parties))
        items = self.parties.pop(party)
        item = next(iter(items))
        del items[item]
        if items:
            self.parties[party] = items
        return item


class Lanes(Generic[Key]):
    """Works off what is put into lanes. What waits is an id in a line; a task has only what is being worked on.

    The parties in a lane take turns, and each one's own things keep their order.

    Args:
        group: where the tasks live.
        work: does one thing, told the lane and the id; it must not raise.
        places: how many things of one lane are worked on at once.
        patience_s: real seconds after which a lane goes on without waiting for a thing; None = it always waits.
    """

    def __init__(
        self,
        group: asyncio.TaskGroup,
        work: Callable[[Key, str], Awaitable[None]],
        *,
        places: int,
        patience_s: float | None = None,
    ) -> None:
        self._group = group
        self._work = work
        self._places = places
        self._patience_s = patience_s
        self._lanes: dict[Key, _Lane] = {}
        self._throttle = LoopThrottle()  # and so would hundreds of lanes whose things are due at once

    def put(self, lane: Key, item: str, party: Hashable = None) -> None:
        """Have a thing worked on in its lane, after what its party put there before; one that waits stays in line."""
        self._lanes.setdefault(lane, _Lane(self._places)).put(item, party)
        self._fill(lane)

    def _fill(self, key: Key) -> None:
        lane = self._lanes[key]
        while lane.parties and lane.working < lane.places:
            lane.working += 1
            self._group.create_task(self._serve(key, lane), name=f"lane-{key}")

    async def _serve(self, key: Key, lane: _Lane) -> None:
        """Hold one place of a lane for as long as something waits there."""
        await self._throttle.enter()
        while lane.parties and lane.working <= lane.places:
            item = lane.next()
            async with self._impatient(key, lane):
                await self._work(key, item)
            await asyncio.sleep(0)  # hundreds of things that need no waiting would block the loop
            await self._throttle.enter()
        lane.working -= 1
        if not lane.working and not lane.parties:
            del self._lanes[key]

    @asynccontextmanager
    async def _impatient(self, key: Key, lane: _Lane) -> AsyncIterator[None]:
        """Give the lane another place while this one's work takes too long."""
        if self._patience_s is None:
            yield
            return
        is_late = False

        def go_on() -> None:
            nonlocal is_late
            is_late = True
            lane.places += 1
            self._fill(key)

        timer = asyncio.get_running_loop().call_later(self._patience_s, go_on)
        try:
            yield
        finally:
            timer.cancel()
            lane.places -= is_late


class Places:
    """A few places that all share; one that is held for long counts as free, so that nobody can hold them all.

    Args:
        count: how many may come in at once.
        patience_s: real seconds after which whoever is inside is not counted any more.
    """

    def __init__(self, count: int, patience_s: float) -> None:
        self._free = asyncio.Semaphore(count)
        self._patience_s = patience_s

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Come in, in the order of asking."""
        await self._free.acquire()
        is_counted = True

        def release() -> None:
            nonlocal is_counted
            if is_counted:
                is_counted = False
                self._free.release()

        timer = asyncio.get_running_loop().call_later(self._patience_s, release)
        try:
            yield
        finally:
            timer.cancel()
            release()


class PlacesOf:
    """Places of each party's own, for work that has its tasks already.

    Args:
        each: how many of one party may come in at once.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._free: dict[Hashable, asyncio.Semaphore] = {}
        self._here: Counter[Hashable] = Counter()

    @asynccontextmanager
    async def one(self, party: Hashable) -> AsyncIterator[None]:
        """Come in, in the order in which the party asks."""
        free = self._free.setdefault(party, asyncio.Semaphore(self._each))
        self._here[party] += 1
        try:
            async with free:
                yield
        finally:
            self._here[party] -= 1
            if not self._here[party]:
                del self._here[party], self._free[party]
