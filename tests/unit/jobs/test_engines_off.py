"""Jobs of an engine that the owner switched off: kept, told of in a sentence, and taken up when it is on again."""

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Place
from bot.domain.outcomes import Finished, Refused, Uncertain
from bot.domain.requests import EngineRequest
from bot.domain.rules import offer_of
from bot.errors import UserError
from bot.jobs.poller import Poller
from bot.jobs.service import JobService
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.loops import make_poller
from tests.support.makers import ANA, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import now, running, waiting, work_off

PAINT = EngineRequest(engine="painter", kind="generate", prompt="a cat")
PLACE: Place = make_place()
S = JobStatus


@pytest.fixture
def off(
    store: JobStore,
    engine: ScriptedEngine,
    pictures: Pictures,
    presenter: RecordingPresenter,
    settings: Settings,
    clock: ManualClock,
) -> JobService:
    """A second life in which the painter is off."""
    return JobService(
        store=store,
        engines={"midjourney": engine},
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
    )


async def uncertain(service: JobService, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(service, PAINT)
    await service.submit(job.id)
    engine.answers = []
    return await now(service, job)


async def test_start_and_loops_pass_them_by_and_the_next_start_with_it_takes_them_up(
    service: JobService, off: JobService, engine: ScriptedEngine, poller: Poller
) -> None:
    at_relay, in_queue = await running(service, PAINT), await waiting(service, PAINT)
    other = await running(service)
    engine.looked.clear()

    await off.resume()
    await work_off(off)
    await poller.look_once()

    assert list(off.running) == [other.id]
    assert off.waiting == {}
    assert engine.looked == [[other.id]]
    assert [(await now(off, job)).status for job in (at_relay, in_queue)] == [S.RUNNING, S.RECEIVED]

    service.running.clear()
    service.waiting.clear()
    await service.resume()
    assert set(service.running) == {at_relay.id, other.id}
    assert list(service.waiting) == [in_queue.id]


@pytest.fixture
def poller(off: JobService, clock: ManualClock) -> Poller:
    return make_poller(off, clock)


async def test_touching_one_says_so(service: JobService, off: JobService) -> None:
    at_relay, in_queue = await running(service, PAINT), await waiting(service, PAINT)
    await off.resume()

    for job in (at_relay, in_queue):
        with pytest.raises(UserError, match="switched painter off"):
            await off.fresh_token(await now(off, job), make_token())
    with pytest.raises(UserError, match="switched painter off"):
        await off.seed(at_relay)


async def test_they_can_still_be_stopped(service: JobService, off: JobService) -> None:
    at_relay, in_queue = await running(service, PAINT), await waiting(service, PAINT)
    await off.resume()

    assert await off.cancel(at_relay) is S.RUNNING
    assert await off.cancel(in_queue) is S.RECEIVED
    assert (await now(off, in_queue)).status is S.CANCELLED


async def test_results_that_are_there_are_posted(service: JobService, off: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Finished(make_result())]
    job = await waiting(service, PAINT)
    await service.submit(job.id)

    await off.resume()
    await work_off(off)

    assert (await now(off, job)).status is S.DONE


async def test_unknown_outcomes_are_told_and_stay_unknown(
    service: JobService, off: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(service, engine)

    await off.resume()
    await work_off(off)
    await off.hint(job.id, "7")

    assert [(posted.id, posted.status) for posted, _attempt in presenter.posted] == [(job.id, S.UNCERTAIN)]
    assert engine.searched == []
    with pytest.raises(UserError, match="switched painter off"):
        await off.look_again(await now(off, job), make_token())
    assert (await now(off, job)).status is S.UNCERTAIN


async def test_new_ones_are_refused(off: JobService) -> None:
    with pytest.raises(UserError, match="switched painter off"):
        await off.admission.request(ANA, PLACE, PAINT, mode=None, token=make_token())

    assert await off.store.unfinished() == []


async def test_a_model_that_is_not_offered_leaves_the_others(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.UNSUPPORTED))]
    missing = PAINT.model_copy(update={"options": {"model": "flux/missing"}})
    for _time in range(2):
        job = await waiting(service, missing)
        await service.submit(job.id)

    with pytest.raises(UserError, match="does not offer this"):
        await service.admission.request(ANA, PLACE, missing, mode=None, token=make_token())
    await service.admission.request(ANA, PLACE, PAINT, mode=None, token=make_token())
    assert offer_of(PAINT.model_copy(update={"options": {"model_name": "v2"}})) == "painter.generate/v2"
