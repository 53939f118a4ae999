"""The bot dies at the worst moments: no paid task is lost, none paid twice, no result posted twice."""

import os
import random
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.crash.arena import Arena, open_arena
from tests.crash.judge import judge
from tests.crash.kills import die_at_random, die_once, die_starting

pytestmark = pytest.mark.asyncio(loop_scope="module")

KILLS, JOBS = 12, 120
# The moments that matter most; `make soak` kills at every point.
POINTS = [
    ("imagine", "sent POST /mj/submit/*", 1),  # paid, and the answer is lost
    ("imagine", "after POST /api/v10/channels/*/messages", 1),  # posted, and not noted
    ("action", "after commit", 1),  # stored, and nobody has seen its card
    ("modal", "sent POST /mj/submit/modal", 1),
    ("describe", "before DELETE *", 1),  # posted and noted; the card still stands
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with open_arena(tmp_path_factory.mktemp("arena")) as opened:
        yield opened


@pytest.mark.parametrize(("kind", "point", "number"), POINTS)
async def test_dying_at_one_point_loses_nothing(arena: Arena, kind: str, point: str, number: int) -> None:
    assert await die_once(arena, kind, number, point)

    assert judge(arena.sandbox).problems == []


async def test_dying_while_picking_up_loses_nothing(arena: Arena) -> None:
    await die_starting(arena, random.randint(1, 40))

    assert judge(arena.sandbox).problems == []


@pytest.mark.timeout(300)  # a start of the bot takes seconds where others work on the same machine
async def test_dying_at_random_loses_nothing(arena: Arena) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(10**6))

    verdict = await die_at_random(arena, kills=KILLS, jobs=JOBS, seed=seed)

    assert verdict.problems == [], f"SEED={seed}: {verdict}"
