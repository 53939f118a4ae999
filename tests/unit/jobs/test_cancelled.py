"""After Cancel nothing paid leaves, whatever was on its way."""

import asyncio

import pytest

from bot.cancellation import check_wanted, only_while
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.outcomes import Accepted, Asks, Busy, Failed, NeedsInput, Resubmit, SubmitOutcome, Working
from bot.domain.requests import Action, Button, Imagine
from bot.errors import RelayUnclearError, StoppedError
from bot.relay.http import RelayHttp
from bot.services import Services
from bot.storage.jobs import JobStore
from tests.support.loopback import ScriptedRelay
from tests.support.makers import DAY, NO_LIMITS, TASK, VARY_3, make_job, make_token
from tests.support.ports import RecordingPresenter, ScriptedEngine
from tests.support.walk import now, received, running, waiting, work_off

S = JobStatus
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)
REGION = Action(prompt="a cat", button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK)
DOG = Imagine(prompt="a dog")


async def stopped_on_its_way(services: Services, engine: ScriptedEngine, request: Action | Imagine = DOG) -> Job:
    """A job whose author pressed Cancel while its submit was being made, which has its answer now."""
    job = await waiting(services, request)
    engine.gate.clear()
    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()
    await services.jobs.controls.cancel(job)
    engine.gate.set()
    await submit
    return await now(services, job)


@pytest.mark.parametrize(
    "outcome",
    [Resubmit(DOG), Busy(Wait.QUEUE_FULL, 15.0), NeedsInput("7", "a cat")],
    ids=["instead", "busy", "dialog"],
)
async def test_stopped_job_is_over_whatever_was_to_be_sent_next(
    outcome: SubmitOutcome, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [outcome]

    job = await stopped_on_its_way(services, engine, VARY)
    await work_off(services)
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)

    assert (job.status, job.failure) == (S.CANCELLED, Failure(kind=FailureKind.STOPPED))
    assert (len(engine.submitted), list(services.jobs.live.waiting), list(services.jobs.live.running)) == (1, [], [])
    assert [posted.status for posted, _attempt in presenter.posted] == [S.CANCELLED]


async def test_question_to_somebody_who_stopped_the_job_is_never_put(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]

    job = await stopped_on_its_way(services, engine, REGION)

    assert job.status is S.CANCELLED


async def test_call_that_has_not_left_yet_is_held_back_when_its_author_stops_it(
    services: Services, engine: ScriptedEngine
) -> None:
    left: list[str] = []
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def submit(job: Job) -> SubmitOutcome:
        begun.set()
        await go_on.wait()  # pictures are uploaded, a forgotten parent is waited for
        check_wanted()
        left.append(job.id)
        return Accepted("7")

    engine.submit = submit  # type: ignore[method-assign]
    job = await waiting(services)
    way = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await begun.wait()

    await services.jobs.controls.cancel(job)
    go_on.set()
    await way

    assert (left, (await now(services, job)).status) == ([], S.CANCELLED)


async def test_stop_of_one_submit_says_nothing_about_the_next(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 1.0)]
    await stopped_on_its_way(services, engine)
    engine.answers = [Accepted("8")]

    assert (await running(services)).status is S.RUNNING


async def test_the_relay_is_asked_once_to_stop_the_task_of_a_stopped_job(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Working(31))
    await services.jobs.controls.cancel(job)
    due = services.jobs.live.looks.take()
    engine.trouble = RelayUnclearError("no word of it")

    for percent in (46, 62):
        assert await services.jobs.tracking.advance(job, Working(percent))

    assert (due, engine.cancelled) == ([job.id], [job.id])


