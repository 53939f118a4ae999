"""Shards as Discord has them: how many servers, how many starts a day and in five seconds, several sessions of one."""

import aiohttp
import pytest

from sandbox.discord.model import Payload
from sandbox.discord.server import LoopbackDiscord
from sandbox.discord.session_starts import DAY_S
from sandbox.world import crowd
from tests.sandbox.discord_caller import Caller
from tests.sandbox.test_discord_gateway import MESSAGES, Client
from tests.support.ports import until

LONG_S = 3600.0


async def told(loopback: LoopbackDiscord) -> Payload:
    async with aiohttp.ClientSession() as session:
        status, answer = await Caller(loopback, session).call("GET", "/gateway/bot")
    assert status == 200
    return dict(answer)


def bring(loopback: LoopbackDiscord, count: int) -> None:
    loopback.state.guilds |= {guild.id: guild for guild in crowd(loopback.state.bot, count)}


async def invalid(client: Client, shard: list[int]) -> bool:
    """Whether an identify was refused."""
    await client.send(2, {"token": client.token, "intents": 0, "properties": {}, "shard": shard})
    while True:
        payload = await client.socket.receive_json()
        if payload["op"] in (0, 9):
            return bool(payload["op"] == 9)


@pytest.mark.parametrize(("keys", "refused"), [(1, [1, 2, 3]), (2, [2, 3]), (16, [])])
async def test_one_identify_of_each_key_is_taken_in_its_window(
    loopback: LoopbackDiscord, keys: int, refused: list[int]
) -> None:
    starts = loopback.gateway.starts
    starts.max_concurrency, starts.window_s = keys, LONG_S

    for shard in range(4):
        async with Client(loopback) as client:
            assert await invalid(client, [shard, 4]) == (shard in refused)

    assert [start.shard for start in starts.refused] == refused
    limit = (await told(loopback))["session_start_limit"]
    assert (limit["max_concurrency"], limit["remaining"], limit["total"]) == (keys, 996, 1000)
    assert DAY_S * 1000 - 60_000 < limit["reset_after"] <= DAY_S * 1000


async def test_a_bot_without_starts_loses_its_sessions_and_its_token(loopback: LoopbackDiscord) -> None:
    loopback.gateway.starts.total = 1
    async with Client(loopback) as first, Client(loopback) as second:
        await first.identify(shard=[0, 2])
        await second.send(2, {"token": second.token, "intents": 0, "properties": {}, "shard": [1, 2]})

        assert await second.close_code() == 4004
    assert not loopback.gateway.sessions


async def test_a_shard_has_no_more_servers_than_discord_allows(loopback: LoopbackDiscord) -> None:
    bring(loopback, 2_600)
    assert (await told(loopback))["shards"] == 2

    async with Client(loopback) as alone:
        await alone.send(2, {"token": alone.token, "intents": 0, "properties": {}})
        assert await alone.close_code() == 4011
    counts = []
    for number in range(2):
        async with Client(loopback) as client:
            counts.append(len((await client.identify(0, shard=[number, 2]))["d"]["guilds"]))

    assert sum(counts) == 2_602
    assert abs(counts[0] - counts[1]) < 10


async def test_a_bot_is_there_once_all_of_its_shards_are(loopback: LoopbackDiscord) -> None:
    async with Client(loopback) as first, Client(loopback) as second:
        await first.identify(shard=[0, 2])
        assert not loopback.bot_connected()

        await second.identify(shard=[1, 2])
        assert loopback.bot_connected()


@pytest.mark.parametrize("is_silent", [False, True])
async def test_a_second_session_of_a_shard_hears_all_or_nothing_until_the_first_has_gone(
    loopback: LoopbackDiscord, *, is_silent: bool
) -> None:
    loopback.gateway.is_second_silent = is_silent
    async with Client(loopback) as second:
        async with Client(loopback) as first:
            await first.identify(MESSAGES)
            await second.identify(MESSAGES)
            await loopback.actor.say("ana", "studio", "one")
            await first.event("MESSAGE_CREATE")
            if not is_silent:
                await second.event("MESSAGE_CREATE")
        await until(lambda: len(loopback.gateway.sessions) == 1)
        await loopback.actor.say("ana", "studio", "two")
        alone = await second.event("MESSAGE_CREATE")

    assert alone["s"] == (2 if is_silent else 3)  # after READY
