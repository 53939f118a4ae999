"""Whether this process lives, is ready, and what it has: for whatever watches over it.

Two questions, and two answers: a process that does not live is to be restarted; one that is not ready is to be left
alone, and given nothing to do. An outage of Discord's or of the database's is mended by no restart, and each start of a
session with Discord is one of a thousand a day.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from bot.clock import Clock

FRESH_S = 1.0  # real seconds for which an answer serves all who ask
READ_LIMIT_S = 5.0  # real seconds; a database that is silent for longer does not read
READY_LIMIT_S = 1.0  # real seconds; a database that takes longer is there, and not ready


@dataclass(slots=True)
class Health:
    """What is looked at.

    Args:
        gateway: whether the connections to Discord stand that this process holds; one that stands by lacks none.
        shards: which of them it holds and which are up, out of how many.
        database: raises when it cannot be read.
        relay_answered_at: `Clock.monotonic` of the relay's last answer, None before the first.
        clock: to say how long ago that was.
        lost_loops: the names of background loops that have ended, though the process goes on.
        is_stopping: whether the process was told to end.
        process_id: how the database calls the process, as the owner of its jobs.
    """

    gateway: Callable[[], bool]
    shards: Callable[[], Mapping[str, object]]
    database: Callable[[], Awaitable[object]]
    relay_answered_at: Callable[[], float | None]
    clock: Clock
    lost_loops: Callable[[], Collection[str]] = tuple
    is_stopping: Callable[[], bool] = bool
    process_id: str = ""
    _known: dict[str, object] = field(default_factory=dict, init=False)
    _known_until: float = field(default=float("-inf"), init=False)
    _look: asyncio.Task[None] | None = field(default=None, init=False)

    def routes(self) -> list[web.RouteDef]:
        """Where it is asked for."""
        return [
            web.get("/livez", self._answer_alive),
            web.get("/readyz", self._answer_ready),
            web.get("/healthz", self._answer),
        ]

    async def _answer_alive(self, _request: web.Request) -> web.Response:
        """200 while the event loop turns, which this answer shows, and every background loop is there; else 503."""
        return _told([f"its loop {name}" for name in sorted(self.lost_loops())])

    async def _answer_ready(self, _request: web.Request) -> web.Response:
        """200 while Discord and the database are there, the latter at once, and the process is to go on; else 503."""
        if self.is_stopping():
            return _told(["it is stopping"])
        missing = [] if self.gateway() else ["Discord's gateway is away"]
        if self._is_outdated():
            look = self._looking()
            done, _ = await asyncio.wait([look], timeout=READY_LIMIT_S)
            if not done:
                return _told([*missing, "the database is slow"])
        return _told(missing if self._known["database"] else [*missing, "the database is away"])

    async def _answer(self, _request: web.Request) -> web.Response:
        """200 while Discord and the database are there, else 503; a silent relay is no reason to restart us."""
        if self._is_outdated():
            await asyncio.shield(self._looking())
        is_well = self._known["gateway"] and self._known["database"]
        return web.json_response(self._known, status=200 if is_well else 503)

    def _is_outdated(self) -> bool:
        return self.clock.monotonic() >= self._known_until

    def _looking(self) -> asyncio.Task[None]:
        """A task of its own: whoever asked first may go away, and the others still wait for it."""
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(self._find_out(), name="health")
        return self._look

    async def _find_out(self) -> None:
        database = await self._database_reads()
        now, seen = self.clock.monotonic(), self.relay_answered_at()
        seen_s_ago = None if seen is None else round(now - seen, 1)
        self._known = {
            "process": True,
            "id": self.process_id,
            "gateway": self.gateway(),
            "shards": self.shards(),
            "database": database,
            "relay_seen_s_ago": seen_s_ago,
            "stopping": self.is_stopping(),
            "lost_loops": sorted(self.lost_loops()),
        }
        self._known_until = now + FRESH_S

    async def _database_reads(self) -> bool:
        try:
            async with asyncio.timeout(READ_LIMIT_S):
                await self.database()
        except Exception:  # noqa: BLE001 - whatever it is, the database does not read
            return False
        return True


def _told(missing: list[str]) -> web.Response:
    return web.json_response({"ok": not missing, "missing": missing}, status=503 if missing else 200)
