"""The submit: marked before it leaves, sent once, and what each answer of the relay comes to."""

import asyncio
from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, JobStatus, Result, ResultImage, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Exists,
    Failed,
    Finished,
    Refused,
    SubmitOutcome,
    Succeeded,
    Uncertain,
)
from bot.domain.requests import Action, Describe, EngineRequest, Mode
from bot.errors import PictureError, UserError
from bot.jobs.live_jobs import ROUND_S
from bot.jobs.transitions import DEADLINES_S
from bot.language import _
from bot.services import Services
from tests.support.makers import (
    PICK_2,
    START,
    TASK,
    make_result,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import CAT, now, received, running, waiting, work_off

pytestmark = pytest.mark.both_databases

S = JobStatus
PAINT = EngineRequest(engine="painter", kind="generate", prompt="a cat")


async def test_mark_is_stored_before_the_paid_call_leaves(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)
    engine.gate.clear()

    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()

    assert (await now(services, job)).status is S.SUBMITTING
    engine.gate.set()
    await submit


async def test_job_is_submitted_once_however_often_it_is_asked_for(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)

    await asyncio.gather(*(services.jobs.submission.submit(job.id) for _ in range(5)))

    assert len(engine.submitted) == 1


@pytest.mark.parametrize("outcome", [Accepted("7"), Accepted("7", ahead=3), Exists("7")])
async def test_taken_job_runs_with_its_task_and_deadline(
    outcome: SubmitOutcome, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [outcome]

    job = await running(services)

    assert (job.status, job.task_id, job.submitted_at) == (S.RUNNING, "7", START)
    assert job.deadline_at == clock.after(DEADLINES_S[Mode.FAST])
    assert job.id in services.jobs.live.looks


@pytest.mark.parametrize(
    ("mode", "request_", "seconds"),
    [
        (Mode.TURBO, CAT, 8),
        (Mode.FAST, CAT, 12),
        (None, CAT, 12),
        (Mode.RELAX, CAT, 30),
        (Mode.RELAX, Action(prompt="a cat", button=PICK_2, parent_task_id=TASK), 3),
    ],
)
async def test_first_look_waits_for_what_is_usual(
    mode: Mode | None, request_: Any, seconds: float, services: Services, clock: ManualClock
) -> None:
    job = await running(services, request_, mode=mode)

    clock.pass_by(seconds - ROUND_S)
    assert services.jobs.live.looks.take() == []
    clock.pass_by(ROUND_S)
    assert services.jobs.live.looks.take() == [job.id]


@pytest.mark.parametrize("kind", [FailureKind.BANNED, FailureKind.INVALID, FailureKind.FORGOTTEN, FailureKind.RELAY])
async def test_refused_job_ends_and_its_author_is_told(
    kind: FailureKind, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Refused(Failure(kind=kind, detail="word"))]
    job = await waiting(services)

    assert await services.jobs.submission.submit(job.id) is None
    await work_off(services)

    told = await now(services, job)
    assert (told.status, told.failure, told.told) == (S.REFUSED, Failure(kind=kind, detail="word"), True)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.REFUSED]


async def test_what_the_relay_does_not_offer_is_remembered_by_kind(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.UNSUPPORTED))]
    for _time in range(2):
        await services.jobs.submission.submit((await waiting(services, Describe(pictures=("a.png",)))).id)

    with pytest.raises(UserError, match="does not offer this"):
        await received(services, Describe(pictures=("b.png",)))

    await received(services, CAT)


async def test_refusals_of_what_is_offered_count_in_a_row(services: Services, engine: ScriptedEngine) -> None:
    refused = Refused(Failure(kind=FailureKind.UNSUPPORTED))
    engine.answers = [refused, Accepted("7"), refused]
    for _time in range(3):
        await services.jobs.submission.submit((await waiting(services)).id)

    await received(services)


