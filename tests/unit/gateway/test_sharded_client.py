"""Shards of real clients at a loopback Discord: turns to identify, shares, standby, and shards that change hands."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import discord
import pytest
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.clock import Clock
from bot.errors import SessionStartsError
from bot.gateway.session_starts import RESERVE
from bot.gateway.sharded_client import ShardedClient
from bot.settings.discord import DiscordSettings
from bot.storage.jobs import JobStore
from bot.storage.shards import Shards
from sandbox.clock import SandboxClock
from sandbox.discord.server import LoopbackDiscord
from tests.support.ports import until
from tests.support.processes import end_lease_of

TOTAL = 8
SPEED = 5.0  # a window of identifies takes one real second, and turns are a tenth more apart
WINDOW_S = 5.0


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackDiscord]:
    before = discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    loopback = LoopbackDiscord(SandboxClock(SPEED))
    await loopback.start()
    discord.http.Route.BASE = loopback.api_url
    try:
        yield loopback
    finally:
        discord.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before
        await loopback.stop()


class Process:
    """A client as a process runs it, and what it heard."""

    def __init__(self, loopback: LoopbackDiscord, store: JobStore, **settings: Any) -> None:
        known = {"token": loopback.token, "api_url": loopback.api_url, "shard_count": TOTAL}
        self.settings = DiscordSettings.model_validate(known | settings)
        self.store = store
        intents = discord.Intents(guild_messages=True, message_content=True)
        self.client = ShardedClient(
            self.settings, Clock(SPEED), command_prefix=commands.when_mentioned, intents=intents
        )
        self.heard: list[str] = []
        self.client.add_listener(self._hear, "on_message")
        self._tasks: list[asyncio.Task[None]] = []

    async def _hear(self, message: discord.Message) -> None:
        self.heard.append(message.content)

    async def start(self) -> None:
        await self.client.login(self.settings.token.get_secret_value())
        await self.client.prepare_shards(Shards(self.store.database))
        self._tasks = [asyncio.create_task(self.client.connect()), asyncio.create_task(self.client.keeper.run())]

    async def stop(self) -> None:
        """End in order."""
        await self._end(self._tasks.pop())
        await self.client.keeper.hand_over()
        await self.kill()
        await self.store.database.processes.leave()

    async def kill(self) -> None:
        """End without a word to the other processes."""
        await self._end(*self._tasks)
        self._tasks = []
        await self.client.close()

    async def _end(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    @property
    def up(self) -> list[int]:
        return self.client.shards_up()


Begin = Callable[..., Any]


@asynccontextmanager
async def processes(loopback: LoopbackDiscord, database: str) -> AsyncIterator[Begin]:
    """Begins processes on one database, and ends those that are left."""
    async with AsyncExitStack() as stack:

        async def begin(entered: asyncio.Barrier | None = None, **settings: Any) -> Process:
            store = await stack.enter_async_context(JobStore.opened(database))
            if entered is not None:
                await entered.wait()
            process = Process(loopback, store, **settings)
            stack.push_async_callback(process.kill)
            await process.start()
            return process

        yield begin


@pytest.fixture
async def begin(loopback: LoopbackDiscord, database: str) -> AsyncIterator[Begin]:
    async with processes(loopback, database) as started:
        yield started


def started_in_order(loopback: LoopbackDiscord) -> list[int]:
    return [start.shard for start in loopback.gateway.starts.log]


@pytest.mark.parametrize("keys", [1, 16])
async def test_shards_identify_in_their_turn(loopback: LoopbackDiscord, begin: Begin, keys: int) -> None:
    starts = loopback.gateway.starts
    starts.max_concurrency, starts.window_s = keys, WINDOW_S

    process = await begin(shard_count=4)
    await until(process.client.is_connected)

    assert starts.refused == []
    assert started_in_order(loopback) == process.up == [0, 1, 2, 3]


async def test_only_the_shards_that_are_set_are_opened(loopback: LoopbackDiscord, begin: Begin) -> None:
    process = await begin(shard_ids="1,6-7")
    await until(process.client.is_connected)

    assert process.up == sorted(started_in_order(loopback)) == [1, 6, 7]


async def test_where_nothing_is_set_there_are_as_many_as_discord_recommends(begin: Begin) -> None:
    process = await begin(shard_count=None)
    await until(process.client.is_connected)

    assert process.client.keeper.total == 1
    assert process.up == [0]


async def test_starts_that_are_used_up_stop_the_bot_before_it_loses_its_token(
    loopback: LoopbackDiscord, begin: Begin
) -> None:
    loopback.gateway.starts.total = RESERVE + TOTAL - 1

    with pytest.raises(SessionStartsError, match=f"only {RESERVE + TOTAL - 1} more sessions"):
        await begin()

    assert started_in_order(loopback) == []


async def test_a_session_that_discord_ends_identifies_in_its_turn(loopback: LoopbackDiscord, begin: Begin) -> None:
    starts = loopback.gateway.starts
    starts.window_s = WINDOW_S
    process = await begin(shard_count=2)
    await until(process.client.is_connected)

    loopback.gateway.invalidate(is_resumable=False)
    await until(lambda: len(starts.log) == 4 and process.client.is_connected())

    assert starts.refused == []


@pytest.mark.process
@pytest.mark.postgres_only
class TestSeveralProcesses:
    """On a server's database."""

    @pytest.mark.parametrize("keys", [1, 16])
    async def test_processes_that_start_together_share_the_shards_and_the_turns(
        self, loopback: LoopbackDiscord, begin: Begin, keys: int
    ) -> None:
        starts = loopback.gateway.starts
        starts.max_concurrency, starts.window_s = keys, WINDOW_S

        entered = asyncio.Barrier(3)  # who comes later is given shards of a lower number, too
        three = await asyncio.gather(*(begin(entered) for _ in range(3)))
        await until(lambda: sorted(shard for one in three for shard in one.up) == list(range(TOTAL)))

        assert starts.refused == []
        order = started_in_order(loopback)
        assert sorted(order) == list(range(TOTAL))
        for one in three:
            assert [shard for shard in order if shard in one.up] == one.up

    async def test_who_stands_by_takes_the_shards_of_the_dead(self, loopback: LoopbackDiscord, begin: Begin) -> None:
        first = await begin(shard_count=2)
        await until(first.client.is_connected)
        second = await begin(shard_count=2)
        await until(second.client.is_connected)
        assert second.up == []

        await first.kill()
        await end_lease_of(first.store, second.store)
        await until(lambda: second.up == [0, 1])

        await loopback.actor.say("ana", "studio", "anybody here?")
        await until(lambda: second.heard == ["anybody here?"])

    @pytest.mark.parametrize("is_silent", [False, True])
    async def test_shards_change_hands_without_a_gap(
        self, loopback: LoopbackDiscord, begin: Begin, *, is_silent: bool
    ) -> None:
        loopback.gateway.is_second_silent = is_silent
        said: list[str] = []

        async def talk() -> None:
            while True:
                said.append(f"line {len(said)}")
                await loopback.actor.say("ana", "studio", said[-1])
                await asyncio.sleep(0.01)

        first = await begin(shard_count=2)
        await until(first.client.is_connected)
        second = await begin(shard_count=2)
        talking = asyncio.create_task(talk())
        await until(lambda: first.heard)
        await first.stop()
        count = len(said)
        await until(lambda: len(said) > count + 5)
        talking.cancel()
        await until(lambda: said[-1] in second.heard)

        assert second.up == [0, 1]
        assert set(said) <= {*first.heard, *second.heard}
        assert len(first.heard) == len(set(first.heard))
        assert len(second.heard) == len(set(second.heard))
