"""What costs nothing: for those who may come in at all, and as much of it as others do not miss."""

import pytest

from bot.errors import UserError
from bot.jobs.unpaid_work import BURST, REFILL_PER_S, TooOftenError
from bot.services import Services
from tests.support.makers import ANA, BEN, make_job, make_place
from tests.support.ports import ManualClock, ScriptedEngine


async def used_up(services: Services) -> None:
    for _time in range(int(BURST)):
        await services.jobs.unpaid.admit(ANA, make_place())


async def test_too_much_at_once_says_how_long_to_wait(services: Services) -> None:
    await used_up(services)

    with pytest.raises(TooOftenError, match=r"Please try again in 2 s\."):
        await services.jobs.unpaid.admit(ANA, make_place())


async def test_waiting_helps_and_nobody_pays_for_others(services: Services, clock: ManualClock) -> None:
    await used_up(services)
    await services.jobs.unpaid.admit(BEN, make_place())
    clock.pass_by(1 / REFILL_PER_S)

    await services.jobs.unpaid.admit(ANA, make_place())


async def test_blocked_members_are_refused_before_anything_is_counted(services: Services) -> None:
    await services.jobs.controls.block(201, ANA.id)

    for _time in range(int(BURST) + 1):
        with pytest.raises(UserError, match="blocked"):
            await services.jobs.unpaid.admit(ANA, make_place())


async def test_a_seed_is_asked_for_once(services: Services, engine: ScriptedEngine) -> None:
    job = make_job()
    seeds = [await services.jobs.controls.seed(job) for _time in range(3)]

    assert seeds == [f"seed of {job.id}"] * 3
    assert engine.seeds_asked == 1
