"""What becomes of units: spent where something may have been charged, given back where nothing was."""

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.outcomes import NeedsInput, Resubmit, Uncertain
from bot.domain.requests import Action, Button, Imagine
from bot.errors import UserError
from bot.jobs.transitions import MODAL_LIFE_S
from bot.services import Services
from bot.settings import Settings
from tests.support.makers import ANA, DAY, TASK, make_settings, make_token
from tests.support.ports import ManualClock, ScriptedEngine
from tests.support.walk import now, received, waiting, work_off

pytestmark = pytest.mark.both_databases

S = JobStatus
PICK_OF_FOUR = Action(button=Button(custom_id="MJ::Job::PicReader::1"), parent_task_id=TASK, answer="a red boat")
BOAT = Imagine(prompt="a red boat")


@pytest.fixture
def settings() -> Settings:
    return make_settings(prices={"imagine": 4, "action": 1}, units_per_member_day=6)


async def spent(services: Services) -> int:
    """Ana's units, which are all there are."""
    member, everybody = await services.store.spent(ANA, DAY)
    assert member == everybody
    return member


async def uncertain(services: Services, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    engine.answers = []
    await work_off(services)
    return await now(services, job)


async def test_dropped_job_of_unknown_outcome_keeps_its_units_spent(services: Services, engine: ScriptedEngine) -> None:
    job = await uncertain(services, engine)

    await services.jobs.controls.dismiss(job)

    dropped = await now(services, job)
    assert (dropped.status, dropped.failure) == (S.CANCELLED, Failure(kind=FailureKind.GIVEN_UP))
    assert await spent(services) == 4
    with pytest.raises(UserError, match="costs 4 units, more than you have left"):
        await received(services)


async def test_question_that_nobody_answers_gives_its_units_back(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, Action(button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK))
    await services.jobs.submission.submit(job.id)
    await work_off(services)
    assert await spent(services) == 1

    clock.pass_by(MODAL_LIFE_S + 1)
    await work_off(services)

    assert ((await now(services, job)).status, await spent(services)) == (S.EXPIRED, 0)


async def test_question_that_lapsed_is_not_taken_up_again_for_nothing(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, Action(button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK))
    await services.jobs.submission.submit(job.id)
    await work_off(services)
    clock.pass_by(MODAL_LIFE_S + 1)
    await work_off(services)

    with pytest.raises(UserError, match="nothing left to check"):
        await services.jobs.recovery.retry_recovery(await now(services, job), make_token())


async def test_job_that_goes_another_way_costs_what_that_way_costs(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Resubmit(BOAT)]
    job = await waiting(services, PICK_OF_FOUR)

    await services.jobs.submission.submit(job.id)

    back = await now(services, job)
    assert (back.status, back.request, back.operation, back.units) == (S.RECEIVED, BOAT, "imagine", 4)
    assert await spent(services) == 4
    await services.jobs.controls.cancel(back)
    assert await spent(services) == 0


async def test_cheaper_way_gives_the_rest_back(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Resubmit(PICK_OF_FOUR)]
    job = await waiting(services, BOAT)

    await services.jobs.submission.submit(job.id)

    assert ((await now(services, job)).units, await spent(services)) == (1, 1)


async def test_way_that_costs_more_than_is_left_is_not_gone_and_says_so(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Resubmit(BOAT)]
    for _number in range(3):
        await received(services, PICK_OF_FOUR)
    job = await waiting(services, PICK_OF_FOUR)

    await services.jobs.submission.submit(job.id)

    ended = await now(services, job)
    assert ended.failure is not None
    assert (ended.status, ended.failure.kind) == (S.REFUSED, FailureKind.RULE)
    assert "units" in ended.failure.detail
    assert (len(engine.submitted), list(services.jobs.live.waiting), await spent(services)) == (1, [], 3)
