"""Several bots on one database: any of them dies, freezes or loses the database, and the others go on."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.app import Sandbox
from sandbox.bots import Bot, Crew
from sandbox.wire import moment
from tests.crash.arena import CROWD_KINDS, Arena, meadow
from tests.crash.judge import Ledgers, Verdict, judge, unsettled
from tests.crash.kills import DECIDED_SHARE, LOST_SHARE, STOPPED_SHARE, USERS
from tests.e2e.studio import CAT, ROOMY, Studio
from tests.support.forks import ForkedBot
from tests.support.postgres import LEASE_S, server, server_settings
from tests.support.rows import Row, rows

SETTLE_LIMIT_S = 120.0
QUIET_LOOKS = 3
LOOK_S = 0.2
ASKED_S = 5.0
HARMS = {"kill": 4, "freeze": 2, "cut": 2, "stop": 1, "restart of the database": 1}  # how often, in proportion


class Fleet:
    """Bots on one database, each with some shards of the same Discord, which change hands with whatever happens."""

    def __init__(self, studio: Studio, bots: Sequence[Bot], database: str) -> None:
        self.studio = studio
        first = bots[0].process
        assert isinstance(first, ForkedBot)
        self.arena = Arena(studio, first)  # for what people do
        self.bots = bots
        self.database = database
        self.harms: Counter[str] = Counter()

    async def everybody(self) -> None:
        """Start whoever is dead, and wait until the database knows them all."""
        for bot in self.bots:
            for action in ("thaw", "mend", "start"):
                await bot.steer(action)
        await self.studio.eventually(lambda: len(self.alive()) >= len(self.bots), "all bots", SETTLE_LIMIT_S)

    def alive(self) -> Sequence[Row]:
        """The processes whose leases hold."""
        return rows(self.database, "SELECT * FROM processes WHERE lease_until > clock_timestamp()")

    def jobs(self) -> Sequence[Row]:
        """All jobs, in the order in which they were asked for."""
        return rows(self.database, "SELECT * FROM jobs ORDER BY created_at")

    async def harm(self, chance: random.Random) -> None:
        """Let something happen to one bot, or to the database of all.

        The bot is killed, stopped in order, or frozen, or its cable to the database cut, for longer than its lease; or
        the database server dies and comes back.
        """
        bot = chance.choice(self.bots)
        what = chance.choices([*HARMS], [*HARMS.values()])[0]
        self.harms[what] += 1
        match what:
            case "kill" | "stop":
                await bot.steer(what)
                await bot.steer("start")
            case "freeze" | "cut":
                await bot.steer(what)
                await asyncio.sleep(LEASE_S * 1.5)
                await bot.steer("thaw" if what == "freeze" else "mend")
            case "restart of the database":
                await self.restart_database(chance.random())

    async def restart_database(self, away_s: float) -> None:
        """Let the database server die, with all connections, and come back after a while."""
        server().stop()
        await asyncio.sleep(away_s)
        server().launch()
        await asyncio.to_thread(server().wait)

    async def endure(self, *, harms: int, orders: int, seed: int) -> Verdict:
        """Let people ask while one thing after the other happens to the bots, and settle."""
        chance = random.Random(seed)
        await self.everybody()
        asking = asyncio.create_task(self.crowd(orders, random.Random(seed + 1)))
        for _harm in range(harms):
            await asyncio.sleep(chance.random() * 2)
            await self.harm(chance)
        await asking
        await self.everybody()
        await self.settle()
        return self.verdict()

    async def crowd(self, orders: int, chance: random.Random) -> None:
        """Let people ask for things of every kind, stop some, and decide about what nobody knows the outcome of."""
        for _order in range(orders):
            user = chance.choice(USERS)
            if chance.random() < LOST_SHARE:
                self.arena.lose_an_answer()
            await self.arena.ask(chance.choice(CROWD_KINDS), user)
            if chance.random() < STOPPED_SHARE:
                await self.arena.stop(user)
            if chance.random() < DECIDED_SHARE:
                await self.arena.decide(user, chance)
            await asyncio.sleep(chance.random() / 2)

    @asynccontextmanager
    async def asking(self, apart_s: float) -> AsyncIterator[list[str]]:
        """Let people ask for one picture after the other while the block runs; gives the interactions so far."""
        asked: list[str] = []

        async def people() -> None:
            while True:
                user = USERS[len(asked) % len(USERS)]
                asked.append(await self.studio.actor.slash(user, "studio", "imagine", {"prompt": CAT}))
                await asyncio.sleep(apart_s)

        work = asyncio.create_task(people())
        try:
            yield asked
        finally:
            work.cancel()
        with pytest.raises(asyncio.CancelledError):  # and nothing else has ended it before
            await work

    async def settle(self) -> None:
        """Wait until nothing is left to do for anybody."""
        quiet_looks, left = 0, list[Row]()
        async with asyncio.timeout(SETTLE_LIMIT_S):
            while quiet_looks < QUIET_LOOKS:
                left = list(unsettled(self.database))
                quiet_looks = 0 if left or self._is_asked() else quiet_looks + 1
                await asyncio.sleep(LOOK_S)

    def _is_asked(self) -> bool:
        """Whether somebody asked a moment ago and has no answer yet; what a bot that died was asked has none ever."""
        since = moment() - ASKED_S
        return any(
            one.state == "pending" and one.created_at > since
            for one in self.studio.sandbox.discord.state.interactions.values()
        )

    def verdict(self) -> Verdict:
        """Whether all promises were kept so far."""
        return judge(Ledgers.of(self.studio.sandbox, self.arena.stops))


@asynccontextmanager
async def open_fleet(data: Path, *, bots: int, speed: float, env: dict[str, str]) -> AsyncIterator[Fleet]:
    """A sandbox with so many bots on one database of a server.

    Raises:
        NoServerError: this machine has no PostgreSQL.
    """
    settings = server_settings()
    url = settings.pop("DATABASE_URL")
    shared = ROOMY | settings | env
    async with Sandbox(
        speed=speed, data=data, env=shared, crew=Crew(bots, database_url=url), make_bot=ForkedBot
    ) as sandbox:
        assert sandbox.relay is not None
        assert sandbox.bots is not None
        sandbox.relay._gallery.png = meadow  # type: ignore[assignment, method-assign]
        await sandbox.wait_ready()
        opened = Fleet(Studio(sandbox), sandbox.bots.all, url)
        await opened.arena.prepare()
        try:
            yield opened
        finally:
            await asyncio.gather(*(bot.process.kill() for bot in opened.bots))
