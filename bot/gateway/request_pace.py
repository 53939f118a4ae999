"""Keeps all requests by the bot's token under Discord's limit of fifty a second, shared among processes.

Source: https://docs.discord.com/developers/topics/rate-limits ("Global Rate Limit"): the limit is the bot's, whatever
the route; interaction endpoints are not bound to it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace

import aiohttp

from bot.clock import Clock

MOST_PER_S = 45  # of 50; what is on its way takes its time
WINDOW_S = 1.0
UNCOUNTED = ("/interactions/", "/webhooks/")  # answers to interactions go by their own token


class RequestPace:
    """Lets so many requests leave in any second; the others wait their turn, in order."""

    def __init__(self, clock: Clock, processes: Callable[[], int]) -> None:
        """`processes` tells how many share the limit now."""
        self._clock = clock
        self._processes = processes
        self._left_at: deque[float] = deque(maxlen=MOST_PER_S)
        self._turn = asyncio.Lock()

    def share(self) -> int:
        """Return how many requests may leave in a second."""
        return max(1, MOST_PER_S // max(1, self._processes()))

    async def wait(self) -> None:
        """Return when the next request may leave."""
        async with self._turn:
            share = self.share()
            if len(self._left_at) >= share:
                free_at = self._left_at[-share] + WINDOW_S
                if (wait_s := free_at - self._clock.monotonic()) > 0:
                    await asyncio.sleep(wait_s)
            self._left_at.append(self._clock.monotonic())

    def trace(self) -> aiohttp.TraceConfig:
        """Return what the library's session is given, so that its requests wait here."""
        config = aiohttp.TraceConfig()
        config.on_request_start.append(self._begin)
        return config

    async def _begin(
        self, _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestStartParams
    ) -> None:
        if params.url.path.startswith("/api/") and not any(part in params.url.path for part in UNCOUNTED):
            await self.wait()
