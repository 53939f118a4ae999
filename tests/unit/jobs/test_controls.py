"""What people ask of a job: stop it, look at its place, take it away."""

import asyncio

import pytest

from bot.domain.alerts import Alert, AlertKind, Level, alert_key
from bot.domain.job import Failure, FailureKind, JobStatus, Wait
from bot.domain.outcomes import (
    Busy,
    Succeeded,
    Working,
)
from bot.errors import RelayUnclearError, UserError
from bot.language import _
from bot.services import Services
from tests.support.makers import (
    ANA,
    BEN,
    make_place,
    make_result,
    make_token,
)
from tests.support.ports import PATIENCE_S, ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import CAT, asked, finished, now, received, running, waiting, work_off

S = JobStatus


async def test_stop_before_the_submit_is_for_good(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)

    assert await services.jobs.controls.cancel(job) is S.RECEIVED

    await services.jobs.submission.submit(job.id)
    assert (engine.submitted, (await now(services, job)).status) == ([], S.CANCELLED)


async def test_stopped_job_is_followed_silently_to_its_end(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)
    assert await services.jobs.controls.cancel(job) is S.RUNNING
    shown = len(presenter.shown)

    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Working(62))
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)

    kept = await now(services, job)
    assert (kept.status, kept.stopped, len(presenter.shown)) == (S.UNDELIVERABLE, True, shown)
    assert S.POSTING not in [posted.status for posted, _attempt in presenter.posted]


async def test_stop_that_a_kill_kept_from_its_card_is_shown_after_the_start_and_at_the_end(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await running(services)
    await services.store.move(job, [S.RUNNING], S.RUNNING, stopped=True)  # and there the process was killed
    services.jobs.live.running.clear()

    await services.jobs.recovery.resume()
    assert presenter.shown[-1][0].stopped

    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)

    kept = await now(services, job)
    assert [(posted.status, posted.stopped) for posted, _attempt in presenter.posted] == [(S.UNDELIVERABLE, True)]
    assert (kept.status, kept.told, kept.token) == (S.UNDELIVERABLE, True, None)


async def test_look_that_was_on_its_way_does_not_undo_a_stop(services: Services, presenter: RecordingPresenter) -> None:
    before = await running(services)
    await services.jobs.controls.cancel(before)

    await services.jobs.tracking.advance(before, Working(62))

    assert presenter.shown[-1][0].stopped


async def test_stop_while_the_submit_is_on_its_way_is_remembered(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await waiting(services)
    engine.gate.clear()
    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()

    assert await services.jobs.controls.cancel(job) is S.SUBMITTING
    engine.gate.set()
    await submit

    assert services.jobs.live.running[job.id].stopped
    assert presenter.shown[-1][0].status is S.SUBMITTING


async def test_stopped_job_that_was_not_taken_is_not_sent_again(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    job = await waiting(services)
    engine.gate.clear()
    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()
    await services.jobs.controls.cancel(job)
    engine.gate.set()
    await submit

    assert (await now(services, job)).status is S.CANCELLED
    assert job.id not in services.jobs.live.waiting


async def test_what_nobody_thought_of_during_a_submit_is_told_at_once_and_never_sent_again(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [ValueError("an answer of no known form")]
    job = await waiting(services)

    await services.jobs.submission.submit(job.id)
    await work_off(services)

    assert (await now(services, job)).status is S.UNCERTAIN
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]
    assert len(engine.submitted) == 1


async def test_question_can_be_stopped_for_free(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    async with asyncio.timeout(PATIENCE_S):  # it looks again until it finds the job somewhere
        assert await services.jobs.controls.cancel(job) is S.AWAITING_INPUT

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.CANCELLED, Failure(kind=FailureKind.STOPPED))


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.UNDELIVERABLE, S.FAILED, S.REFUSED, S.EXPIRED, S.UNCERTAIN])
async def test_what_is_over_cannot_be_stopped(status: JobStatus, services: Services) -> None:
    job = await received(services)
    over = await services.store.move(job, [S.RECEIVED], status)
    assert over is not None

    with pytest.raises(UserError, match="already ended"):
        await services.jobs.controls.cancel(over)


async def test_fresh_token_is_stored_and_used(services: Services) -> None:
    job = await running(services)

    await services.jobs.controls.fresh_token(job, make_token(99))

    assert (await now(services, job)).token == make_token(99) == services.jobs.live.running[job.id].token


async def test_fresh_token_reaches_a_job_that_waits(services: Services) -> None:
    job = await waiting(services)

    await services.jobs.controls.fresh_token(job, make_token(99))

    assert (await now(services, job)).token == make_token(99) == services.jobs.live.waiting[job.id].token


async def test_fresh_token_does_not_undo_what_happened_meanwhile(services: Services) -> None:
    before = await running(services)
    await services.jobs.controls.cancel(before)

    await services.jobs.controls.fresh_token(before, make_token(99))

    assert services.jobs.live.running[before.id].stopped


async def test_fresh_token_brings_a_waiting_result_forward(services: Services, clock: ManualClock) -> None:
    job = await finished(services)
    services.jobs.deliveries.due.take()
    clock.pass_by(5)

    await services.jobs.controls.fresh_token(job, make_token(99))

    assert services.jobs.deliveries.due.take() == [job.id]


async def test_only_a_posted_result_can_be_removed(services: Services) -> None:
    job = await finished(services)
    with pytest.raises(UserError, match="Only a finished picture"):
        await services.jobs.controls.remove(job)
    await work_off(services)

    await services.jobs.controls.remove(job)

    with pytest.raises(UserError, match="was removed"):
        services.jobs.admission.button(await now(services, job), 0)


async def test_position_counts_who_stands_before(services: Services) -> None:
    jobs = [await waiting(services) for _number in range(3)]

    assert [services.jobs.live.position(job.id) for job in jobs] == [0, 1, 2]
    assert services.jobs.live.position("nobody") is None


async def test_blocked_members_waiting_jobs_are_stopped(services: Services) -> None:
    job = await waiting(services)
    other = await services.jobs.admission.request(BEN, make_place(), CAT, mode=None, token=make_token())
    await services.jobs.intake.card_shown(other, 402)

    await services.jobs.controls.block(201, ANA.id)

    assert (await now(services, job)).status is S.CANCELLED
    assert list(services.jobs.live.waiting) == [other.id]


async def test_seed_comes_from_the_engine(services: Services) -> None:
    job = await running(services)

    assert await services.jobs.controls.seed(job) == f"seed of {job.id}"


async def test_seed_that_the_engine_does_not_know_is_not_shown_as_one(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.knows_seeds = False

    with pytest.raises(RelayUnclearError):
        await services.jobs.controls.seed(await running(services))


async def test_relay_that_the_owner_took_away_is_neither_waited_for_nor_a_trouble_any_more(
    services: Services, presenter: RecordingPresenter
) -> None:
    held = {"midjourney@old": Wait.CREDIT, "midjourney": Wait.CREDIT}
    services.jobs.live.held.update(held)
    for lane in held:
        await presenter.alert_owner(Alert(AlertKind.CREDIT, Level.CRITICAL, _("It is empty."), lane))

    await services.jobs.controls.on_settings_changed(services.settings)

    assert services.jobs.live.held == {"midjourney": Wait.CREDIT}
    assert presenter.resolved == [alert_key(AlertKind.CREDIT, "midjourney@old")]
