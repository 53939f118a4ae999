"""What costs nothing: for those who may come in at all, and as much of it as others do not miss."""

import pytest

from bot.errors import UserError
from bot.jobs.service import JobService
from bot.jobs.unpaid_work import BURST, REFILL_PER_S, TooOftenError
from tests.support.makers import ANA, BEN, make_job, make_place
from tests.support.ports import ManualClock, ScriptedEngine


async def used_up(service: JobService) -> None:
    for _time in range(int(BURST)):
        await service.unpaid.admit(ANA, make_place())


async def test_too_much_at_once_says_how_long_to_wait(service: JobService) -> None:
    await used_up(service)

    with pytest.raises(TooOftenError, match=r"Please wait 2 seconds\."):
        await service.unpaid.admit(ANA, make_place())


async def test_waiting_helps_and_nobody_pays_for_others(service: JobService, clock: ManualClock) -> None:
    await used_up(service)
    await service.unpaid.admit(BEN, make_place())
    clock.pass_by(1 / REFILL_PER_S)

    await service.unpaid.admit(ANA, make_place())


async def test_blocked_members_are_refused_before_anything_is_counted(service: JobService) -> None:
    await service.block(201, ANA.id)

    for _time in range(int(BURST) + 1):
        with pytest.raises(UserError, match="blocked"):
            await service.unpaid.admit(ANA, make_place())


async def test_a_seed_is_asked_for_once(service: JobService, engine: ScriptedEngine) -> None:
    job = make_job()
    seeds = [await service.seed(job) for _time in range(3)]

    assert seeds == [f"seed of {job.id}"] * 3
    assert engine.seeds_asked == 1
