"""The bot's one clock. It comes in as a parameter, so that deadlines are tested without waiting."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Real time, with waits and lives divided by `scale` (`TIME_SCALE`; 1 except in the sandbox)."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def now(self) -> datetime:
        """The current moment, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Real seconds on a clock that never jumps; for intervals."""
        return time.monotonic()

    def real(self, seconds: float) -> float:
        """How many real seconds a wait of `seconds` takes."""
        return seconds / self.scale

    def after(self, seconds: float) -> datetime:
        """The moment when a wait of `seconds` that starts now is over."""
        return self.now() + timedelta(seconds=self.real(seconds))

    def elapsed_s(self, since: datetime) -> float:
        """How many seconds of a wait have passed since a moment; negative for one to come."""
        return (self.now() - since).total_seconds() * self.scale

    async def sleep(self, seconds: float) -> None:
        """Wait for `seconds`, scaled."""
        await asyncio.sleep(self.real(seconds))


async def wait_at_most(event: asyncio.Event, seconds: float) -> None:
    """Wait for an event, and no longer than some real seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
