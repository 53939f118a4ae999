"""*Send again* of a job of unknown outcome: nothing is lost when its card does not come, and the old card says so."""

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, MessageLocation
from bot.domain.outcomes import Found, NotListed, Succeeded, Uncertain
from bot.domain.requests import Action, Imagine
from bot.jobs.admission import UsedButtonError
from bot.services import Services
from bot.ui.components.job_buttons import expired_view
from bot.ui.text import job_lines
from tests.support.makers import ANA, DAY, PICK_2, START, TASK, make_job, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.stored import reservation_of
from tests.support.walk import finished, now, running, waiting, work_off

pytestmark = pytest.mark.both_databases

S = JobStatus
HERE = MessageLocation(guild_id=201, channel_id=301, message_id=402)
SENT_AGAIN = Failure(kind=FailureKind.SENT_AGAIN, instead=HERE)


@pytest.fixture
async def first(services: Services, engine: ScriptedEngine) -> Job:
    """A job of unknown outcome whose author was told."""
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    engine.answers = []
    await work_off(services)
    return await now(services, job)


async def again(services: Services, job: Job) -> Job:
    return await services.jobs.admission.again(ANA, make_place(), job, token=make_token())


async def spent(services: Services) -> int:
    return (await services.store.spent(ANA, DAY))[1]


async def send_all(services: Services) -> None:
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)


def last_said(presenter: RecordingPresenter, job: Job) -> Job:
    """How a job stood when it was last told of; jobs are told of in any order."""
    return next(told for told, _attempt in reversed(presenter.posted) if told.id == job.id)


async def test_first_one_stays_until_the_card_of_the_second_stands(services: Services, first: Job) -> None:
    second = await again(services, first)

    assert await now(services, first) == first
    await services.jobs.intake.card_shown(second, 402)

    given_up = await now(services, first)
    assert (given_up.status, given_up.failure) == (S.CANCELLED, SENT_AGAIN)
    assert list(services.jobs.live.waiting) == [second.id]


async def test_given_up_one_keeps_its_units_and_its_card_says_where_the_other_stands(
    services: Services, first: Job, presenter: RecordingPresenter
) -> None:
    await services.jobs.intake.card_shown(await again(services, first), 402)
    await work_off(services)

    told = last_said(presenter, first)
    assert (told.status, await spent(services)) == (S.CANCELLED, 2)
    assert await reservation_of(services.store, first) == "settled"
    assert "https://discord.com/channels/201/301/402" in job_lines.ended_line(told)
    assert "may have been charged" in job_lines.ended_line(told)


async def test_old_card_says_so_also_after_a_kill(
    services: Services, first: Job, presenter: RecordingPresenter
) -> None:
    await services.store.card_shown(await again(services, first), 402)  # and there the process was killed

    await services.jobs.recovery.resume()
    await work_off(services)

    assert last_said(presenter, first).failure == SENT_AGAIN
    assert len(services.jobs.live.waiting) == 1


@pytest.mark.parametrize("ending", ["withdrawn", "killed"])
async def test_second_one_without_a_card_leaves_the_first_as_it_was(
    ending: str, services: Services, first: Job, engine: ScriptedEngine
) -> None:
    second = await again(services, first)

    if ending == "withdrawn":
        await services.jobs.intake.withdraw(second)
    else:
        await services.jobs.recovery.resume()
    await work_off(services)
    await send_all(services)

    assert await now(services, first) == first
    assert ((await now(services, second)).status, len(engine.submitted), await spent(services)) == (S.CANCELLED, 1, 1)
    engine.finds = Found("77")
    assert await services.jobs.recovery.retry_recovery(first, make_token())
    assert (await now(services, first)).status is S.RUNNING


async def test_first_one_can_be_sent_again_after_a_second_that_failed(services: Services, first: Job) -> None:
    await services.jobs.intake.withdraw(await again(services, first))

    await services.jobs.intake.card_shown(await again(services, first), 402)

    assert (await now(services, first)).failure == SENT_AGAIN


async def test_two_presses_make_one_second(services: Services, first: Job) -> None:
    second = await again(services, first)

    with pytest.raises(UsedButtonError) as used:
        await again(services, first)

    assert used.value.job.id == second.id


