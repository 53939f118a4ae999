"""A restart of all bots of a database, one after the other, while people go on: everybody is answered, and once."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.servers import NoServerError
from tests.crash.fleet import Fleet, open_fleet

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="own")]

BOTS = int(os.environ.get("PROCESSES") or 2)
APART_S = 1 / float(os.environ.get("COMMANDS_PER_S") or 5)
SPEED = float(os.environ.get("SPEED") or 2)  # an answer has 3 s by Discord's clock: 1.5 s of a test's
SHARDS = 2


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    folder, env = tmp_path_factory.mktemp("rolling"), {"SHARD_COUNT": str(SHARDS)}
    try:
        async with open_fleet(folder, bots=BOTS, speed=SPEED, env=env) as opened:
            yield opened
    except NoServerError as exc:
        pytest.skip(str(exc))


@pytest.mark.parametrize("is_second_silent", [False, True])
async def test_a_rolling_restart_leaves_nobody_without_an_answer(fleet: Fleet, *, is_second_silent: bool) -> None:
    gateway, actor = fleet.studio.sandbox.discord.gateway, fleet.studio.actor
    gateway.is_second_silent = is_second_silent
    await fleet.everybody()
    before = len(fleet.jobs())
    async with fleet.asking(APART_S) as asked:
        for bot in fleet.bots:
            await bot.steer("stop")
            await fleet.studio.eventually(lambda: gateway.is_connected, "all shards with the others")
            await bot.steer("start")
            await fleet.everybody()
        await asyncio.sleep(APART_S * 4)
    await fleet.settle()

    states = [actor.interaction(one)["state"] for one in asked]
    assert states == ["acknowledged"] * len(asked)
    assert len(fleet.jobs()) == before + len(asked)
    assert fleet.verdict().problems == []
