"""The sandbox's time: how long things take, divided by one speed."""

import asyncio
import time


class SandboxClock:
    """Wall-clock time whose waits are divided by `speed` (1 = as long as the real services take)."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("the speed must be above 0")
        self.speed = speed

    def now(self) -> float:
        """Seconds since the epoch, never scaled, so that timestamps look like today's."""
        return time.time()

    def elapsed(self, since: float) -> float:
        """Simulated seconds that passed since the moment `since` of `now()`."""
        return (self.now() - since) * self.speed

    def real(self, seconds: float) -> float:
        """How many real seconds the simulated `seconds` take."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated `seconds`."""
        await asyncio.sleep(self.real(seconds))