@pytest.mark.parametrize("is_stopped", [True, False], ids=["by-us", "by-others"])
async def test_a_task_that_was_stopped_leaves_spent_what_may_have_been_charged(
    is_stopped: bool, services: Services
) -> None:
    job = await running(services)
    if is_stopped:
        await services.jobs.controls.cancel(job)

    await services.jobs.tracking.advance(job, Failed("cancelled", FailureKind.STOPPED))

    ended = await now(services, job)
    given_up, failed = Failure(kind=FailureKind.GIVEN_UP), Failure(kind=FailureKind.RELAY, detail="cancelled")
    assert (ended.status, ended.failure) == ((S.CANCELLED, given_up) if is_stopped else (S.FAILED, failed))
    assert (await services.store.spent(job.actor, DAY))[0] == (1 if is_stopped else 0)


async def test_paid_request_that_is_not_wanted_never_leaves_and_a_free_one_does() -> None:
    async with ScriptedRelay.serving({}) as relay, RelayHttp.opened(relay.url, {}) as client:
        with only_while(lambda: False):
            with pytest.raises(StoppedError):
                await client.submit("/mj/submit/imagine", {})
            with pytest.raises(StoppedError):
                await client.submit_form("/ideogram/remix", {"prompt": "a cat"})
            await client.look("/mj/task/1/fetch")
        await client.submit("/mj/submit/blend", {})

    assert [request.path for request in relay.seen] == ["/mj/task/1/fetch", "/mj/submit/blend"]


@pytest.mark.parametrize("status", [S.RECEIVED, S.AWAITING_INPUT])
async def test_start_ends_what_was_stopped_and_could_still_be_sent(
    status: JobStatus, store: JobStore, services: Services, engine: ScriptedEngine
) -> None:
    job = make_job(S.RECEIVED, card_id=401)
    await store.admissions.admit(job, NO_LIMITS, DAY)
    await store.move(job, [S.RECEIVED], status, stopped=True)  # as an older version left it

    await services.jobs.recovery.resume()
    await work_off(services)

    assert ((await now(services, job)).status, list(services.jobs.live.waiting), engine.submitted) == (
        S.CANCELLED,
        [],
        [],
    )


@pytest.mark.parametrize("status", [S.RECEIVED, S.SUBMITTING, S.AWAITING_INPUT])
async def test_no_statement_brings_a_stopped_job_nearer_to_a_paid_call(status: JobStatus, store: JobStore) -> None:
    job = make_job(S.RECEIVED)
    await store.admissions.admit(job, NO_LIMITS, DAY)
    await store.move(job, [S.RECEIVED], S.RUNNING, stopped=True)

    moved = await store.move(job, [S.RUNNING], status, task_id="7")

    assert moved is not None
    assert (moved.status, moved.told, moved.failure) == (S.CANCELLED, False, Failure(kind=FailureKind.STOPPED))
    assert await store.spent(job.actor, DAY) == (0, 0)


async def test_answer_to_a_question_of_a_stopped_job_is_refused(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, REGION)
    await services.jobs.submission.submit(job.id)
    await services.store.move(job, [S.AWAITING_INPUT], S.AWAITING_INPUT, stopped=True)

    with pytest.raises(Exception, match="has been answered"):
        await services.jobs.submission.answer(await now(services, job), "a dog", make_token())

    assert ((await now(services, job)).status, len(engine.submitted)) == (S.CANCELLED, 1)


async def test_task_that_turns_out_to_ask_is_not_answered_for_somebody_who_stopped_it(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await running(services, VARY)
    await services.store.move(job, [S.RUNNING], S.RUNNING, stopped=True)  # our copy in memory does not know yet

    assert await services.jobs.tracking.advance(job, Asks("a cat")) is False

    assert ((await now(services, job)).status, list(services.jobs.live.waiting), len(engine.submitted)) == (
        S.CANCELLED,
        [],
        1,
    )


async def test_job_that_waits_for_its_pictures_is_not_sent_once_it_is_stopped(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await received(services)
    await services.jobs.controls.cancel(job)

    await services.jobs.intake.card_shown(job, 401)
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)

    assert (engine.submitted, (await now(services, job)).status) == ([], S.CANCELLED)