@pytest.mark.parametrize("has_ended", [False, True])
async def test_second_one_is_not_sent_once_the_first_was_found(
    has_ended: bool, services: Services, first: Job, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    second = await again(services, first)
    engine.finds = Found("77")
    await services.jobs.recovery.retry_recovery(first, make_token())
    if has_ended:
        await services.jobs.tracking.advance(services.jobs.live.running[first.id], Succeeded(make_result()))

    await services.jobs.intake.card_shown(second, 402)
    await send_all(services)
    await work_off(services)

    not_sent = await now(services, second)
    assert not_sent.failure == Failure(kind=FailureKind.FOUND, instead=HERE.model_copy(update={"message_id": 401}))
    assert (not_sent.status, not_sent.card_id, len(engine.submitted)) == (S.CANCELLED, 402, 1)
    assert await spent(services) == 1
    assert second.id in {posted.id for posted, _attempt in presenter.posted}


async def test_second_one_is_not_sent_once_the_first_was_erased(
    services: Services, first: Job, engine: ScriptedEngine
) -> None:
    """Nothing tells any more how it ended."""
    second = await again(services, first)
    await services.store.erasure.erase(ANA.id, DAY, START)

    await services.jobs.intake.card_shown(second, 402)
    await send_all(services)

    not_sent = await now(services, second)
    assert (not_sent.status, not_sent.failure) == (S.CANCELLED, Failure(kind=FailureKind.FOUND))
    assert (len(engine.submitted), await spent(services)) == (1, 1)


async def test_found_one_is_not_sent_again(services: Services, first: Job, engine: ScriptedEngine) -> None:
    engine.finds = Found("77")
    await services.jobs.recovery.retry_recovery(first, make_token())

    with pytest.raises(UsedButtonError):
        await again(services, first)

    assert await spent(services) == 1


async def test_first_one_that_was_dropped_meanwhile_holds_nothing_up(services: Services, first: Job) -> None:
    second = await again(services, first)
    await services.jobs.controls.dismiss(first)

    await services.jobs.intake.card_shown(second, 402)

    assert ((await now(services, first)).failure, list(services.jobs.live.waiting)) == (SENT_AGAIN, [second.id])
    assert await spent(services) == 2


async def test_card_of_a_job_that_was_stopped_before_it_stood_says_so(
    services: Services, first: Job, presenter: RecordingPresenter
) -> None:
    second = await again(services, first)
    await services.jobs.controls.cancel(second)
    await work_off(services)

    await services.jobs.intake.card_shown(second, 402)
    await work_off(services)

    told = last_said(presenter, second)
    assert (told.status, told.card_id) == (S.CANCELLED, 402)
    assert await now(services, first) == first


async def test_once_only_button_stays_used_and_goes_over_to_the_second(
    services: Services, engine: ScriptedEngine
) -> None:
    parent = await finished(services)
    engine.answers = [Uncertain("reset")]
    pick = Action(prompt="a cat", button=PICK_2, parent_task_id=TASK)
    job = await waiting(services, pick, parent=parent)
    await services.jobs.submission.submit(job.id)
    second = await again(services, await now(services, job))

    assert await services.store.used_keys(parent.id) == {PICK_2.custom_id}
    for _time in range(2):  # a write that was reported failed is made again
        await services.jobs.intake.card_shown(second, 402)

    assert ((await now(services, job)).once_key, (await now(services, second)).once_key) == (None, PICK_2.custom_id)


async def test_job_that_timed_out_can_still_be_looked_at_after_it_was_sent_again(
    services: Services, clock: ManualClock
) -> None:
    job = await running(services)
    clock.pass_by(2 * 3600)
    await services.store.move(job, [S.RUNNING], S.EXPIRED, failure=Failure(kind=FailureKind.EXPIRED))
    services.jobs.live.running.clear()
    expired = await now(services, job)

    await services.jobs.intake.card_shown(await again(services, expired), 402)

    told = await now(services, job)
    assert (told.status, told.failure, told.told) == (
        S.EXPIRED,
        Failure(kind=FailureKind.EXPIRED, instead=HERE),
        False,
    )
    assert [item.item.custom_id for item in expired_view(told).children] == [f"easel:look:{job.id}"]  # type: ignore[attr-defined]
    assert await services.jobs.recovery.retry_recovery(told, make_token())


@pytest.mark.parametrize("may_post", [True, False])
async def test_press_reaches_the_first_card_where_the_bot_may_not_speak_by_itself(
    may_post: bool, services: Services, first: Job
) -> None:
    place = make_place(may_post=may_post)
    second = await services.jobs.admission.again(ANA, place, first, token=make_token())

    await services.jobs.intake.card_shown(second, 402)

    assert ((await now(services, first)).token is not None) is not may_post


async def test_looked_up_in_vain_is_still_uncertain(services: Services, first: Job, engine: ScriptedEngine) -> None:
    engine.finds = NotListed()
    second = await again(services, first)

    assert not await services.jobs.recovery.retry_recovery(first, make_token())

    assert (await now(services, first)).status is S.UNCERTAIN
    await services.jobs.intake.card_shown(second, 402)
    assert (await now(services, first)).failure == SENT_AGAIN


def test_job_of_the_past_reads_as_before() -> None:
    job = make_job(S.CANCELLED, failure=Failure(kind=FailureKind.STOPPED), request=Imagine(prompt="a cat"))

    assert job_lines.ended_line(job).endswith("(Stopped)")
