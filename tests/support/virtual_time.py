"""An event loop whose time jumps over every wait: minutes of sleeping pass at once, in exact order.

For code that waits for nothing but time; sockets and threads need the real loop.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from typing_extensions import override

from bot.clock import Clock
from tests.support.makers import START

Value = TypeVar("Value")


class _Jumping(selectors.DefaultSelector):
    """Instead of waiting, moves its loop's time forward by as much."""

    passed_s = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("everything waits, and nothing will ever happen")
        if not ready and timeout:
            self.passed_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop over a jumping selector."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    @override
    def time(self) -> float:
        return self._jumping.passed_s


class LoopClock(Clock):
    """The bot's clock, on the time of the running loop."""

    @override
    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    @override
    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()


def in_virtual_time(scenario: Coroutine[Any, Any, Value]) -> Value:
    """Run a scenario to its end, at once."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)
