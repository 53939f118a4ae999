"""The background loop that finds out how late the event loop gets to things."""

import asyncio
import time

from bot import metrics

PAUSE_S = 1.0  # real seconds


async def measure_lag() -> None:
    """Measure until cancelled."""
    while True:
        due = time.monotonic() + PAUSE_S
        await asyncio.sleep(PAUSE_S)
        metrics.LOOP_LAG_SECONDS.observe(max(0.0, time.monotonic() - due))
