"""Jobs of an engine that the owner switched off: kept, told of in a sentence, and taken up when it is on again."""

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Place
from bot.domain.outcomes import Finished, Refused, Succeeded, Uncertain
from bot.domain.requests import EngineRequest, Imagine, Mode
from bot.domain.rules import offer_of
from bot.errors import UserError
from bot.jobs.poller import Poller
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.loops import make_poller
from tests.support.makers import ANA, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.services import make_services
from tests.support.walk import asked, now, running, waiting, work_off

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
) -> Services:
    """A second life in which the painter is off."""
    return make_services(
        store=store,
        engines={"midjourney": engine},
        pictures=pictures,
        presenter=presenter,
        settings=settings,
        clock=clock,
    )


async def uncertain(services: Services, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(services, PAINT)
    await services.jobs.submission.submit(job.id)
    engine.answers = []
    return await now(services, job)


async def test_start_and_loops_pass_them_by_and_the_next_start_with_it_takes_them_up(
    services: Services, off: Services, engine: ScriptedEngine, poller: Poller
) -> None:
    at_relay, in_queue = await running(services, PAINT), await waiting(services, PAINT)
    other = await running(services)
    engine.looked.clear()

    await off.jobs.recovery.resume()
    await work_off(off)
    await poller.look_once()

    assert list(off.jobs.live.running) == [other.id]
    assert off.jobs.live.waiting == {}
    assert engine.looked == [[other.id]]
    assert [(await now(off, job)).status for job in (at_relay, in_queue)] == [S.RUNNING, S.RECEIVED]

    services.jobs.live.running.clear()
    services.jobs.live.waiting.clear()
    await services.jobs.recovery.resume()
    assert set(services.jobs.live.running) == {at_relay.id, other.id}
    assert list(services.jobs.live.waiting) == [in_queue.id]


@pytest.fixture
def poller(off: Services) -> Poller:
    return make_poller(off)


async def test_touching_one_says_so(services: Services, off: Services) -> None:
    at_relay, in_queue = await running(services, PAINT), await waiting(services, PAINT)
    await off.jobs.recovery.resume()

    for job in (at_relay, in_queue):
        with pytest.raises(UserError, match="painter is switched off"):
            await off.jobs.controls.fresh_token(await now(off, job), make_token())
    with pytest.raises(UserError, match="painter is switched off"):
        await off.jobs.controls.seed(at_relay)


async def test_they_can_still_be_stopped(services: Services, off: Services) -> None:
    at_relay, in_queue = await running(services, PAINT), await waiting(services, PAINT)
    await off.jobs.recovery.resume()

    assert await off.jobs.controls.cancel(at_relay) is S.RUNNING
    assert await off.jobs.controls.cancel(in_queue) is S.RECEIVED
    assert (await now(off, in_queue)).status is S.CANCELLED


async def test_results_that_are_there_are_posted(services: Services, off: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Finished(make_result())]
    job = await waiting(services, PAINT)
    await services.jobs.submission.submit(job.id)

    await off.jobs.recovery.resume()
    await work_off(off)

    assert (await now(off, job)).status is S.DONE


async def test_unknown_outcomes_are_told_and_stay_unknown(
    services: Services, off: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(services, engine)

    await off.jobs.recovery.resume()
    await work_off(off)
    await off.jobs.recovery.on_callback(job.id, "7")

    assert [(posted.id, posted.status) for posted, _attempt in presenter.posted] == [(job.id, S.UNCERTAIN)]
    assert engine.searched == []
    with pytest.raises(UserError, match="painter is switched off"):
        await off.jobs.recovery.retry_recovery(await now(off, job), make_token())
    assert (await now(off, job)).status is S.UNCERTAIN


async def test_answer_that_was_on_its_way_keeps_its_task(services: Services, off: Services) -> None:
    job = await waiting(services, PAINT)
    await services.store.move(job, [S.RECEIVED], S.SUBMITTING, task_id="7")

    await off.jobs.recovery.resume()

    left = await now(off, job)
    assert (left.status, left.task_id, list(off.jobs.live.running)) == (S.SUBMITTING, "7", [])


async def test_their_questions_are_not_answered(services: Services, off: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)
    await services.store.update(job, engine="painter")

    with pytest.raises(UserError, match="painter is switched off"):
        await off.jobs.submission.answer(await now(off, job), "a dog", make_token())

    assert (await now(off, job)).status is S.AWAITING_INPUT


async def test_those_that_timed_out_are_not_looked_at(services: Services, off: Services) -> None:
    job = await running(services, PAINT)
    await services.store.move(job, [S.RUNNING], S.EXPIRED, failure=Failure(kind=FailureKind.EXPIRED))

    with pytest.raises(UserError, match="painter is switched off"):
        await off.jobs.recovery.retry_recovery(await now(off, job), make_token())

    assert (await now(off, job)).status is S.EXPIRED


async def test_new_ones_are_refused(off: Services) -> None:
    with pytest.raises(UserError, match="painter is switched off"):
        await off.jobs.admission.request(ANA, PLACE, PAINT, mode=None, token=make_token())

    assert await off.store.unfinished() == []


async def test_a_model_that_is_not_offered_leaves_the_others(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.UNSUPPORTED))]
    missing = PAINT.model_copy(update={"options": {"model": "flux/missing"}})
    for _time in range(2):
        job = await waiting(services, missing)
        await services.jobs.submission.submit(job.id)

    with pytest.raises(UserError, match="does not offer this"):
        await services.jobs.admission.request(ANA, PLACE, missing, mode=None, token=make_token())
    await services.jobs.admission.request(ANA, PLACE, PAINT, mode=None, token=make_token())
    assert offer_of(PAINT.model_copy(update={"options": {"model_name": "v2"}})) == "painter.generate/v2"


@pytest.mark.parametrize(
    ("refused", "mode"),
    [
        (Imagine(prompt="a cat"), Mode.TURBO),
        (Imagine(prompt="a cat", pictures=("one",), references=("--sref",)), None),
        (Imagine(prompt="a cat", pictures=("one",)), None),
    ],
    ids=["a speed", "a link", "a picture"],
)
async def test_what_is_not_offered_of_imagine_leaves_the_rest(
    services: Services, engine: ScriptedEngine, refused: Imagine, mode: Mode | None
) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.UNSUPPORTED, detail=mode or ""))]
    for _time in range(2):
        job = await waiting(services, refused, mode=mode)
        await services.jobs.submission.submit(job.id)

    with pytest.raises(UserError, match="does not offer this"):
        await services.jobs.admission.request(ANA, PLACE, refused, mode=mode, token=make_token())
    await services.jobs.admission.request(ANA, PLACE, Imagine(prompt="a cat"), mode=None, token=make_token())


async def test_job_that_runs_while_its_engine_is_switched_off_is_followed_to_its_end(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services, PAINT)
    on = dict(services.jobs.engines._by_name)
    services.jobs.engines._by_name = {"midjourney": on["midjourney"]}  # as settings that are read again do
    engine.sees = lambda _job: Succeeded(make_result())

    clock.pass_by(60)
    await make_poller(services).look_once()

    assert (await now(services, job)).status is S.POSTING
    with pytest.raises(UserError, match="painter is switched off"):
        await services.jobs.admission.request(ANA, PLACE, PAINT, mode=None, token=make_token())
