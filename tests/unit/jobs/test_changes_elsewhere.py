"""Two processes over one server's database: what people ask of one for a job of the other is done by its owner."""

import asyncio

import pytest

from bot.domain.job import Job, JobStatus, Subject
from bot.domain.outcomes import Working
from bot.errors import UserError
from bot.jobs import changes_elsewhere
from bot.jobs.build import JobLoops
from bot.operation.reloading import Reloading
from bot.services import Services
from bot.settings import LiveSettings
from tests.support.loops import make_loops
from tests.support.makers import ANA, TASK, make_place, make_settings, make_token
from tests.support.ports import RecordingPresenter, ScriptedEngine, at_work, until
from tests.support.processes import end_lease_of
from tests.support.walk import asked, finished, now, received, running, uncertain, waiting, work_off

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]

S = JobStatus


@pytest.fixture
def loops(services: Services) -> JobLoops:
    return make_loops(services, services.clock)


@pytest.mark.parametrize("make", [waiting, received])
async def test_job_that_another_process_stops_is_told_by_its_owner(
    make: object,
    services: Services,
    other: Services,
    loops: JobLoops,
    presenter: RecordingPresenter,
    other_presenter: RecordingPresenter,
) -> None:
    job: Job = await make(services)  # type: ignore[operator]

    assert await other.jobs.controls.cancel(await now(other, job)) is S.RECEIVED
    await work_off(other)
    await loops.changes_elsewhere.look_once()
    await work_off(services)

    assert job.id not in services.jobs.live.waiting
    assert [told.status for told, _attempt in presenter.posted] == [S.CANCELLED]
    assert other_presenter.posted == []
    assert (await now(services, job)).told


async def test_running_job_that_another_process_stops_is_stopped_at_the_relay(
    services: Services, other: Services, loops: JobLoops, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await running(services)

    assert await other.jobs.controls.cancel(await now(other, job)) is S.RUNNING
    await loops.changes_elsewhere.look_once()
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Working(40))

    assert engine.cancelled == [job.id]
    assert presenter.shown[-1][0].stopped


async def test_answer_that_another_process_takes_is_sent_by_the_owner(
    services: Services, other: Services, loops: JobLoops, engine: ScriptedEngine
) -> None:
    job = await asked(services, engine)

    await other.jobs.submission.answer(await now(other, job), "a dog", make_token(8))
    await loops.changes_elsewhere.look_once()

    assert list(services.jobs.live.waiting) == [job.id]
    assert other.jobs.live.waiting == {}
    assert job.id not in services.jobs.live.deliveries


@pytest.mark.parametrize("make", [waiting, running])
async def test_fresh_token_from_another_process_reaches_the_card(
    make: object, services: Services, other: Services, loops: JobLoops
) -> None:
    job: Job = await make(services)  # type: ignore[operator]

    assert await other.jobs.controls.fresh_token(await now(other, job), make_token(9))
    await loops.changes_elsewhere.look_once()

    mine = services.jobs.live.waiting.get(job.id) or services.jobs.live.running[job.id]
    assert mine.token == make_token(9)


async def test_callback_at_another_process_lets_the_owner_look(
    services: Services, other: Services, loops: JobLoops
) -> None:
    job = await running(services)
    services.jobs.live.looks.take()
    services.jobs.live.looks.discard(job.id)

    await other.jobs.recovery.on_callback(job.id, TASK)
    await loops.changes_elsewhere.look_once()

    assert job.id in services.jobs.live.looks


async def test_what_was_taken_in_once_is_not_taken_in_again(
    services: Services, other: Services, loops: JobLoops, presenter: RecordingPresenter
) -> None:
    job = await running(services)
    await other.jobs.controls.cancel(await now(other, job))
    await loops.changes_elsewhere.look_once()
    shown = len(presenter.shown)

    await loops.changes_elsewhere.look_once()

    assert len(presenter.shown) == shown


