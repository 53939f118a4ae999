"""Long work on the event loop, done a little at a time."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

Item = TypeVar("Item")
HELD_BACK_S = 2.0  # at most, for what follows answers, which must come within 3 s: an endless rush stops nothing
_is_answering = ContextVar("_is_answering", default=False)


async def in_turns(items: Iterable[Item], at_once: int = 25) -> AsyncIterator[Item]:
    """The items in order; after each few, everybody else has a turn.

    Hundreds of items that take a tenth of a millisecond each would block the event loop, and with it every
    acknowledgement, for as long as all of them together take.
    """
    for number, item in enumerate(items, start=1):
        yield item
        if number % at_once == 0:
            await asyncio.sleep(0)


class LoopThrottle:
    """Lets a few pass in each turn of the event loop, so that hundreds who come at once do not block it."""

    def __init__(self, at_once: int = 10) -> None:
        self._at_once = at_once
        self._passed = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Pass; with many others in front, some turns later."""
        if self._passed < self._at_once and not self._waiting:
            self._count()
        else:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn

    def _count(self) -> None:
        if not self._passed:
            asyncio.get_running_loop().call_soon(self._open)
        self._passed += 1

    def _open(self) -> None:
        self._passed = 0
        while self._waiting and self._passed < self._at_once:
            turn = self._waiting.popleft()
            if not turn.done():  # else whoever waited was cancelled
                turn.set_result(None)
                self._count()


class AnswersFirst:
    """Lets what follows an answer come after the answers that others still wait for.

    Args:
        few: how many may wait at any time without anything being held back for them.
    """

    def __init__(self, few: int = 0) -> None:
        self._few = few
        self._owed = 0
        self._given = asyncio.Event()

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Let others know that somebody waits for an answer until the block ends."""
        self._owed += 1
        outside = _is_answering.set(True)
        try:
            yield
        finally:
            _is_answering.reset(outside)
            self._owed -= 1
            if self._owed <= self._few:
                self._given.set()

    async def come_after(self) -> None:
        """Return once only few wait for an answer, or after a short while; at once for what is part of an answer."""
        if _is_answering.get():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HELD_BACK_S):
                while self._owed > self._few:
                    self._given.clear()
                    await self._given.wait()
