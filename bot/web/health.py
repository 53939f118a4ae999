"""`/healthz`: whether this process does its work, for whatever watches over it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.clock import Clock


@dataclass(frozen=True, slots=True)
class Health:
    """What is looked at.

    Args:
        gateway: whether the connection to Discord stands.
        database: raises when it cannot be read.
        relay_answered_at: `Clock.monotonic` of the relay's last answer, None before the first.
        clock: to say how long ago that was.
    """

    gateway: Callable[[], bool]
    database: Callable[[], Awaitable[object]]
    relay_answered_at: Callable[[], float | None]
    clock: Clock

    def routes(self) -> list[web.RouteDef]:
        """Where it is asked for."""
        return [web.get("/healthz", self._answer)]

    async def _answer(self, _request: web.Request) -> web.Response:
        """200 while Discord and the database are there, else 503; a silent relay is no reason to restart us."""
        gateway, database = self.gateway(), await self._database_reads()
        seen = self.relay_answered_at()
        seen_s_ago = None if seen is None else round(self.clock.monotonic() - seen, 1)
        state = {"process": True, "gateway": gateway, "database": database, "relay_seen_s_ago": seen_s_ago}
        return web.json_response(state, status=200 if gateway and database else 503)

    async def _database_reads(self) -> bool:
        try:
            await self.database()
        except Exception:  # noqa: BLE001 - whatever it is, the database does not read
            return False
        return True