async def test_block_at_another_process_stops_what_waits_here(
    services: Services, other: Services, loops: JobLoops
) -> None:
    job = await waiting(services)

    await other.jobs.controls.block(job.place.guild_id or 0, ANA.id)
    await loops.changes_elsewhere.look_once()

    assert (await now(services, job)).status is S.CANCELLED
    assert services.jobs.live.waiting == {}


async def test_ban_at_another_process_stops_what_waits_here_and_holds(
    services: Services, other: Services, loops: JobLoops
) -> None:
    job = await waiting(services)

    await other.jobs.controls.ban(Subject.MEMBER, ANA.id, 1, reason="spam", until=None)
    await loops.changes_elsewhere.look_once()

    assert (await now(services, job)).status is S.CANCELLED
    with pytest.raises(UserError, match="has banned you"):
        await services.jobs.access.check_free(ANA, job.place)


async def test_pause_at_another_process_holds_here(services: Services, other: Services, loops: JobLoops) -> None:
    place = make_place()
    await other.jobs.moderation.pause(place.guild_id or 0)
    await loops.changes_elsewhere.look_once()

    with pytest.raises(UserError, match="paused"):
        services.jobs.moderation.check(ANA, place)


async def test_announcement_brings_a_note_over_at_once(services: Services, other: Services, loops: JobLoops) -> None:
    assert await services.store.notes.get("mode:901") is None
    listener = asyncio.create_task(services.store.database.listen())
    await loops.changes_elsewhere._is_due.wait()  # it is heard from now on

    async def read() -> None:
        while await services.store.notes.get("mode:901") != "fast":  # noqa: ASYNC110 - the listener sets nothing that a test could wait for
            await asyncio.sleep(0)

    await other.store.notes.set("mode:901", "fast")
    await asyncio.wait_for(read(), 30)
    listener.cancel()


async def test_note_is_read_anew_where_nothing_is_announced(
    services: Services, other: Services, loops: JobLoops
) -> None:
    assert await services.store.notes.get("mode:901") is None
    await other.store.notes.set("mode:901", "fast")

    await loops.changes_elsewhere.look_once()

    assert await services.store.notes.get("mode:901") == "fast"


def test_acts_of_others_are_in_force_within_five_seconds_where_nothing_is_announced() -> None:
    assert changes_elsewhere.LOOK_S + changes_elsewhere.REMEMBERED_S <= 5


async def test_jobs_of_a_process_that_is_gone_are_picked_up_as_after_a_start(
    services: Services, other: Services, engine: ScriptedEngine
) -> None:
    jobs = [await waiting(services), await running(services), await finished(services)]
    await end_lease_of(services.store, other.store)

    await make_loops(other, other.clock).claims.claim_once()

    live = other.jobs.live
    assert (list(live.waiting), list(live.running)) == ([jobs[0].id], [jobs[1].id])
    assert jobs[2].id in live.deliveries
    assert live.deliveries.attempt(jobs[2].id) == 1  # whoever had it may have posted it
    assert len(engine.submitted) == 2


async def test_process_that_woke_up_lets_go_of_what_others_took_over(
    services: Services, other: Services, loops: JobLoops, presenter: RecordingPresenter
) -> None:
    jobs = [await waiting(services), await running(services), await finished(services)]
    await end_lease_of(services.store, other.store)
    await make_loops(other, other.clock).claims.claim_once()
    lease = services.store.database.processes.lease
    lease.renewed(asked_at=lease._until + 1)  # it slept longer than its lease

    await loops.changes_elsewhere.look_once()
    await work_off(services)

    assert (dict(services.jobs.live.waiting), dict(services.jobs.live.running)) == ({}, {})
    assert presenter.posted == []
    assert {(await now(services, job)).owner for job in jobs} == {other.store.database.process}


async def submit_until_lease_ends(
    services: Services, other: Services, engine: ScriptedEngine, job: Job
) -> asyncio.Task[float | None]:
    """A submit that is on its way as its process is no longer taken for alive; `engine.gate` holds its answer back."""
    engine.gate.clear()
    submitting = asyncio.create_task(services.jobs.submission.submit(job.id))
    await engine.arrived.wait()
    await end_lease_of(services.store, other.store)
    return submitting


