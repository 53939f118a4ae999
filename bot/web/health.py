"""`/healthz`: whether this process does its work, for whatever watches over it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from bot.clock import Clock

FRESH_S = 1.0  # real seconds for which an answer serves all who ask
READ_LIMIT_S = 5.0  # real seconds; a database that is silent for longer does not read


@dataclass(slots=True)
class Health:
    """What is looked at.

    Args:
        gateway: whether the connections to Discord stand that this process holds; one that stands by lacks none.
        shards: which of them it holds and which are up, out of how many.
        database: raises when it cannot be read.
        relay_answered_at: `Clock.monotonic` of the relay's last answer, None before the first.
        clock: to say how long ago that was.
    """

    gateway: Callable[[], bool]
    shards: Callable[[], Mapping[str, object]]
    database: Callable[[], Awaitable[object]]
    relay_answered_at: Callable[[], float | None]
    clock: Clock
    _known: dict[str, object] = field(default_factory=dict, init=False)
    _known_until: float = field(default=float("-inf"), init=False)
    _look: asyncio.Task[None] | None = field(default=None, init=False)

    def routes(self) -> list[web.RouteDef]:
        """Where it is asked for."""
        return [web.get("/healthz", self._answer)]

    async def _answer(self, _request: web.Request) -> web.Response:
        """200 while Discord and the database are there, else 503; a silent relay is no reason to restart us."""
        if self.clock.monotonic() >= self._known_until:
            if self._look is None or self._look.done():
                # A task of its own: whoever asked first may go away, and the others still wait for it.
                self._look = asyncio.create_task(self._find_out(), name="health")
            await asyncio.shield(self._look)
        is_well = self._known["gateway"] and self._known["database"]
        return web.json_response(self._known, status=200 if is_well else 503)

    async def _find_out(self) -> None:
        database = await self._database_reads()
        now, seen = self.clock.monotonic(), self.relay_answered_at()
        seen_s_ago = None if seen is None else round(now - seen, 1)
        self._known = {
            "process": True,
            "gateway": self.gateway(),
            "shards": self.shards(),
            "database": database,
            "relay_seen_s_ago": seen_s_ago,
        }
        self._known_until = now + FRESH_S

    async def _database_reads(self) -> bool:
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                await self.database()
        except Exception:  # noqa: BLE001 - whatever it is, the database does not read
            return False
        return True
