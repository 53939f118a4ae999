"""What becomes of units: spent where something may have been charged, given back where nothing was."""

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.outcomes import NeedsInput, Resubmit, Uncertain
from bot.domain.requests import Action, Button, Imagine
from bot.errors import UserError
from bot.jobs.service import MODAL_LIFE_S, JobService
from bot.settings import Settings
from tests.support.makers import ANA, DAY, TASK, make_settings, make_token
from tests.support.ports import ManualClock, ScriptedEngine
from tests.support.walk import now, received, waiting, work_off

S = JobStatus
PICK_OF_FOUR = Action(button=Button(custom_id="MJ::Job::PicReader::1"), parent_task_id=TASK, answer="a red boat")
BOAT = Imagine(prompt="a red boat")


@pytest.fixture
def settings() -> Settings:
    return make_settings(prices={"imagine": 4, "action": 1}, units_per_member_day=6)


async def spent(service: JobService) -> int:
    """Ana's units, which are all there are."""
    member, everybody = await service.store.spent(ANA, DAY)
    assert member == everybody
    return member


async def uncertain(service: JobService, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(service)
    await service.submit(job.id)
    engine.answers = []
    await work_off(service)
    return await now(service, job)


async def test_dropped_job_of_unknown_outcome_keeps_its_units_spent(
    service: JobService, engine: ScriptedEngine
) -> None:
    job = await uncertain(service, engine)

    await service.drop(job)

    dropped = await now(service, job)
    assert (dropped.status, dropped.failure) == (S.CANCELLED, Failure(kind=FailureKind.GIVEN_UP))
    assert await spent(service) == 4
    with pytest.raises(UserError, match="costs 4 units, more than you have left"):
        await received(service)


async def test_question_that_nobody_answers_gives_its_units_back(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(service, Action(button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK))
    await service.submit(job.id)
    await work_off(service)
    assert await spent(service) == 1

    clock.pass_by(MODAL_LIFE_S + 1)
    await work_off(service)

    assert ((await now(service, job)).status, await spent(service)) == (S.EXPIRED, 0)


async def test_question_that_lapsed_is_not_taken_up_again_for_nothing(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(service, Action(button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK))
    await service.submit(job.id)
    await work_off(service)
    clock.pass_by(MODAL_LIFE_S + 1)
    await work_off(service)

    with pytest.raises(UserError, match="nothing to look for"):
        await service.look_again(await now(service, job), make_token())


async def test_job_that_goes_another_way_costs_what_that_way_costs(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Resubmit(BOAT)]
    job = await waiting(service, PICK_OF_FOUR)

    await service.submit(job.id)

    back = await now(service, job)
    assert (back.status, back.request, back.operation, back.units) == (S.RECEIVED, BOAT, "imagine", 4)
    assert await spent(service) == 4
    await service.cancel(back)
    assert await spent(service) == 0


async def test_cheaper_way_gives_the_rest_back(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Resubmit(PICK_OF_FOUR)]
    job = await waiting(service, BOAT)

    await service.submit(job.id)

    assert ((await now(service, job)).units, await spent(service)) == (1, 1)


async def test_way_that_costs_more_than_is_left_is_not_gone_and_says_so(
    service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [Resubmit(BOAT)]
    for _number in range(3):
        await received(service, PICK_OF_FOUR)
    job = await waiting(service, PICK_OF_FOUR)

    await service.submit(job.id)

    ended = await now(service, job)
    assert ended.failure is not None
    assert (ended.status, ended.failure.kind) == (S.REFUSED, FailureKind.RULE)
    assert "units" in ended.failure.detail
    assert (len(engine.submitted), list(service.waiting), await spent(service)) == (1, [], 3)
