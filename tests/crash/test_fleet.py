"""Three bots on one database: whatever happens to any of them, nothing is lost, paid twice or posted twice."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.servers import NoServerError
from tests.crash.fleet import Fleet, open_fleet
from tests.crash.kills import USERS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="own")]

BOTS, SPEED = 3, 30.0
HARMS, ORDERS = 6, 60
SHARDS = {"SHARD_COUNT": "4"}
SEED = int(os.environ.get("SEED") or random.randrange(10**6))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    try:
        async with open_fleet(tmp_path_factory.mktemp("fleet"), bots=BOTS, speed=SPEED, env=SHARDS) as opened:
            yield opened
    except NoServerError as exc:
        pytest.skip(str(exc))


async def test_what_anybody_hears_is_one_job(fleet: Fleet) -> None:
    fleet.studio.clear_faults()
    before = len(fleet.jobs())

    await asyncio.gather(*(fleet.arena.ask("imagine", USERS[number % 3]) for number in range(9)))
    await fleet.settle()

    assert Counter(job["status"] for job in fleet.jobs()[before:]) == {"done": 9}
    assert fleet.verdict().problems == []


async def test_whatever_happens_to_any_nothing_is_lost_or_paid_twice(fleet: Fleet) -> None:
    chance = random.Random(SEED)
    await fleet.everybody()

    asking = asyncio.create_task(fleet.crowd(ORDERS, random.Random(SEED + 1)))
    for _harm in range(HARMS):
        await asyncio.sleep(chance.random() * 2)
        await fleet.harm(chance)
    await asking
    await fleet.everybody()
    await fleet.settle()

    verdict = fleet.verdict()
    assert verdict.problems == [], f"SEED={SEED}: {verdict}"
