"""What several processes may have at a relay together, and which engines none of them tries."""

import pytest

from bot.domain.job import JobStatus, Wait
from bot.domain.outcomes import Busy
from bot.domain.requests import EngineRequest
from bot.jobs.build import JobLoops
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.loops import make_loops
from tests.support.ports import RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.support.walk import now, running, waiting

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]

S = JobStatus


@pytest.fixture
def loops(services: Services) -> JobLoops:
    return make_loops(services, services.clock)


async def test_engine_that_another_process_found_full_is_left_alone_and_tried_by_one(
    services: Services, other: Services, loops: JobLoops, engine: ScriptedEngine
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, retry_after_s=60)]
    await other.jobs.submission.submit((await waiting(other)).id)
    await loops.changes_elsewhere.look_once()
    assert services.jobs.live.held == {"midjourney": Wait.QUEUE_FULL}
    assert services.jobs.live.held_until["midjourney"] > services.clock.monotonic()

    engine.answers = []
    mine, theirs = await waiting(services), await waiting(other)
    sent = len(engine.submitted)
    for one, job in ((services, mine), (other, theirs)):
        await one.jobs.submission.submit(job.id)
    assert [job.id for job in engine.submitted[sent:]] == [mine.id]

    await make_loops(other, other.clock).changes_elsewhere.look_once()
    assert (services.jobs.live.held, other.jobs.live.held) == ({}, {})


async def test_engine_that_was_taken_for_full_is_not_once_a_process_alone_saw_it_take_something(
    services: Services, other: Services, loops: JobLoops, engine: ScriptedEngine, database: str
) -> None:
    engine.answers = [Busy(Wait.CREDIT, retry_after_s=60)]
    await services.jobs.submission.submit((await waiting(services)).id)
    await other.store.database.processes.leave()
    await services.store.database.processes.renew()

    engine.answers = []
    await services.jobs.submission.submit((await waiting(services)).id)

    async with JobStore.opened(database):
        await services.store.database.processes.renew()
        await loops.changes_elsewhere.look_once()
        assert services.jobs.live.held == {}


async def test_engine_that_took_nothing_is_left_alone_by_who_comes_later_and_after_a_restart(
    services: Services, other: Services, engine: ScriptedEngine
) -> None:
    await other.store.database.processes.leave()
    await services.store.database.processes.renew()
    engine.answers = [Busy(Wait.CREDIT, retry_after_s=60)]
    await services.jobs.submission.submit((await waiting(services)).id)

    for one in (services, other):
        await make_loops(one, one.clock).changes_elsewhere.look_once()
        assert one.jobs.live.held == {"midjourney": Wait.CREDIT}


async def test_hold_of_a_relay_that_is_in_use_no_more_is_nobodys_affair(services: Services, loops: JobLoops) -> None:
    await services.store.shared_limits.hold("midjourney@old", Wait.CREDIT, 60)

    await loops.changes_elsewhere.look_once()

    assert services.jobs.live.held == {}


async def test_jobs_that_are_kept_until_their_engine_is_on_again_take_no_place_of_others(
    services: Services, engine: ScriptedEngine, pictures: Pictures, database: str
) -> None:
    for _ in range(services.settings.limits.max_running_per_member):
        await running(services, EngineRequest(engine="painter", kind="generate", prompt="a cat"))

    async with JobStore.opened(database) as store:
        without_painter = make_services(
            store=store,
            engines={"midjourney": engine},
            pictures=pictures,
            presenter=RecordingPresenter(),
            settings=services.settings,
            clock=services.clock,
        )
        job = await running(without_painter)

    assert (await now(services, job)).status is S.RUNNING


async def test_job_for_which_another_process_leaves_no_room_waits_here(
    services: Services, other: Services, engine: ScriptedEngine
) -> None:
    for _ in range(services.settings.limits.max_running_per_member):
        await running(other)
    sent = len(engine.submitted)
    job = await waiting(services)

    assert await services.jobs.submission.submit(job.id) is None

    assert len(engine.submitted) == sent
    assert (await now(services, job)).status is S.RECEIVED
    assert list(services.jobs.live.waiting) == [job.id]


async def test_what_is_paused_claims_no_place_from_other_processes(services: Services, other: Services) -> None:
    await waiting(other)
    await other.jobs.moderation.pause(201, 903)
    await other.store.database.processes.renew()

    async with services.store.database.reading() as connection:
        peers = await services.store.database.processes.peers(connection)

    assert [peer.waiting for peer in peers] == [0]
