"""The looks: what each observation means for a running job."""

from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, JobStatus, Result
from bot.domain.outcomes import (
    Failed,
    Missing,
    Observation,
    Succeeded,
    Working,
)
from bot.domain.requests import Action, Describe, Mode, Shorten
from bot.domain.rules import OWN_GRID_BUTTONS, OWN_LINE_BUTTONS
from bot.errors import RelayUnclearError
from bot.jobs.look_history import MISSING_FOR_S, UNSETTLED_FOR_S
from bot.jobs.transitions import DEADLINES_S
from bot.pictures.folder import Pictures
from bot.services import Services
from tests.support.makers import (
    PICK_2,
    TASK,
    make_result,
    make_token,
    picture,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import now, running, work_off

S = JobStatus


async def test_progress_is_shown_as_it_comes(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Working(31, "https://img.example.com/p.png")) is True

    assert presenter.shown[-1] == (job, Working(31, "https://img.example.com/p.png"))


async def test_success_is_kept_and_posted(
    services: Services, presenter: RecordingPresenter, pictures: Pictures
) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Succeeded(make_result())) is False
    await work_off(services)

    done = await now(services, job)
    assert (done.status, done.result_message_id, done.token, done.told) == (S.DONE, 501, None, True)
    assert done.result is not None
    assert await pictures.read(done.result.picture or "") == picture()
    assert [posted.status for posted, _attempt in presenter.posted] == [S.POSTING, S.DONE]


@pytest.mark.parametrize("missing", [{"buttons": ()}, {"image_url": ""}])
async def test_success_that_is_not_settled_is_looked_at_for_a_while(
    missing: dict[str, Any], services: Services, clock: ManualClock
) -> None:
    job = await running(services)
    early = Succeeded(make_result().model_copy(update=missing), settled=False)

    at_once = [
        await services.jobs.tracking.advance(job, early) for _callback in range(5)
    ]  # each brings a look of its own
    clock.pass_by(UNSETTLED_FOR_S - 0.1)
    late = await services.jobs.tracking.advance(job, early)
    clock.pass_by(0.2)
    too_late = await services.jobs.tracking.advance(job, early)

    assert (at_once, late, too_late) == ([True] * 5, True, False)


async def test_late_buttons_are_taken(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result(image_url="https://x/y.png"), settled=False))
    await services.jobs.tracking.advance(job, Succeeded(make_result(PICK_2)))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == (PICK_2,)


async def test_grid_without_buttons_gets_our_own(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result(image_url="https://x/y.png")))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == OWN_GRID_BUTTONS


async def test_a_description_without_buttons_gets_one_for_each_line(services: Services) -> None:
    job = await running(services, Describe(pictures=("one",)))

    await services.jobs.tracking.advance(job, Succeeded(Result(text="1️⃣ a cat\n\n2️⃣ a dog")))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == OWN_LINE_BUTTONS


async def test_what_is_said_of_a_prompt_gets_none_of_a_description(services: Services) -> None:
    job = await running(services, Shorten(prompt="a very cat"))

    await services.jobs.tracking.advance(job, Succeeded(Result(text="1️⃣ a cat\n\n2️⃣ cat")))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == ()


async def test_single_picture_without_buttons_gets_none_of_a_grid(services: Services) -> None:
    job = await running(services, Action(prompt="a cat", button=PICK_2, parent_task_id=TASK))

    await services.jobs.tracking.advance(job, Succeeded(Result(image_url="https://x/y.png")))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == ()


async def test_success_without_anything_was_paid_and_invites_to_no_second_payment(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result()))

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.EXPIRED, Failure(kind=FailureKind.EMPTY))


async def test_failure_ends_the_job_with_the_relays_words(services: Services) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Failed("[Banned] no")) is False

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.FAILED, Failure(kind=FailureKind.RELAY, detail="[Banned] no"))
    assert job.id not in services.jobs.live.running


async def test_task_missing_right_after_its_submit_is_waited_for(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(MISSING_FOR_S - 1)

    assert await services.jobs.tracking.advance(job, Missing()) is True


@pytest.mark.parametrize(
    ("seen", "status"), [(Missing(), S.EXPIRED), (Working(60), S.RUNNING), (Succeeded(make_result()), S.POSTING)]
)
async def test_missing_task_is_asked_for_singly_before_it_is_given_up(
    seen: Observation, status: JobStatus, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.sees = lambda _job: seen

    await services.jobs.tracking.advance(job, Missing())

    assert engine.fetched == [job.id]
    assert (await now(services, job)).status is status


async def test_a_single_miss_of_an_old_task_means_nothing(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    clock.pass_by(MISSING_FOR_S * 3)

    assert await services.jobs.tracking.advance(job, Missing()) is True
    assert engine.fetched == []


async def test_task_that_was_seen_meanwhile_is_missing_since_it_was_missed_again(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Missing())
    await services.jobs.tracking.advance(job, Working(31))
    clock.pass_by(MISSING_FOR_S + 1)

    assert await services.jobs.tracking.advance(job, Missing()) is True

    assert engine.fetched == []


async def test_missing_task_outlives_an_outage(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.trouble = RelayUnclearError("reset")

    assert await services.jobs.tracking.advance(job, Missing()) is True


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("late_s", [-1, 1])
async def test_job_ends_at_the_deadline_of_its_speed(
    mode: Mode, late_s: int, services: Services, clock: ManualClock
) -> None:
    job = await running(services, mode=mode)
    clock.pass_by(DEADLINES_S[mode] + late_s)

    goes_on = await services.jobs.tracking.advance(job, Working(99))

    assert goes_on is (late_s < 0)
    assert (await now(services, job)).status is (S.RUNNING if goes_on else S.EXPIRED)


async def test_clock_that_is_set_before_the_first_look_times_no_job_out(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.wrong_by_s = 3 * 3600

    assert await services.jobs.tracking.advance(job, Working(percent=3)) is True

    assert (await now(services, job)).status is S.RUNNING


async def test_success_after_the_deadline_still_counts(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 60)

    await services.jobs.tracking.advance(job, Succeeded(make_result()))

    assert (await now(services, job)).status is S.POSTING


async def test_expired_job_can_be_looked_at_again(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 1)
    await services.jobs.tracking.advance(job, Working(99))

    assert await services.jobs.recovery.retry_recovery(await now(services, job), make_token()) is True

    assert services.jobs.live.running[job.id].task_id == job.task_id
    again = await now(services, job)
    assert (again.status, again.failure, again.told) == (S.RUNNING, None, True)  # its bad news hold no more


async def test_look_at_what_is_over_changes_nothing(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Failed("no"))
    shown = len(presenter.shown)

    assert await services.jobs.tracking.advance(job, Working(31)) is False

    assert len(presenter.shown) == shown
