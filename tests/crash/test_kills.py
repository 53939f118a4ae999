"""The bot dies at the worst moments: no paid task is lost, none paid twice, no result posted twice."""

import os
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.crash.arena import KINDS, Arena, open_arena
from tests.crash.kills import die_at_random, die_once, die_starting, points_of, points_of_start
from tests.crash.launcher import Plan

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS, JOBS = 12, 120
SAMPLE = 2  # points of each kind of job; `make soak` walks them all
SEED = int(os.environ.get("SEED") or random.randrange(10**6))
# The moments that matter most.
PLANS = [
    ("imagine", Plan("sent POST /mj/submit/*", 1)),  # paid, and the answer is lost
    ("imagine", Plan("after POST /api/v10/channels/*/messages", 1)),  # posted, and not noted
    ("action", Plan("after commit", 1)),  # stored, and nobody has seen its card
    ("modal", Plan("sent POST /mj/submit/modal", 1)),
    ("describe", Plan("before DELETE *", 1)),  # posted and noted; the card still stands
    ("film", Plan("sent POST /mj/submit/video", 1)),
    ("edit", Plan("sent POST /mj/submit/edits", 1)),
    ("draw", Plan("sent POST /v1/images/generations", 1)),  # paid, and nobody heard of the task
    ("draw", Plan("before GET /v1/tasks/*", 1)),  # the task is noted, and was not looked at
    ("batch", Plan("sent POST /mj/submit/*", 2)),  # two of its lines are paid, and the second answer is lost
    ("batch", Plan("after POST /api/v10/channels/*/messages", 2)),  # two of its results stand there
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with open_arena(tmp_path_factory.mktemp("arena")) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "plan"), PLANS)
async def test_dying_at_one_point_loses_nothing(arena: Arena, kind: str, plan: Plan) -> None:
    assert await die_once(arena, kind, plan)

    assert arena.verdict().problems == []


@pytest.mark.parametrize("offers_task_list", [False, True], ids=["without-list", "with-list"])
@pytest.mark.parametrize("kind", KINDS)
async def test_dying_at_some_points_loses_nothing(arena: Arena, kind: str, offers_task_list: bool) -> None:
    chance = random.Random(f"{SEED} {kind} {offers_task_list}")
    arena.studio.relay.offers_task_list = offers_task_list

    plans = chance.sample(await points_of(arena, kind), SAMPLE)
    for plan in plans:
        await die_once(arena, kind, plan)

    assert arena.verdict().problems == [], f"SEED={SEED}: {plans}"


async def test_dying_while_picking_up_loses_nothing(arena: Arena) -> None:
    plans = random.Random(SEED).sample(await points_of_start(arena), SAMPLE)
    for plan in plans:
        await die_starting(arena, plan)

    assert arena.verdict().problems == [], f"SEED={SEED}: {plans}"


@pytest.mark.timeout(300)  # a start of the bot takes seconds where others work on the same machine
async def test_dying_at_random_loses_nothing(arena: Arena) -> None:
    verdict = await die_at_random(arena, kills=KILLS, jobs=JOBS, seed=SEED)

    assert verdict.problems == [], f"SEED={SEED}: {verdict}"