async def test_answer_that_comes_after_the_job_was_taken_over_is_believed(
    services: Services, other: Services, engine: ScriptedEngine, other_presenter: RecordingPresenter
) -> None:
    job = await waiting(services)
    submitting = await submit_until_lease_ends(services, other, engine, job)
    await make_loops(other, other.clock).claims.claim_once()
    assert (await now(other, job)).status is S.UNCERTAIN

    engine.gate.set()
    await submitting
    await work_off(other)

    after = await now(services, job)
    assert (after.status, after.task_id, after.owner) == (S.RUNNING, "task-1", services.store.database.process)
    assert list(services.jobs.live.running) == [job.id]
    assert other_presenter.posted == []


async def test_answer_that_comes_as_another_process_has_just_claimed_the_job_is_believed(
    services: Services, other: Services, engine: ScriptedEngine, other_presenter: RecordingPresenter
) -> None:
    job = await waiting(services)
    submitting = await submit_until_lease_ends(services, other, engine, job)
    claimed = await other.store.of_ids((await other.store.ownership.claim(1)).job_ids)
    engine.gate.set()
    await submitting
    for one in claimed:
        await other.jobs.recovery.pick_up(one)
    await work_off(other)

    after = await now(services, job)
    assert (after.status, after.task_id, after.owner) == (S.RUNNING, "task-1", services.store.database.process)
    assert other_presenter.posted == []


async def test_nothing_is_sent_once_the_lease_has_nearly_ended(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)
    lease = services.store.database.processes.lease
    lease._until -= lease.length_s

    await services.jobs.submission.submit(job.id)

    assert engine.submitted == []
    assert list(services.jobs.live.waiting) == [job.id]


async def test_nothing_is_posted_once_the_lease_has_ended(services: Services, presenter: RecordingPresenter) -> None:
    job = await finished(services)
    lease = services.store.database.processes.lease
    lease._until -= lease.length_s

    await work_off(services)

    assert presenter.posted == []
    assert job.id in services.jobs.live.deliveries


async def test_who_looks_again_at_another_process_works_on_it_there(
    services: Services, other: Services, loops: JobLoops, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(services, engine)
    await other.jobs.controls.dismiss(await now(other, job))
    await loops.changes_elsewhere.look_once()
    await work_off(services)
    await work_off(other)

    after = await now(services, job)
    assert (after.status, after.owner, after.told) == (S.CANCELLED, other.store.database.process, True)
    assert presenter.posted == []


async def test_options_that_are_made_at_two_processes_at_the_same_time_all_count(
    services: Services, other: Services
) -> None:
    names = ["red", "green", "blue", "white"]
    both = [services.preferences, other.preferences] * 2

    await asyncio.gather(*(one.set_option(ANA, name, f"{name} oil") for one, name in zip(both, names, strict=True)))

    services.store.notes.forget_all()
    assert set(await services.preferences.options(ANA)) == set(names)


async def test_reload_at_another_process_is_done_here_too(services: Services, other: Services) -> None:
    here = LiveSettings.of(services.settings)
    reloading = Reloading(here, lambda: make_settings(units_per_day="7"), services.store)
    await reloading.look_once()

    await other.reloading.reload_everywhere(1)
    await reloading.look_once()

    assert here.limits.units_per_day == 7


async def test_reload_at_another_process_while_this_one_starts_is_done_here_too(
    services: Services, other: Services
) -> None:
    here = LiveSettings.of(services.settings)  # as they were read before the database was opened
    reloading = Reloading(here, lambda: make_settings(units_per_day="7"), services.store)
    await other.reloading.reload_everywhere(1)

    async with at_work(reloading.run()):
        services.store.database.notifications.receive("")
        await until(lambda: here.limits.units_per_day == 7)
