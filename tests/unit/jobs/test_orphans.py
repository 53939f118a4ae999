"""Jobs that stand in no list are found and put right, and those that are worked on are left alone."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.job import Failure, FailureKind, GroupKind, Job, JobStatus
from bot.domain.outcomes import NoPlace, NotListed, Uncertain
from bot.jobs.intake import Prepared
from bot.jobs.orphans import CARD_LATE_S, SWEEP_S, OrphanFinder
from bot.services import Services
from tests.support.loops import make_orphan_finder
from tests.support.makers import ANA, DAY, NO_LIMITS, START, TASK, make_job, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, until
from tests.support.refusals import refusals
from tests.support.walk import CAT, now, received, running, waiting, work_off

S = JobStatus
NEXT_HOUR = START + timedelta(hours=1)


@pytest.fixture
def orphans(services: Services) -> OrphanFinder:
    return make_orphan_finder(services)


async def left(services: Services, status: JobStatus, **changes: object) -> Job:
    """A job that the database has, and none of our lists."""
    job = make_job(S.RECEIVED, card_id=401)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    moved = await services.store.move(job, [S.RECEIVED], status, **changes)
    assert moved is not None
    return moved


async def sweep(orphans: OrphanFinder, clock: ManualClock, times: int = 2) -> None:
    for _time in range(times):
        clock.pass_by(SWEEP_S)
        await orphans.sweep_once()


@pytest.mark.parametrize(
    ("status", "changes", "becomes"),
    [
        (S.RECEIVED, {}, S.RECEIVED),
        (S.RECEIVED, {"waiting_for": "pictures"}, S.CANCELLED),
        (S.SUBMITTING, {}, S.UNCERTAIN),
        (S.SUBMITTING, {"task_id": TASK}, S.RUNNING),
        (S.RUNNING, {"task_id": TASK}, S.RUNNING),
        (
            S.AWAITING_INPUT,
            {"task_id": TASK, "told": False, "deadline_at": START + timedelta(hours=1)},
            S.AWAITING_INPUT,
        ),
        (S.POSTING, {"task_id": TASK, "result": make_result()}, S.DONE),
        (S.UNCERTAIN, {"told": False}, S.UNCERTAIN),
        (S.REFUSED, {"told": False, "failure": Failure(kind=FailureKind.BANNED)}, S.REFUSED),
    ],
)
async def test_job_in_no_list_goes_on_and_is_not_sent_again(
    status: JobStatus,
    changes: dict[str, object],
    becomes: JobStatus,
    services: Services,
    orphans: OrphanFinder,
    engine: ScriptedEngine,
    clock: ManualClock,
) -> None:
    job = await left(services, status, **changes)

    await sweep(orphans, clock)
    await work_off(services)

    after = await now(services, job)
    assert (after.status, engine.submitted) == (becomes, [])
    assert becomes in (S.RECEIVED, S.RUNNING) or after.told
    assert (job.id in services.jobs.live.waiting, job.id in services.jobs.live.running) == (
        becomes is S.RECEIVED,
        becomes is S.RUNNING,
    )


async def test_job_is_left_alone_when_it_is_missing_from_its_list_for_a_moment_only(
    services: Services, orphans: OrphanFinder, clock: ManualClock
) -> None:
    job = await left(services, S.SUBMITTING)

    await sweep(orphans, clock, times=1)

    assert (await now(services, job)).status is S.SUBMITTING


async def test_submit_that_takes_minutes_is_no_orphan(
    services: Services, orphans: OrphanFinder, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await waiting(services)
    engine.gate.clear()
    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()

    await sweep(orphans, clock, times=5)

    await orphans._put_right(job.id)  # as where it was missing when the sweep began
    assert (await now(services, job)).status is S.SUBMITTING
    engine.gate.set()
    await submit
    assert (await now(services, job)).status is S.RUNNING


async def test_job_whose_pictures_are_being_taken_in_is_no_orphan(
    services: Services, orphans: OrphanFinder, clock: ManualClock
) -> None:
    job = await received(services)

    async def prepare(_job: Job) -> Prepared:
        await sweep(orphans, clock, times=5)
        return Prepared(["one.png"])

    await services.jobs.intake.card_shown(job, 401, prepare)

    assert services.jobs.live.waiting[job.id].request.pictures == ("one.png",)


async def test_job_gets_its_card_late_but_not_for_ever(
    services: Services, orphans: OrphanFinder, clock: ManualClock
) -> None:
    job = await received(services)

    await sweep(orphans, clock)
    assert (await now(services, job)).status is S.RECEIVED

    clock.pass_by(CARD_LATE_S)
    await sweep(orphans, clock)
    assert (await now(services, job)).status is S.CANCELLED
    assert await services.store.spent(ANA, DAY) == (0, 0)


async def test_group_without_a_card_ends_with_all_its_jobs(
    services: Services, orphans: OrphanFinder, clock: ManualClock
) -> None:
    _group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "{a, b} cat", [(CAT, None), (CAT, None)], token=make_token()
    )

    await sweep(orphans, clock)
    assert services.jobs.groups.due.take() == []  # its card may be on its way
    clock.pass_by(CARD_LATE_S)
    await sweep(orphans, clock)
    for group_id in services.jobs.groups.due.take():
        await services.jobs.groups.refresh(group_id)

    assert {(await now(services, job)).status for job in members} == {S.CANCELLED}
    assert await services.store.groups.list_open() == []


async def test_place_of_a_job_that_is_over_is_free_again(
    services: Services, orphans: OrphanFinder, clock: ManualClock
) -> None:
    job = await running(services)
    await services.store.move(job, [S.RUNNING], S.FAILED)  # the database said that this had failed

    await sweep(orphans, clock, times=1)
    assert services.jobs.live.running.of_author[ANA.id] == 1  # it may just have ended
    await sweep(orphans, clock, times=1)

    assert services.jobs.live.running.of_author[ANA.id] == 0


BEGIN, COMMIT = 1, 2  # moments of a transaction


async def test_mark_that_was_called_failed_and_stands_is_no_reason_to_send_twice(
    services: Services, engine: ScriptedEngine, orphans: OrphanFinder, clock: ManualClock
) -> None:
    job = await waiting(services)

    with refusals(services.store) as refusing:
        refusing.refuse_at(COMMIT)
        with pytest.raises(OperationalError):
            await services.jobs.submission.submit(job.id)
    assert ((await now(services, job)).status, engine.submitted) == (S.SUBMITTING, [])

    await sweep(orphans, clock, times=3)
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)

    assert ((await now(services, job)).status, len(engine.submitted)) == (S.RUNNING, 1)


async def test_nothing_is_sent_while_the_mark_cannot_be_written(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)

    with refusals(services.store) as refusing:
        for _try in range(3):
            refusing.refuse_at(BEGIN)
            with pytest.raises(OperationalError):
                await services.jobs.submission.submit(job.id)

    assert (engine.submitted, (await now(services, job)).status) == ([], S.RECEIVED)
    await services.jobs.submission.submit(job.id)
    assert len(engine.submitted) == 1


async def test_job_whose_mark_stands_after_all_can_be_stopped(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)
    with refusals(services.store) as refusing:
        refusing.refuse_at(COMMIT)
        with pytest.raises(OperationalError):
            await services.jobs.submission.submit(job.id)

    await services.jobs.controls.cancel(job)
    await services.jobs.submission.submit(job.id)

    assert ((await now(services, job)).status, engine.submitted) == (S.CANCELLED, [])


# Telling, while something else happens.


async def test_press_while_the_card_is_being_told_keeps_its_token(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers, engine.finds = [Uncertain("reset")], NotListed()
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    uncertain = await now(services, job)
    presenter.gate.clear()
    telling = asyncio.create_task(services.jobs.deliveries._say(uncertain, 0), name="telling")
    await asyncio.sleep(0)

    fresh = make_token(minutes=30)
    await services.jobs.recovery.retry_recovery(uncertain, fresh.__class__("younger", fresh.expires_at))
    presenter.gate.set()
    await telling

    told = await now(services, job)
    assert told.token is not None
    assert (told.told, told.token.sealed) == (True, "younger")


async def test_press_while_no_place_is_found_for_a_result_brings_it_one(
    services: Services, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await left(services, S.POSTING, task_id=TASK, result=make_result())
    presenter.says, younger = [NoPlace()], make_token(minutes=30)
    presenter.gate.clear()
    posting = asyncio.create_task(services.jobs.deliveries.deliver(job.id), name="posting")
    await until(lambda: presenter.posted)

    await services.jobs.controls.fresh_token(job, type(younger)("younger", younger.expires_at))
    presenter.gate.set()
    await posting
    clock.pass_by(60)
    await work_off(services)

    assert (await now(services, job)).status is S.DONE


async def test_job_that_goes_on_while_it_is_being_told_is_not_called_told(
    services: Services, presenter: RecordingPresenter
) -> None:
    job = await left(services, S.EXPIRED, task_id=TASK, told=False)
    presenter.gate.clear()
    telling = asyncio.create_task(services.jobs.deliveries._say(job, 0), name="telling")
    await asyncio.sleep(0)

    younger = make_token(minutes=30)
    assert await services.jobs.recovery.retry_recovery(job, younger)
    presenter.gate.set()
    await telling

    after = await now(services, job)
    assert (after.status, after.token) == (S.RUNNING, younger)


async def test_refusal_is_told_once_however_often_it_is_due(services: Services, presenter: RecordingPresenter) -> None:
    job = await left(services, S.REFUSED, told=False)

    for _time in range(3):
        await services.jobs.deliveries.deliver(job.id)

    assert len(presenter.posted) == 1


async def test_job_that_is_being_worked_on_is_not_let_go(services: Services) -> None:
    job = await running(services)

    with services.jobs.live.working_on([job]):
        services.jobs.live.let_go(job.id)
        assert job.id in services.jobs.live.running

    services.jobs.live.let_go(job.id)
    assert job.id not in services.jobs.live.running
