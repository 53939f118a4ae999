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
from tests.crash.judge import unsettled
from tests.crash.kills import USERS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="own")]

BOTS, SPEED = 3, 30.0
HARMS, ORDERS, LOAD = 6, 60, 30
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


async def test_a_database_that_dies_under_load_and_comes_back_has_lost_nothing(fleet: Fleet) -> None:
    await fleet.everybody()

    asking = asyncio.create_task(fleet.crowd(LOAD, random.Random(SEED)))
    for _restart in range(2):
        await fleet.studio.eventually(lambda: unsettled(fleet.database), "something is on its way")
        await fleet.restart_database(1.0)
    await asking
    await fleet.settle()

    assert fleet.verdict().problems == [], f"SEED={SEED}"


async def test_whatever_happens_to_any_nothing_is_lost_or_paid_twice(fleet: Fleet) -> None:
    verdict = await fleet.endure(harms=HARMS, orders=ORDERS, seed=SEED)

    assert verdict.problems == [], f"SEED={SEED}: {verdict}"