@pytest.mark.parametrize("wait", [Wait.QUEUE_FULL, Wait.UNREACHABLE, Wait.CREDIT, Wait.KEY])
async def test_busy_relay_sends_the_job_back_to_wait_and_says_why(
    wait: Wait, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    engine.answers = [Busy(wait, 15.0)]
    job = await waiting(services)
    services.jobs.live.queue.take()

    assert await services.jobs.submission.submit(job.id) == 15.0

    back = await now(services, job)
    assert (back.status, back.waiting_for) == (S.RECEIVED, wait)
    assert (back.task_id, back.submitted_at) == (None, None)
    assert presenter.shown[-1][0] == back
    assert (services.jobs.live.held, services.jobs.live.queue.take()) == ({"midjourney": wait}, [])
    clock.pass_by(15)
    assert services.jobs.live.queue.take() == [job.id]


@pytest.mark.parametrize(("wait", "alerts"), [(Wait.CREDIT, 1), (Wait.KEY, 1), (Wait.QUEUE_FULL, 0)])
async def test_owner_is_told_once_of_what_only_the_owner_can_mend(
    wait: Wait, alerts: int, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Busy(wait, 60.0)]
    for _number in range(3):
        await services.jobs.submission.submit((await waiting(services)).id)

    assert len(presenter.alerts) == alerts


async def test_owner_is_told_again_after_the_relay_took_jobs(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0), Accepted("7"), Busy(Wait.CREDIT, 60.0)]
    for _number in range(3):
        await services.jobs.submission.submit((await waiting(services)).id)

    assert len(presenter.alerts) == 2
    assert presenter.resolved == ["credit:midjourney"]


async def test_owner_is_told_of_each_engine_whose_account_is_empty(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0)]
    painted = await waiting(services, request=EngineRequest(engine="painter", kind="generate", prompt="a cat"))
    for job in (await waiting(services), painted):
        await services.jobs.submission.submit(job.id)

    assert [alert.subject for alert in presenter.told] == ["midjourney", "painter"]


async def test_waiting_job_that_is_taken_at_last_waits_for_nothing(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0), Accepted("7")]
    job = await waiting(services)

    for _number in range(2):
        await services.jobs.submission.submit(job.id)

    assert (services.jobs.live.running[job.id].waiting_for, services.jobs.live.held) == ("", {})


async def test_picture_that_is_gone_refuses_the_job(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [PictureError(_("This picture is no longer stored."))]
    job = await waiting(services)

    await services.jobs.submission.submit(job.id)

    assert (await now(services, job)).failure == Failure(
        kind=FailureKind.PICTURE, detail="This picture is no longer stored."
    )


async def test_result_that_came_with_the_answer_is_posted(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Finished(make_result())]
    job = await waiting(services, PAINT)

    await services.jobs.submission.submit(job.id)
    await services.jobs.deliveries.deliver(job.id)

    assert ((await now(services, job)).status, job.id in services.jobs.live.running) == (S.DONE, False)


async def test_result_that_came_with_the_answer_is_kept_for_who_stopped_it(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Finished(make_result())]
    engine.gate.clear()
    job = await waiting(services, PAINT)
    submit = asyncio.create_task(services.jobs.submission.submit(job.id))
    await engine.arrived.wait()
    await services.jobs.controls.cancel(await now(services, job))
    engine.gate.set()
    await submit

    await services.jobs.deliveries.deliver(job.id)

    assert (await now(services, job)).status is S.UNDELIVERABLE


async def test_engine_that_gives_up_at_once_fails_the_job_with_its_kind(
    services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Failed("unsafe", FailureKind.POLICY)]
    job = await waiting(services, PAINT)

    await services.jobs.submission.submit(job.id)

    failed = await now(services, job)
    assert (failed.status, failed.failure) == (S.FAILED, Failure(kind=FailureKind.POLICY, detail="unsafe"))


async def test_every_picture_of_a_result_is_kept(services: Services, engine: ScriptedEngine) -> None:
    shots = [ResultImage(image_url="https://img.example.com/grid.png"), ResultImage(picture="sent-as-bytes.png")]
    engine.answers = [Finished(make_result().model_copy(update={"more": tuple(shots)}))]
    job = await waiting(services, PAINT)
    await services.jobs.submission.submit(job.id)

    await services.jobs.deliveries.deliver(job.id)

    result = (await now(services, job)).result
    assert result is not None
    assert [shot.picture for shot in result.more] == [f"{job.id}-1.png", "sent-as-bytes.png"]


async def test_one_engine_that_takes_nothing_holds_no_other(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60)]
    job = await waiting(services, PAINT)

    await services.jobs.submission.submit(job.id)

    assert services.jobs.live.held == {"painter": Wait.CREDIT}


@pytest.mark.parametrize(("was_answered", "kind"), [(True, FailureKind.STRANGE), (False, None)])
async def test_strange_answers_are_told_from_broken_connections(
    was_answered: bool, kind: FailureKind | None, services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Uncertain("HTTP 200", was_answered=was_answered, words="odd")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)

    uncertain = await now(services, job)
    assert uncertain.status is S.UNCERTAIN
    assert uncertain.failure == (Failure(kind=kind, detail="odd") if kind else None)


async def test_what_was_paid_and_came_to_nothing_keeps_its_units(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result()))

    assert job.units in await services.store.spent(job.actor, job.created_at.date().isoformat())
