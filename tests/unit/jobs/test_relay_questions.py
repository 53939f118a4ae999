"""Questions of the relay: answered where the answer is known, else put before the author."""

import pytest

from bot.domain.job import Failure, FailureKind, JobStatus
from bot.domain.outcomes import (
    Accepted,
    Asks,
    NeedsInput,
    Uncertain,
)
from bot.domain.requests import Action, Button
from bot.errors import UserError
from bot.services import Services
from tests.support.makers import (
    TASK,
    VARY_3,
    make_token,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import REGION, asked, now, running, waiting, work_off

S = JobStatus
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)


async def test_question_nobody_expected_is_put_before_the_author(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await asked(services, engine)

    assert (job.status, job.task_id, job.told) == (S.AWAITING_INPUT, "7", True)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.AWAITING_INPUT]
    assert job.token is not None


async def test_question_comes_with_the_text_that_the_relay_suggests(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat, three times larger")]
    job = await waiting(services, VARY.model_copy(update={"button": Button(custom_id="MJ::Odd::1", label="Odd")}))

    await services.jobs.submission.submit(job.id)

    assert (await now(services, job)).prompt == "a cat, three times larger"


@pytest.mark.parametrize("request_", [VARY, REGION.model_copy(update={"answer": "a dog"})], ids=["remix", "typed"])
async def test_question_that_has_its_answer_is_answered_at_once(
    request_: Action, services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]

    job = await running(services, request_)

    assert [(sent.task_id, getattr(sent.request, "is_answered", None)) for sent in engine.submitted] == [
        (None, False),
        ("7", True),
    ]
    assert job.prompt == (request_.answer or "a cat")


async def test_second_question_about_the_same_answer_goes_to_the_author(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), NeedsInput("7", "a cat"), Accepted("9")]
    job = await waiting(services, VARY)

    await services.jobs.submission.submit(job.id)

    assert len(engine.submitted) == 2
    assert (await now(services, job)).status is S.AWAITING_INPUT


async def test_answer_of_the_author_is_sent_to_the_task(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    await services.jobs.submission.answer(job, "a dog", make_token())
    answered = services.jobs.live.waiting[job.id].request
    assert isinstance(answered, Action)
    assert not answered.is_answered  # it has not left yet
    await services.jobs.submission.submit(job.id)

    sent = engine.submitted[-1]
    assert (sent.task_id, sent.prompt) == ("7", "a dog")
    assert services.jobs.live.running[job.id].prompt == "a dog"


async def test_question_is_answered_once(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    await services.jobs.submission.answer(job, "a dog", make_token())

    assert job.id not in services.jobs.deliveries.due  # where it would lapse
    for known in (job, await now(services, job)):
        with pytest.raises(UserError, match="This question has been answered"):
            await services.jobs.submission.answer(known, "a bird", make_token())
    assert (await now(services, job)).prompt == "a dog"


async def test_question_that_nobody_answers_lapses_and_was_put_once(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await asked(services, engine)

    clock.pass_by(15 * 60 + 1)
    await work_off(services)
    await work_off(services)

    assert (await now(services, job)).failure == Failure(kind=FailureKind.UNANSWERED)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.AWAITING_INPUT, S.EXPIRED]


async def test_task_found_in_a_modal_is_answered_without_asking(services: Services, engine: ScriptedEngine) -> None:
    job = await running(services, VARY)

    assert await services.jobs.tracking.advance(job, Asks("a cat")) is False

    assert services.jobs.live.queue.take() == [job.id]
    await services.jobs.submission.submit(job.id)
    assert engine.submitted[-1].task_id == job.task_id


async def test_task_found_in_a_modal_asks_its_author(services: Services) -> None:
    job = await running(services, REGION)

    assert await services.jobs.tracking.advance(job, Asks("")) is False

    assert (await now(services, job)).status is S.AWAITING_INPUT


async def test_stopped_job_found_in_a_modal_is_over_and_not_answered(services: Services) -> None:
    job = await running(services, VARY)
    await services.jobs.controls.cancel(job)

    assert await services.jobs.tracking.advance(job, Asks("a cat")) is False

    assert (await now(services, job)).status is S.CANCELLED
    assert services.jobs.live.queue.take() == []


async def test_lost_answer_to_a_modal_is_told_by_its_task(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Uncertain("reset")]

    job = await running(services, VARY)

    assert (job.status, job.task_id) == (S.RUNNING, "7")


async def test_job_of_another_kind_has_no_question_to_answer(services: Services) -> None:
    job = await waiting(services)
    asking = await services.store.move(job, [S.RECEIVED], S.AWAITING_INPUT, task_id="7")
    assert asking is not None

    with pytest.raises(UserError, match="has been answered"):
        await services.jobs.submission.answer(asking, "a dog", make_token())
