"""Several bots on one database: any of them dies, freezes or loses the database, and the others go on."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy import make_url

from sandbox.app import Sandbox
from sandbox.wire import moment
from tests.crash.arena import CROWD_KINDS, Arena, meadow
from tests.crash.judge import Ledgers, Verdict, judge, unsettled
from tests.crash.kills import DECIDED_SHARE, LOST_SHARE, STOPPED_SHARE, USERS
from tests.e2e.studio import ROOMY, Studio
from tests.support.cable import Cable
from tests.support.forks import ForkedBot
from tests.support.postgres import LEASE_S, server, server_settings
from tests.support.rows import Row, rows

SETTLE_LIMIT_S = 120.0
QUIET_LOOKS = 3
LOOK_S = 0.2
ASKED_S = 5.0


class Fleet:
    """Bots on one database, each with some shards of the same Discord, which change hands with whatever happens."""

    def __init__(self, studio: Studio, bots: Sequence[ForkedBot], database: str, cable: Cable) -> None:
        self.studio = studio
        self.arena = Arena(studio, bots[0])  # for what people do
        self.bots = bots
        self.database = database
        self.cable = cable

    async def everybody(self) -> None:
        """Start whoever is dead, and wait until the database knows them all."""
        for bot in self.bots:
            bot.thaw()
            if not bot.running:
                await bot.start()
        await self.studio.eventually(lambda: len(self.alive()) >= len(self.bots), "all bots", SETTLE_LIMIT_S)

    def alive(self) -> Sequence[Row]:
        """The processes whose leases hold."""
        return rows(self.database, "SELECT * FROM processes WHERE lease_until > clock_timestamp()")

    def jobs(self) -> Sequence[Row]:
        """All jobs, in the order in which they were asked for."""
        return rows(self.database, "SELECT * FROM jobs ORDER BY created_at")

    async def harm(self, chance: random.Random) -> None:
        """Let something happen to one bot.

        It is killed, frozen for longer than its lease, stopped in order, or its cable to the database is cut, which
        only the last one has.
        """
        bot = chance.choice(self.bots)
        match chance.choice(("kill", "kill", "freeze", "stop", "cut")):
            case "cut":
                self.cable.cut()
                await asyncio.sleep(LEASE_S * 1.5)
                self.cable.mend()
            case "kill":
                await bot.kill()
            case "freeze":
                bot.freeze()
                await asyncio.sleep(LEASE_S * 1.5)
                bot.thaw()
            case "stop":
                await bot.terminate()
        await bot.start()

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
    shared = ROOMY | server_settings() | env
    async with (
        Sandbox(speed=speed, data=data, env=shared, make_bot=ForkedBot) as sandbox,
        AsyncExitStack() as others,
    ):
        cable = Cable(server().folder / ".s.PGSQL.5432")
        await others.enter_async_context(cable.opened())
        assert sandbox.relay is not None
        assert isinstance(sandbox.bot, ForkedBot)
        sandbox.relay._gallery.png = meadow  # type: ignore[assignment, method-assign]
        fleet = [sandbox.bot]
        await sandbox.wait_ready()
        for number in range(1, bots):
            fleet.append(_another(sandbox, number, cable if number == bots - 1 else None))
            others.push_async_callback(fleet[-1].kill)
        opened = Fleet(Studio(sandbox), fleet, shared["DATABASE_URL"], cable)
        await opened.arena.prepare()
        await opened.everybody()
        try:
            yield opened
        finally:
            await asyncio.gather(*(bot.kill() for bot in fleet))


def _another(sandbox: Sandbox, number: int, cable: Cable | None) -> ForkedBot:
    """One more bot on the same database, perhaps behind the cable."""
    environment = sandbox.environment_of_another()
    if cable is not None:
        database = make_url(environment["DATABASE_URL"]).database
        environment["DATABASE_URL"] = f"postgresql://easel@127.0.0.1:{cable.port}/{database}"
    return ForkedBot(environment, sandbox.data / f"bot-{number}.log")
