"""The sandbox's time: how long things take, divided by one speed."""

import asyncio
import math
import time


class SandboxClock:
    """Wall-clock time whose waits are divided by `speed` (1 = as long as the real services take)."""

    def __init__(self, speed: float = 1.0) -> None:
        if speed <= 0:
            raise ValueError("the speed must be above 0")
        self._eras = [(-math.inf, speed)]  # from which moment on which speed holds

    @property
    def speed(self) -> float:
        """How many times faster than life, now."""
        return self._eras[-1][1]

    def change_speed(self, speed: float) -> None:
        """Go on at another speed; what has passed stays as long as it was."""
        self._eras.append((self.now(), speed))

    def now(self) -> float:
        """Seconds since the epoch, never scaled, so that timestamps look like today's."""
        return time.time()

    def elapsed(self, since: float) -> float:
        """Simulated seconds that passed since the moment `since` of `now()`."""
        return self.between(since, self.now())

    def between(self, since: float, until: float) -> float:
        """Simulated seconds between two moments of `now()`, negative when they are the other way round."""
        if until < since:
            return -self.between(until, since)
        total = 0.0
        for begin, speed in reversed(self._eras):
            if until > begin:
                total += (until - max(begin, since)) * speed
                until = begin
            if until <= since:
                break
        return total

    def real(self, seconds: float) -> float:
        """How many real seconds the simulated `seconds` take."""
        return seconds / self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated `seconds`."""
        await asyncio.sleep(self.real(seconds))
