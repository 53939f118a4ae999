"""What nobody else notices is told once it has lasted, and its end once it is over."""

from datetime import timedelta

import pytest

from bot.domain.alerts import Level
from bot.domain.job import Group, GroupKind, JobStatus, Wait, new_job_id
from bot.operation.watch import AWAY_FOR_S, LOOK_S, QUEUE_FOR_S, SILENT_FOR_S, UNCERTAIN_FOR_S, Watch
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, DAY, NO_LIMITS, START, make_job, make_place
from tests.support.ports import ManualClock, RecordingPresenter
from tests.support.refusals import refusals

UP: dict[int, bool] = {}


@pytest.fixture(autouse=True)
def shards() -> dict[int, bool]:
    UP.clear()
    UP[0] = UP[1] = True
    return UP


@pytest.fixture
def watch(services: Services, presenter: RecordingPresenter, clock: ManualClock) -> Watch:
    jobs = services.jobs
    return Watch(services.store.database, jobs.live, jobs.moderation, jobs.inputs, lambda: UP, presenter, clock)


async def look_for(watch: Watch, clock: ManualClock, seconds: float) -> None:
    """Look once a minute for a while, and at its end."""
    for _minute in range(int(seconds // LOOK_S)):
        await watch.look_once()
        clock.pass_by(LOOK_S)
    await watch.look_once()


async def job(store: JobStore, status: JobStatus, **changes: object) -> str:
    made = make_job(JobStatus.RECEIVED, **changes)
    await store.admissions.admit(made, NO_LIMITS, DAY)
    if status is not made.status:
        await store.move(made, [made.status], status)
    return made.id


async def test_all_is_well_tells_nothing(watch: Watch, clock: ManualClock, presenter: RecordingPresenter) -> None:
    await look_for(watch, clock, 3600)

    assert (presenter.alerts, presenter.resolved) == ([], [])


async def test_jobs_that_may_be_paid_are_told_after_a_quarter_of_an_hour_and_once(
    watch: Watch, services: Services, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    job_id = await job(services.store, JobStatus.UNCERTAIN)

    await look_for(watch, clock, UNCERTAIN_FOR_S - LOOK_S)
    early = list(presenter.alerts)
    clock.pass_by(LOOK_S)
    await look_for(watch, clock, 3600)
    given_up = await services.store.get(job_id)
    assert given_up is not None
    await services.store.move(given_up, [JobStatus.UNCERTAIN], JobStatus.CANCELLED)
    await watch.look_once()

    assert early == []
    assert [(alert.level, str(alert.sentence)[:6]) for alert in presenter.told] == [(Level.CRITICAL, "1 job ")]
    assert presenter.resolved == ["uncertain:"]


async def test_one_that_is_found_in_between_begins_anew(
    watch: Watch, services: Services, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    for _time in range(2):
        job_id = await job(services.store, JobStatus.UNCERTAIN)
        await look_for(watch, clock, UNCERTAIN_FOR_S - LOOK_S)
        found = await services.store.get(job_id)
        assert found is not None
        await services.store.move(found, [JobStatus.UNCERTAIN], JobStatus.RUNNING)
        await watch.look_once()

    assert presenter.alerts == []


async def test_results_that_could_not_be_posted_are_counted_since_the_last_look(
    watch: Watch, services: Services, presenter: RecordingPresenter
) -> None:
    await job(services.store, JobStatus.UNDELIVERABLE)
    await watch.look_once()
    for _number in range(2):
        await job(services.store, JobStatus.UNDELIVERABLE)
    await watch.look_once()
    await watch.look_once()

    assert [str(alert.sentence)[:9] for alert in presenter.told] == ["2 results"]


async def test_results_that_were_stopped_or_wait_for_a_moderator_could_be_posted(
    watch: Watch, services: Services, presenter: RecordingPresenter
) -> None:
    await watch.look_once()
    await job(services.store, JobStatus.UNDELIVERABLE, stopped=True)
    await job(services.store, JobStatus.UNDELIVERABLE, in_review=True)
    await watch.look_once()

    assert presenter.told == []


async def test_a_job_that_waits_for_half_an_hour_is_told_until_the_queue_is_drained(
    watch: Watch, services: Services, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    job_id = await job(services.store, JobStatus.RECEIVED, created_at=clock.now())

    await look_for(watch, clock, QUEUE_FOR_S - LOOK_S)
    early = list(presenter.alerts)
    await look_for(watch, clock, 5 * LOOK_S)
    waiting = await services.store.get(job_id)
    assert waiting is not None
    await services.store.move(waiting, [JobStatus.RECEIVED], JobStatus.CANCELLED)
    await watch.look_once()

    assert (early, len(presenter.alerts), presenter.resolved) == ([], 1, ["queue:"])


async def test_what_people_paused_may_wait(watch: Watch, services: Services, presenter: RecordingPresenter) -> None:
    long_ago = START - timedelta(days=1)
    await job(services.store, JobStatus.RECEIVED, created_at=long_ago, place=make_place(guild_id=205))
    await services.jobs.moderation.pause(205)
    group = Group(new_job_id(), GroupKind.PERMUTATION, ANA, make_place(), "cats.csv", START, 401, is_batch=True)
    member = make_job(JobStatus.RECEIVED, group_id=group.id, created_at=long_ago)
    await services.store.admissions.admit_group(group, [member], NO_LIMITS, DAY)
    await services.store.groups.pause(group.id, is_paused=True)

    await watch.look_once()
    paused = list(presenter.alerts)
    await services.jobs.moderation.resume(205)
    await watch.look_once()

    assert (paused, len(presenter.alerts)) == ([], 1)


async def test_a_relay_that_is_away_is_told_after_five_minutes(
    watch: Watch, services: Services, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    services.jobs.live.held["fal"] = Wait.UNREACHABLE
    services.jobs.live.held["midjourney"] = Wait.QUEUE_FULL

    await look_for(watch, clock, AWAY_FOR_S - LOOK_S)
    early = list(presenter.alerts)
    clock.pass_by(LOOK_S)
    await look_for(watch, clock, AWAY_FOR_S)

    assert early == []
    assert [(str(alert.kind), alert.subject) for alert in presenter.told] == [("unreachable", "fal")]


async def test_no_gateway_is_told_after_five_minutes_and_its_end_by_whoever_has_the_shard(
    watch: Watch, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    UP.update({0: False, 1: False})
    await look_for(watch, clock, AWAY_FOR_S)
    told = [str(alert.kind) for alert in presenter.told]
    UP.update({0: True})
    await watch.look_once()

    assert (told, presenter.resolved) == (["gateway"], ["gateway:0"])


async def test_one_shard_of_two_is_no_outage(watch: Watch, clock: ManualClock, presenter: RecordingPresenter) -> None:
    UP.update({1: False})

    await look_for(watch, clock, 2 * AWAY_FOR_S)

    assert presenter.alerts == []


async def test_a_standby_without_shards_tells_nothing(
    watch: Watch, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    UP.clear()

    await look_for(watch, clock, 2 * AWAY_FOR_S)

    assert presenter.alerts == []


async def test_a_silent_database_is_told_after_two_minutes_and_when_it_answers(
    watch: Watch, store: JobStore, clock: ManualClock, presenter: RecordingPresenter
) -> None:
    await watch.look_once()
    for _minute in range(int(SILENT_FOR_S // LOOK_S) + 1):
        with refusals(store) as refused:
            refused.refuse_at(1)
            await watch.look_once()
        clock.pass_by(LOOK_S)
    told = [str(alert.kind) for alert in presenter.told]
    await watch.look_once()

    assert (told, presenter.resolved) == (["database"], [f"database:{store.database.machine}"])
