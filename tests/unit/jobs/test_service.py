"""What each turn in a job's life means: submit, looks, delivery, stops, restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Result, ResultImage, Wait
from bot.domain.outcomes import (
    Accepted,
    Asks,
    Busy,
    Exists,
    Failed,
    Finished,
    Found,
    Missing,
    NeedsInput,
    NotListed,
    Observation,
    Refused,
    Search,
    SubmitOutcome,
    Succeeded,
    Uncertain,
    Working,
)
from bot.domain.requests import Action, Button, Describe, EngineRequest, Mode
from bot.domain.rules import OWN_GRID_BUTTONS
from bot.errors import PictureError, RelayUnclearError, UserError
from bot.jobs.intake import Prepared
from bot.jobs.live_jobs import ROUND_S
from bot.jobs.look_history import MISSING_FOR_S, UNSETTLED_FOR_S
from bot.jobs.transitions import DEADLINES_S
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.workers import Workers
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.storage.units import Limits
from tests.conftest import database_url
from tests.support.makers import (
    ANA,
    BEN,
    PICK_2,
    START,
    TASK,
    VARY_3,
    make_job,
    make_place,
    make_result,
    make_settings,
    make_token,
    picture,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, ShelfFetcher
from tests.support.services import make_services
from tests.support.walk import CAT, finished, now, received, running, waiting, work_off

S = JobStatus
LATER = START + timedelta(minutes=15)
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)


# The card.


async def test_job_waits_for_its_card(services: Services) -> None:
    job = await received(services)

    assert job.id not in services.jobs.live.waiting

    await services.jobs.intake.card_shown(job, 401)
    assert services.jobs.live.queue.take() == [job.id]
    assert (await now(services, job)).card_id == 401


async def test_pictures_are_ready_before_the_job_may_be_sent(services: Services) -> None:
    job = await received(services)

    async def prepare(asked: Job) -> Prepared:
        assert (await now(services, asked)).waiting_for == Wait.PICTURES
        assert asked.id not in services.jobs.live.waiting
        return Prepared(["one.png", "two.png"])

    await services.jobs.intake.card_shown(job, 401, prepare)

    assert services.jobs.live.waiting[job.id].request == (await now(services, job)).request
    assert (await now(services, job)).request.pictures == ("one.png", "two.png")


async def test_useless_picture_ends_the_job_before_anything_is_spent(
    services: Services, engine: ScriptedEngine
) -> None:
    async def prepare(_job: Job) -> Prepared:
        raise PictureError(_("Larger than {limit} MB.", limit=5))

    job = await received(services)
    await services.jobs.intake.card_shown(job, 401, prepare)

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.REFUSED, Failure(kind=FailureKind.PICTURE, detail="Larger than 5 MB."))
    assert engine.submitted == []


async def test_doubt_about_a_mask_ends_the_job_with_its_pictures_kept(services: Services) -> None:
    async def prepare(_job: Job) -> Prepared:
        return Prepared(["mask.png"], FailureKind.MASK_EMPTY)

    job = await received(services)
    await services.jobs.intake.card_shown(job, 401, prepare)

    ended = await now(services, job)
    assert ended.failure == Failure(kind=FailureKind.MASK_EMPTY)
    assert ended.request.pictures == ("mask.png",)


async def test_withdrawn_job_is_never_sent(services: Services, engine: ScriptedEngine) -> None:
    job = await received(services)

    await services.jobs.intake.withdraw(job)

    assert (await now(services, job)).status is S.CANCELLED
    await services.jobs.submission.submit(job.id)
    assert engine.submitted == []


# The submit.


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


@pytest.mark.parametrize("wait", [Wait.QUEUE_FULL, Wait.UNREACHABLE, Wait.CREDIT, Wait.KEY])
async def test_busy_relay_sends_the_job_back_to_wait_and_says_why(
    wait: Wait, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    engine.answers = [Busy(wait, 15.0)]
    job = await waiting(services)
    services.jobs.live.queue.take()

    assert await services.jobs.submission.submit(job.id) == 15.0

    back = await now(services, job)
    assert (back.status, back.waiting_for, back.task_id) == (S.RECEIVED, wait, None)
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


async def test_waiting_job_that_is_taken_at_last_waits_for_nothing(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0), Accepted("7")]
    job = await waiting(services)

    for _number in range(2):
        await services.jobs.submission.submit(job.id)

    assert (services.jobs.live.running[job.id].waiting_for, services.jobs.live.held) == ("", {})


async def test_picture_that_is_gone_refuses_the_job(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [PictureError(_("The picture is not kept any more."))]
    job = await waiting(services)

    await services.jobs.submission.submit(job.id)

    assert (await now(services, job)).failure == Failure(
        kind=FailureKind.PICTURE, detail="The picture is not kept any more."
    )


# Outcomes nobody can vouch for.


async def uncertain(services: Services, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    engine.answers = []
    return await now(services, job)


async def test_uncertain_job_is_told_and_never_sent_again(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await uncertain(services, engine)

    for _hour in range(3):
        await work_off(services)
        clock.pass_by(3600)
        for job_id in services.jobs.live.queue.take():
            await services.jobs.submission.submit(job_id)

    assert (job.status, len(engine.submitted)) == (S.UNCERTAIN, 1)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_uncertain_job_that_is_found_goes_on(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(services, engine)
    engine.finds = Found("77")

    await work_off(services)

    assert services.jobs.live.running[job.id].task_id == "77"
    assert presenter.posted == []


async def test_uncertain_job_is_looked_up_for_a_while_before_its_author_is_asked(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(services, engine)
    engine.finds = NotListed()

    for _round in range(12):
        await work_off(services)
        clock.pass_by(10)

    assert len(engine.searched) > 5
    assert len(presenter.posted) == 1


async def test_search_that_fails_does_not_lose_the_job(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(services, engine)
    engine.trouble = RelayUnclearError("reset")

    for _round in range(12):
        await work_off(services)
        clock.pass_by(10)

    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_dropped_uncertain_job_is_over(services: Services, engine: ScriptedEngine) -> None:
    job = await uncertain(services, engine)

    await services.jobs.controls.dismiss(job)

    assert (await now(services, job)).status is S.CANCELLED


async def test_drop_of_anything_else_changes_nothing(services: Services) -> None:
    job = await running(services)

    with pytest.raises(UserError):
        await services.jobs.controls.dismiss(job)

    assert (await now(services, job)).status is S.RUNNING


# Modals.


REGION = Action(
    prompt="a cat", button=PICK_2.model_copy(update={"custom_id": "MJ::Inpaint::1::x"}), parent_task_id=TASK
)


async def asked(services: Services, engine: ScriptedEngine) -> Job:
    """A job whose question stands before its author."""
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, REGION)
    await services.jobs.submission.submit(job.id)
    await work_off(services)
    engine.answers = []
    return await now(services, job)


PAINT = EngineRequest(engine="painter", kind="generate", prompt="a cat")


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
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, VARY)

    await services.jobs.submission.submit(job.id)

    assert len(engine.submitted) == 2
    assert (await now(services, job)).status is S.AWAITING_INPUT


async def test_answer_of_the_author_is_sent_to_the_task(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    await services.jobs.submission.answer(job, "a dog", make_token())
    await services.jobs.submission.submit(job.id)

    sent = engine.submitted[-1]
    assert (sent.task_id, sent.prompt) == ("7", "a dog")
    assert services.jobs.live.running[job.id].prompt == "a dog"


async def test_question_is_answered_once(services: Services, engine: ScriptedEngine) -> None:
    job = await asked(services, engine)

    await services.jobs.submission.answer(job, "a dog", make_token())

    with pytest.raises(UserError, match="Nothing is asked here any more"):
        await services.jobs.submission.answer(job, "a bird", make_token())


async def test_question_that_nobody_answers_lapses(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await asked(services, engine)

    clock.pass_by(15 * 60 + 1)
    await work_off(services)

    assert (await now(services, job)).failure == Failure(kind=FailureKind.UNANSWERED)


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


# The looks.


async def test_progress_is_shown_as_it_comes(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Working(31, "https://img.example.com/p.png")) is True

    assert presenter.shown[-1] == (job, Working(31, "https://img.example.com/p.png"))


async def test_success_is_kept_and_posted(
    services: Services, presenter: RecordingPresenter, pictures: Pictures
) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Succeeded(make_result())) is False
    await work_off(services)

    done = await now(services, job)
    assert (done.status, done.result_message_id, done.token, done.told) == (S.DONE, 501, None, True)
    assert done.result is not None
    assert await pictures.read(done.result.picture or "") == picture()
    assert [posted.status for posted, _attempt in presenter.posted] == [S.POSTING, S.DONE]


@pytest.mark.parametrize("missing", [{"buttons": ()}, {"image_url": ""}])
async def test_success_that_is_not_settled_is_looked_at_for_a_while(
    missing: dict[str, Any], services: Services, clock: ManualClock
) -> None:
    job = await running(services)
    early = Succeeded(make_result().model_copy(update=missing), settled=False)

    at_once = [
        await services.jobs.tracking.advance(job, early) for _callback in range(5)
    ]  # each brings a look of its own
    clock.pass_by(UNSETTLED_FOR_S - 0.1)
    late = await services.jobs.tracking.advance(job, early)
    clock.pass_by(0.2)
    too_late = await services.jobs.tracking.advance(job, early)

    assert (at_once, late, too_late) == ([True] * 5, True, False)


async def test_late_buttons_are_taken(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result(image_url="https://x/y.png"), settled=False))
    await services.jobs.tracking.advance(job, Succeeded(make_result(PICK_2)))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == (PICK_2,)


async def test_grid_without_buttons_gets_our_own(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result(image_url="https://x/y.png")))

    posting = await now(services, job)
    assert posting.result is not None
    assert posting.result.buttons == OWN_GRID_BUTTONS


async def test_success_without_anything_was_paid_and_invites_to_no_second_payment(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result()))

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.EXPIRED, Failure(kind=FailureKind.EMPTY))


async def test_failure_ends_the_job_with_the_relays_words(services: Services) -> None:
    job = await running(services)

    assert await services.jobs.tracking.advance(job, Failed("[Banned] no")) is False

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.FAILED, Failure(kind=FailureKind.RELAY, detail="[Banned] no"))
    assert job.id not in services.jobs.live.running


async def test_task_missing_right_after_its_submit_is_waited_for(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(MISSING_FOR_S - 1)

    assert await services.jobs.tracking.advance(job, Missing()) is True


@pytest.mark.parametrize(
    ("seen", "status"), [(Missing(), S.EXPIRED), (Working(60), S.RUNNING), (Succeeded(make_result()), S.POSTING)]
)
async def test_missing_task_is_asked_for_singly_before_it_is_given_up(
    seen: Observation, status: JobStatus, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.sees = lambda _job: seen

    await services.jobs.tracking.advance(job, Missing())

    assert engine.fetched == [job.id]
    assert (await now(services, job)).status is status


async def test_a_single_miss_of_an_old_task_means_nothing(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    clock.pass_by(MISSING_FOR_S * 3)

    assert await services.jobs.tracking.advance(job, Missing()) is True
    assert engine.fetched == []


async def test_missing_task_outlives_an_outage(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.trouble = RelayUnclearError("reset")

    assert await services.jobs.tracking.advance(job, Missing()) is True


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("late_s", [-1, 1])
async def test_job_ends_at_the_deadline_of_its_speed(
    mode: Mode, late_s: int, services: Services, clock: ManualClock
) -> None:
    job = await running(services, mode=mode)
    clock.pass_by(DEADLINES_S[mode] + late_s)

    goes_on = await services.jobs.tracking.advance(job, Working(99))

    assert goes_on is (late_s < 0)
    assert (await now(services, job)).status is (S.RUNNING if goes_on else S.EXPIRED)


async def test_clock_that_is_set_before_the_first_look_times_no_job_out(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.wrong_by_s = 3 * 3600

    assert await services.jobs.tracking.advance(job, Working(percent=3)) is True

    assert (await now(services, job)).status is S.RUNNING


async def test_success_after_the_deadline_still_counts(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 60)

    await services.jobs.tracking.advance(job, Succeeded(make_result()))

    assert (await now(services, job)).status is S.POSTING


async def test_expired_job_can_be_looked_at_again(services: Services, clock: ManualClock) -> None:
    job = await running(services)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 1)
    await services.jobs.tracking.advance(job, Working(99))

    assert await services.jobs.recovery.retry_recovery(await now(services, job), make_token()) is True

    assert services.jobs.live.running[job.id].task_id == job.task_id


async def test_look_at_what_is_over_changes_nothing(services: Services, presenter: RecordingPresenter) -> None:
    job = await running(services)
    await services.jobs.tracking.advance(job, Failed("no"))
    shown = len(presenter.shown)

    assert await services.jobs.tracking.advance(job, Working(31)) is False

    assert len(presenter.shown) == shown


# Stops.


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

    assert await services.jobs.controls.cancel(job) is S.AWAITING_INPUT

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.CANCELLED, Failure(kind=FailureKind.STOPPED))


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.UNDELIVERABLE, S.FAILED, S.REFUSED, S.EXPIRED, S.UNCERTAIN])
async def test_what_is_over_cannot_be_stopped(status: JobStatus, services: Services) -> None:
    job = await received(services)
    over = await services.store.move(job, [S.RECEIVED], status)
    assert over is not None

    with pytest.raises(UserError, match="already over"):
        await services.jobs.controls.cancel(over)


# Presses on cards and results.


async def test_fresh_token_is_stored_and_used(services: Services) -> None:
    job = await running(services)

    await services.jobs.controls.fresh_token(job, make_token(99))

    assert (await now(services, job)).token == make_token(99) == services.jobs.live.running[job.id].token


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


async def test_cancelling_a_job_stops_what_is_being_made_ready_for_it(services: Services) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def prepare(_job: Job) -> Prepared:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return Prepared([])

    job = await services.jobs.admission.request(ANA, make_place(), Describe(), mode=None, token=make_token())
    shown = asyncio.create_task(services.jobs.intake.card_shown(job, 401, prepare))
    await begun.wait()
    await services.jobs.controls.cancel(job)
    await shown

    assert stopped.is_set()
    assert (await now(services, job)).status is JobStatus.CANCELLED


# Restarts.


@asynccontextmanager
async def restarted(folder: Path, engine: ScriptedEngine, presenter: RecordingPresenter) -> AsyncIterator[Services]:
    """A second life over the same database."""
    clock = ManualClock()
    async with JobStore.opened(database_url(folder)) as store:
        workers = Workers()
        pictures = Pictures(folder / "pictures", ShelfFetcher(), workers, relay_limit=100_000)
        services = make_services(
            store=store,
            engines={engine.name: engine},
            pictures=pictures,
            presenter=presenter,
            settings=make_settings(),
            clock=clock,
        )
        await services.jobs.recovery.resume()
        yield services
        workers.close()


async def left(folder: Path, status: JobStatus, **changes: Any) -> Job:
    """A job as a process that died left it behind."""
    async with JobStore.opened(database_url(folder)) as store:
        job = make_job(S.RECEIVED, request=changes.pop("request", CAT))
        await store.admissions.admit(job, Limits(9, None, None), "2026-11-22")
        found = await store.move(job, [S.RECEIVED], status, **changes)
    assert found is not None
    return found


async def lived(services: Services) -> None:
    """Everything that is due at once after a start."""
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)
    await work_off(services)


@pytest.mark.parametrize(
    ("status", "changes", "becomes", "submits"),
    [
        (S.RECEIVED, {"card_id": 401}, S.RUNNING, 1),
        (S.RECEIVED, {}, S.CANCELLED, 0),
        (S.RECEIVED, {"card_id": 401, "waiting_for": Wait.PICTURES}, S.CANCELLED, 0),
        (S.RECEIVED, {"card_id": 401, "waiting_for": Wait.CREDIT}, S.RUNNING, 1),
        (S.SUBMITTING, {"card_id": 401}, S.UNCERTAIN, 0),
        (S.SUBMITTING, {"card_id": 401, "task_id": "7"}, S.RUNNING, 0),
        (S.RUNNING, {"task_id": "7", "submitted_at": START}, S.RUNNING, 0),
        (
            S.AWAITING_INPUT,
            {"task_id": "7", "told": False, "deadline_at": make_token().expires_at},
            S.AWAITING_INPUT,
            0,
        ),
        (S.AWAITING_INPUT, {"task_id": "7", "told": True, "deadline_at": START}, S.EXPIRED, 0),
        (S.POSTING, {"result": make_result()}, S.DONE, 0),
        (S.DONE, {"told": False}, S.DONE, 0),
        (S.REFUSED, {"told": False}, S.REFUSED, 0),
        (S.FAILED, {"told": False}, S.FAILED, 0),
        (S.UNCERTAIN, {"told": True}, S.UNCERTAIN, 0),
        (S.UNDELIVERABLE, {"result": make_result()}, S.UNDELIVERABLE, 0),
    ],
)
async def test_every_unfinished_job_is_picked_up_and_none_is_paid_twice(
    status: JobStatus, changes: dict[str, Any], becomes: JobStatus, submits: int, tmp_path: Path
) -> None:
    engine, presenter = ScriptedEngine(), RecordingPresenter()
    job = await left(tmp_path, status, **changes)

    async with restarted(tmp_path, engine, presenter) as services:
        await lived(services)
        after = await now(services, job)

    assert (after.status, len(engine.submitted)) == (becomes, submits)


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.FAILED])
async def test_traces_of_an_earlier_process_are_searched_before_anything_is_posted(
    status: JobStatus, tmp_path: Path
) -> None:
    presenter = RecordingPresenter()
    await left(tmp_path, status, told=False, result=make_result())

    async with restarted(tmp_path, ScriptedEngine(), presenter) as services:
        await work_off(services)

    assert presenter.posted[0][1] == 1


async def test_running_jobs_are_looked_at_at_once_after_a_start(tmp_path: Path) -> None:
    job = await left(tmp_path, S.RUNNING, task_id="7", submitted_at=START)

    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as services:
        assert services.jobs.live.looks.take() == [job.id]


async def test_second_start_finds_nothing_left_to_do(tmp_path: Path) -> None:
    await left(tmp_path, S.POSTING, result=make_result())
    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as services:
        await work_off(services)

    presenter = RecordingPresenter()
    async with restarted(tmp_path, ScriptedEngine(), presenter) as services:
        await work_off(services)

    assert presenter.posted == []


# The queue as members see it.


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


async def test_hint_brings_the_look_at_a_running_job_forward(services: Services) -> None:
    job = await running(services)
    assert services.jobs.live.looks.take() == []

    await services.jobs.recovery.on_callback(job.id, "7")
    await services.jobs.recovery.on_callback("nobody", "7")

    assert services.jobs.live.looks.take() == [job.id]


@pytest.mark.parametrize(("search", "status"), [(Found("77"), S.RUNNING), (NotListed(), S.UNCERTAIN)])
async def test_hint_about_an_uncertain_job_is_believed_only_if_the_task_carries_its_id(
    search: Search, status: JobStatus, services: Services, engine: ScriptedEngine
) -> None:
    job = await uncertain(services, engine)
    engine.finds = search

    await services.jobs.recovery.on_callback(job.id, "77")

    assert engine.searched == ["77"]
    assert (await now(services, job)).status is status


async def test_lost_answer_to_a_modal_is_told_by_its_task(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Uncertain("reset")]

    job = await running(services, VARY)

    assert (job.status, job.task_id) == (S.RUNNING, "7")


async def test_job_without_a_card_can_move(services: Services) -> None:
    job = await received(services, reply_to=5)

    moved = await services.jobs.intake.move_to(job, make_place(channel_id=302))

    assert await now(services, job) == moved
    assert (moved.place.channel_id, moved.reply_to) == (302, None)


async def test_seed_comes_from_the_engine(services: Services) -> None:
    job = await running(services)

    assert await services.jobs.controls.seed(job) == f"seed of {job.id}"


@pytest.mark.parametrize(("was_answered", "kind"), [(True, FailureKind.STRANGE), (False, None)])
async def test_strange_answers_are_told_from_broken_connections(
    was_answered: bool, kind: FailureKind | None, services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Uncertain("odd", was_answered=was_answered)]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)

    uncertain = await now(services, job)
    assert uncertain.status is S.UNCERTAIN
    assert (uncertain.failure.kind if uncertain.failure else None) is kind


async def test_looking_again_says_so_where_the_relay_has_no_list(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    uncertain = await now(services, job)

    with pytest.raises(UserError, match="no list of recent tasks"):
        await services.jobs.recovery.retry_recovery(uncertain, make_token())
    engine.trouble = RelayUnclearError("reset")
    with pytest.raises(UserError, match="cannot be read just now"):
        await services.jobs.recovery.retry_recovery(uncertain, make_token())


async def test_what_was_paid_and_came_to_nothing_keeps_its_units(services: Services) -> None:
    job = await running(services)

    await services.jobs.tracking.advance(job, Succeeded(Result()))

    assert job.units in await services.store.spent(job.actor, job.created_at.date().isoformat())
