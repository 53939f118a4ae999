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
from bot.jobs.service import (
    DEADLINES_S,
    MISSING_FOR_S,
    ROUND_S,
    UNSETTLED_FOR_S,
    JobService,
    Prepared,
)
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.workers import Workers
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
from tests.support.walk import CAT, finished, now, received, running, waiting, work_off

S = JobStatus
LATER = START + timedelta(minutes=15)
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)


# The card.


async def test_job_waits_for_its_card(service: JobService) -> None:
    job = await received(service)

    assert job.id not in service.waiting

    await service.card_shown(job, 401)
    assert service.queue.take() == [job.id]
    assert (await now(service, job)).card_id == 401


async def test_pictures_are_ready_before_the_job_may_be_sent(service: JobService) -> None:
    job = await received(service)

    async def prepare(asked: Job) -> Prepared:
        assert (await now(service, asked)).waiting_for == Wait.PICTURES
        assert asked.id not in service.waiting
        return Prepared(["one.png", "two.png"])

    await service.card_shown(job, 401, prepare)

    assert service.waiting[job.id].request == (await now(service, job)).request
    assert (await now(service, job)).request.pictures == ("one.png", "two.png")


async def test_useless_picture_ends_the_job_before_anything_is_spent(
    service: JobService, engine: ScriptedEngine
) -> None:
    async def prepare(_job: Job) -> Prepared:
        raise PictureError(_("Larger than {limit} MB.", limit=5))

    job = await received(service)
    await service.card_shown(job, 401, prepare)

    ended = await now(service, job)
    assert (ended.status, ended.failure) == (S.REFUSED, Failure(kind=FailureKind.PICTURE, detail="Larger than 5 MB."))
    assert engine.submitted == []


async def test_doubt_about_a_mask_ends_the_job_with_its_pictures_kept(service: JobService) -> None:
    async def prepare(_job: Job) -> Prepared:
        return Prepared(["mask.png"], FailureKind.MASK_EMPTY)

    job = await received(service)
    await service.card_shown(job, 401, prepare)

    ended = await now(service, job)
    assert ended.failure == Failure(kind=FailureKind.MASK_EMPTY)
    assert ended.request.pictures == ("mask.png",)


async def test_withdrawn_job_is_never_sent(service: JobService, engine: ScriptedEngine) -> None:
    job = await received(service)

    await service.withdraw(job)

    assert (await now(service, job)).status is S.CANCELLED
    await service.submit(job.id)
    assert engine.submitted == []


# The submit.


async def test_mark_is_stored_before_the_paid_call_leaves(service: JobService, engine: ScriptedEngine) -> None:
    job = await waiting(service)
    engine.gate.clear()

    submit = asyncio.create_task(service.submit(job.id), name="submit")
    await engine.arrived.wait()

    assert (await now(service, job)).status is S.SUBMITTING
    engine.gate.set()
    await submit


async def test_job_is_submitted_once_however_often_it_is_asked_for(service: JobService, engine: ScriptedEngine) -> None:
    job = await waiting(service)

    await asyncio.gather(*(service.submit(job.id) for _ in range(5)))

    assert len(engine.submitted) == 1


@pytest.mark.parametrize("outcome", [Accepted("7"), Accepted("7", ahead=3), Exists("7")])
async def test_taken_job_runs_with_its_task_and_deadline(
    outcome: SubmitOutcome, service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [outcome]

    job = await running(service)

    assert (job.status, job.task_id, job.submitted_at) == (S.RUNNING, "7", START)
    assert job.deadline_at == clock.after(DEADLINES_S[Mode.FAST])
    assert job.id in service.looks


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
    mode: Mode | None, request_: Any, seconds: float, service: JobService, clock: ManualClock
) -> None:
    job = await running(service, request_, mode=mode)

    clock.pass_by(seconds - ROUND_S)
    assert service.looks.take() == []
    clock.pass_by(ROUND_S)
    assert service.looks.take() == [job.id]


@pytest.mark.parametrize("kind", [FailureKind.BANNED, FailureKind.INVALID, FailureKind.FORGOTTEN, FailureKind.RELAY])
async def test_refused_job_ends_and_its_author_is_told(
    kind: FailureKind, service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Refused(Failure(kind=kind, detail="word"))]
    job = await waiting(service)

    assert await service.submit(job.id) is None
    await work_off(service)

    told = await now(service, job)
    assert (told.status, told.failure, told.told) == (S.REFUSED, Failure(kind=kind, detail="word"), True)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.REFUSED]


async def test_what_the_relay_does_not_offer_is_remembered_by_kind(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.UNSUPPORTED))]
    for _time in range(2):
        await service.submit((await waiting(service, Describe(pictures=("a.png",)))).id)

    with pytest.raises(UserError, match="does not offer this"):
        await received(service, Describe(pictures=("b.png",)))

    await received(service, CAT)


@pytest.mark.parametrize("wait", [Wait.QUEUE_FULL, Wait.UNREACHABLE, Wait.CREDIT, Wait.KEY])
async def test_busy_relay_sends_the_job_back_to_wait_and_says_why(
    wait: Wait, service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    engine.answers = [Busy(wait, 15.0)]
    job = await waiting(service)
    service.queue.take()

    assert await service.submit(job.id) == 15.0

    back = await now(service, job)
    assert (back.status, back.waiting_for, back.task_id) == (S.RECEIVED, wait, None)
    assert presenter.shown[-1][0] == back
    assert (service.held, service.queue.take()) == ({"midjourney": wait}, [])
    clock.pass_by(15)
    assert service.queue.take() == [job.id]


@pytest.mark.parametrize(("wait", "alerts"), [(Wait.CREDIT, 1), (Wait.KEY, 1), (Wait.QUEUE_FULL, 0)])
async def test_owner_is_told_once_of_what_only_the_owner_can_mend(
    wait: Wait, alerts: int, service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Busy(wait, 60.0)]
    for _number in range(3):
        await service.submit((await waiting(service)).id)

    assert len(presenter.alerts) == alerts


async def test_owner_is_told_again_after_the_relay_took_jobs(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0), Accepted("7"), Busy(Wait.CREDIT, 60.0)]
    for _number in range(3):
        await service.submit((await waiting(service)).id)

    assert len(presenter.alerts) == 2


async def test_waiting_job_that_is_taken_at_last_waits_for_nothing(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60.0), Accepted("7")]
    job = await waiting(service)

    for _number in range(2):
        await service.submit(job.id)

    assert (service.running[job.id].waiting_for, service.held) == ("", {})


async def test_picture_that_is_gone_refuses_the_job(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [PictureError(_("The picture is not kept any more."))]
    job = await waiting(service)

    await service.submit(job.id)

    assert (await now(service, job)).failure == Failure(
        kind=FailureKind.PICTURE, detail="The picture is not kept any more."
    )


# Outcomes nobody can vouch for.


async def uncertain(service: JobService, engine: ScriptedEngine) -> Job:
    engine.answers = [Uncertain("reset")]
    job = await waiting(service)
    await service.submit(job.id)
    engine.answers = []
    return await now(service, job)


async def test_uncertain_job_is_told_and_never_sent_again(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await uncertain(service, engine)

    for _hour in range(3):
        await work_off(service)
        clock.pass_by(3600)
        for job_id in service.queue.take():
            await service.submit(job_id)

    assert (job.status, len(engine.submitted)) == (S.UNCERTAIN, 1)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_uncertain_job_that_is_found_goes_on(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(service, engine)
    engine.finds = Found("77")

    await work_off(service)

    assert service.running[job.id].task_id == "77"
    assert presenter.posted == []


async def test_uncertain_job_is_looked_up_for_a_while_before_its_author_is_asked(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(service, engine)
    engine.finds = NotListed()

    for _round in range(12):
        await work_off(service)
        clock.pass_by(10)

    assert len(engine.searched) > 5
    assert len(presenter.posted) == 1


async def test_search_that_fails_does_not_lose_the_job(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(service, engine)
    engine.trouble = RelayUnclearError("reset")

    for _round in range(12):
        await work_off(service)
        clock.pass_by(10)

    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_dropped_uncertain_job_is_over(service: JobService, engine: ScriptedEngine) -> None:
    job = await uncertain(service, engine)

    await service.drop(job)

    assert (await now(service, job)).status is S.CANCELLED


async def test_drop_of_anything_else_changes_nothing(service: JobService) -> None:
    job = await running(service)

    with pytest.raises(UserError):
        await service.drop(job)

    assert (await now(service, job)).status is S.RUNNING


# Modals.


REGION = Action(
    prompt="a cat", button=PICK_2.model_copy(update={"custom_id": "MJ::Inpaint::1::x"}), parent_task_id=TASK
)


async def asked(service: JobService, engine: ScriptedEngine) -> Job:
    """A job whose question stands before its author."""
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(service, REGION)
    await service.submit(job.id)
    await work_off(service)
    engine.answers = []
    return await now(service, job)


PAINT = EngineRequest(engine="painter", kind="generate", prompt="a cat")


async def test_result_that_came_with_the_answer_is_posted(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Finished(make_result())]
    job = await waiting(service, PAINT)

    await service.submit(job.id)
    await service.deliveries.deliver(job.id)

    assert ((await now(service, job)).status, job.id in service.running) == (S.DONE, False)


async def test_result_that_came_with_the_answer_is_kept_for_who_stopped_it(
    service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [Finished(make_result())]
    engine.gate.clear()
    job = await waiting(service, PAINT)
    submit = asyncio.create_task(service.submit(job.id))
    await engine.arrived.wait()
    await service.cancel(await now(service, job))
    engine.gate.set()
    await submit

    await service.deliveries.deliver(job.id)

    assert (await now(service, job)).status is S.UNDELIVERABLE


async def test_engine_that_gives_up_at_once_fails_the_job_with_its_kind(
    service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [Failed("unsafe", FailureKind.POLICY)]
    job = await waiting(service, PAINT)

    await service.submit(job.id)

    failed = await now(service, job)
    assert (failed.status, failed.failure) == (S.FAILED, Failure(kind=FailureKind.POLICY, detail="unsafe"))


async def test_every_picture_of_a_result_is_kept(service: JobService, engine: ScriptedEngine) -> None:
    shots = [ResultImage(image_url="https://img.example.com/grid.png"), ResultImage(picture="sent-as-bytes.png")]
    engine.answers = [Finished(make_result().model_copy(update={"more": tuple(shots)}))]
    job = await waiting(service, PAINT)
    await service.submit(job.id)

    await service.deliveries.deliver(job.id)

    result = (await now(service, job)).result
    assert result is not None
    assert [shot.picture for shot in result.more] == [f"{job.id}-1.png", "sent-as-bytes.png"]


async def test_one_engine_that_takes_nothing_holds_no_other(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.CREDIT, 60)]
    job = await waiting(service, PAINT)

    await service.submit(job.id)

    assert service.held == {"painter": Wait.CREDIT}


async def test_question_nobody_expected_is_put_before_the_author(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await asked(service, engine)

    assert (job.status, job.task_id, job.told) == (S.AWAITING_INPUT, "7", True)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.AWAITING_INPUT]
    assert job.token is not None


async def test_question_comes_with_the_text_that_the_relay_suggests(
    service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat, three times larger")]
    job = await waiting(service, VARY.model_copy(update={"button": Button(custom_id="MJ::Odd::1", label="Odd")}))

    await service.submit(job.id)

    assert (await now(service, job)).prompt == "a cat, three times larger"


@pytest.mark.parametrize("request_", [VARY, REGION.model_copy(update={"answer": "a dog"})], ids=["remix", "typed"])
async def test_question_that_has_its_answer_is_answered_at_once(
    request_: Action, service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]

    job = await running(service, request_)

    assert [(sent.task_id, getattr(sent.request, "is_answered", None)) for sent in engine.submitted] == [
        (None, False),
        ("7", True),
    ]
    assert job.prompt == (request_.answer or "a cat")


async def test_second_question_about_the_same_answer_goes_to_the_author(
    service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(service, VARY)

    await service.submit(job.id)

    assert len(engine.submitted) == 2
    assert (await now(service, job)).status is S.AWAITING_INPUT


async def test_answer_of_the_author_is_sent_to_the_task(service: JobService, engine: ScriptedEngine) -> None:
    job = await asked(service, engine)

    await service.answer(job, "a dog", make_token())
    await service.submit(job.id)

    sent = engine.submitted[-1]
    assert (sent.task_id, sent.prompt) == ("7", "a dog")
    assert service.running[job.id].prompt == "a dog"


async def test_question_is_answered_once(service: JobService, engine: ScriptedEngine) -> None:
    job = await asked(service, engine)

    await service.answer(job, "a dog", make_token())

    with pytest.raises(UserError, match="Nothing is asked here any more"):
        await service.answer(job, "a bird", make_token())


async def test_question_that_nobody_answers_lapses(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await asked(service, engine)

    clock.pass_by(15 * 60 + 1)
    await work_off(service)

    assert (await now(service, job)).failure == Failure(kind=FailureKind.UNANSWERED)


async def test_task_found_in_a_modal_is_answered_without_asking(service: JobService, engine: ScriptedEngine) -> None:
    job = await running(service, VARY)

    assert await service.advance(job, Asks("a cat")) is False

    assert service.queue.take() == [job.id]
    await service.submit(job.id)
    assert engine.submitted[-1].task_id == job.task_id


async def test_task_found_in_a_modal_asks_its_author(service: JobService) -> None:
    job = await running(service, REGION)

    assert await service.advance(job, Asks("")) is False

    assert (await now(service, job)).status is S.AWAITING_INPUT


async def test_stopped_job_found_in_a_modal_is_over_and_not_answered(service: JobService) -> None:
    job = await running(service, VARY)
    await service.cancel(job)

    assert await service.advance(job, Asks("a cat")) is False

    assert (await now(service, job)).status is S.CANCELLED
    assert service.queue.take() == []


# The looks.


async def test_progress_is_shown_as_it_comes(service: JobService, presenter: RecordingPresenter) -> None:
    job = await running(service)

    assert await service.advance(job, Working(31, "https://img.example.com/p.png")) is True

    assert presenter.shown[-1] == (job, Working(31, "https://img.example.com/p.png"))


async def test_success_is_kept_and_posted(
    service: JobService, presenter: RecordingPresenter, pictures: Pictures
) -> None:
    job = await running(service)

    assert await service.advance(job, Succeeded(make_result())) is False
    await work_off(service)

    done = await now(service, job)
    assert (done.status, done.result_message_id, done.token, done.told) == (S.DONE, 501, None, True)
    assert done.result is not None
    assert await pictures.read(done.result.picture or "") == picture()
    assert [posted.status for posted, _attempt in presenter.posted] == [S.POSTING, S.DONE]


@pytest.mark.parametrize("missing", [{"buttons": ()}, {"image_url": ""}])
async def test_success_that_is_not_settled_is_looked_at_for_a_while(
    missing: dict[str, Any], service: JobService, clock: ManualClock
) -> None:
    job = await running(service)
    early = Succeeded(make_result().model_copy(update=missing), settled=False)

    at_once = [await service.advance(job, early) for _callback in range(5)]  # each brings a look of its own
    clock.pass_by(UNSETTLED_FOR_S - 0.1)
    late = await service.advance(job, early)
    clock.pass_by(0.2)
    too_late = await service.advance(job, early)

    assert (at_once, late, too_late) == ([True] * 5, True, False)


async def test_late_buttons_are_taken(service: JobService) -> None:
    job = await running(service)

    await service.advance(job, Succeeded(Result(image_url="https://x/y.png"), settled=False))
    await service.advance(job, Succeeded(make_result(PICK_2)))

    posting = await now(service, job)
    assert posting.result is not None
    assert posting.result.buttons == (PICK_2,)


async def test_grid_without_buttons_gets_our_own(service: JobService) -> None:
    job = await running(service)

    await service.advance(job, Succeeded(Result(image_url="https://x/y.png")))

    posting = await now(service, job)
    assert posting.result is not None
    assert posting.result.buttons == OWN_GRID_BUTTONS


async def test_success_without_anything_was_paid_and_invites_to_no_second_payment(service: JobService) -> None:
    job = await running(service)

    await service.advance(job, Succeeded(Result()))

    ended = await now(service, job)
    assert (ended.status, ended.failure) == (S.EXPIRED, Failure(kind=FailureKind.EMPTY))


async def test_failure_ends_the_job_with_the_relays_words(service: JobService) -> None:
    job = await running(service)

    assert await service.advance(job, Failed("[Banned] no")) is False

    ended = await now(service, job)
    assert (ended.status, ended.failure) == (S.FAILED, Failure(kind=FailureKind.RELAY, detail="[Banned] no"))
    assert job.id not in service.running


async def test_task_missing_right_after_its_submit_is_waited_for(service: JobService, clock: ManualClock) -> None:
    job = await running(service)
    clock.pass_by(MISSING_FOR_S - 1)

    assert await service.advance(job, Missing()) is True


@pytest.mark.parametrize(
    ("seen", "status"), [(Missing(), S.EXPIRED), (Working(60), S.RUNNING), (Succeeded(make_result()), S.POSTING)]
)
async def test_missing_task_is_asked_for_singly_before_it_is_given_up(
    seen: Observation, status: JobStatus, service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(service)
    await service.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.sees = lambda _job: seen

    await service.advance(job, Missing())

    assert engine.fetched == [job.id]
    assert (await now(service, job)).status is status


async def test_a_single_miss_of_an_old_task_means_nothing(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(service)
    clock.pass_by(MISSING_FOR_S * 3)

    assert await service.advance(job, Missing()) is True
    assert engine.fetched == []


async def test_missing_task_outlives_an_outage(service: JobService, engine: ScriptedEngine, clock: ManualClock) -> None:
    job = await running(service)
    await service.advance(job, Missing())
    clock.pass_by(MISSING_FOR_S + 1)
    engine.trouble = RelayUnclearError("reset")

    assert await service.advance(job, Missing()) is True


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("late_s", [-1, 1])
async def test_job_ends_at_the_deadline_of_its_speed(
    mode: Mode, late_s: int, service: JobService, clock: ManualClock
) -> None:
    job = await running(service, mode=mode)
    clock.pass_by(DEADLINES_S[mode] + late_s)

    goes_on = await service.advance(job, Working(99))

    assert goes_on is (late_s < 0)
    assert (await now(service, job)).status is (S.RUNNING if goes_on else S.EXPIRED)


async def test_clock_that_is_set_before_the_first_look_times_no_job_out(
    service: JobService, clock: ManualClock
) -> None:
    job = await running(service)
    clock.wrong_by_s = 3 * 3600

    assert await service.advance(job, Working(percent=3)) is True

    assert (await now(service, job)).status is S.RUNNING


async def test_success_after_the_deadline_still_counts(service: JobService, clock: ManualClock) -> None:
    job = await running(service)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 60)

    await service.advance(job, Succeeded(make_result()))

    assert (await now(service, job)).status is S.POSTING


async def test_expired_job_can_be_looked_at_again(service: JobService, clock: ManualClock) -> None:
    job = await running(service)
    clock.pass_by(DEADLINES_S[Mode.FAST] + 1)
    await service.advance(job, Working(99))

    assert await service.look_again(await now(service, job), make_token()) is True

    assert service.running[job.id].task_id == job.task_id


async def test_look_at_what_is_over_changes_nothing(service: JobService, presenter: RecordingPresenter) -> None:
    job = await running(service)
    await service.advance(job, Failed("no"))
    shown = len(presenter.shown)

    assert await service.advance(job, Working(31)) is False

    assert len(presenter.shown) == shown


# Stops.


async def test_stop_before_the_submit_is_for_good(service: JobService, engine: ScriptedEngine) -> None:
    job = await waiting(service)

    assert await service.cancel(job) is S.RECEIVED

    await service.submit(job.id)
    assert (engine.submitted, (await now(service, job)).status) == ([], S.CANCELLED)


async def test_stopped_job_is_followed_silently_to_its_end(service: JobService, presenter: RecordingPresenter) -> None:
    job = await running(service)
    assert await service.cancel(job) is S.RUNNING
    shown = len(presenter.shown)

    await service.advance(service.running[job.id], Working(62))
    await service.advance(service.running[job.id], Succeeded(make_result()))
    await work_off(service)

    kept = await now(service, job)
    assert (kept.status, kept.stopped, len(presenter.shown)) == (S.UNDELIVERABLE, True, shown)
    assert S.POSTING not in [posted.status for posted, _attempt in presenter.posted]


async def test_stop_that_a_kill_kept_from_its_card_is_shown_after_the_start_and_at_the_end(
    service: JobService, presenter: RecordingPresenter
) -> None:
    job = await running(service)
    await service.store.move(job, [S.RUNNING], S.RUNNING, stopped=True)  # and there the process was killed
    service.running.clear()

    await service.resume()
    assert presenter.shown[-1][0].stopped

    await service.advance(service.running[job.id], Succeeded(make_result()))
    await work_off(service)

    kept = await now(service, job)
    assert [(posted.status, posted.stopped) for posted, _attempt in presenter.posted] == [(S.UNDELIVERABLE, True)]
    assert (kept.status, kept.told, kept.token) == (S.UNDELIVERABLE, True, None)


async def test_look_that_was_on_its_way_does_not_undo_a_stop(
    service: JobService, presenter: RecordingPresenter
) -> None:
    before = await running(service)
    await service.cancel(before)

    await service.advance(before, Working(62))

    assert presenter.shown[-1][0].stopped


async def test_stop_while_the_submit_is_on_its_way_is_remembered(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await waiting(service)
    engine.gate.clear()
    submit = asyncio.create_task(service.submit(job.id), name="submit")
    await engine.arrived.wait()

    assert await service.cancel(job) is S.SUBMITTING
    engine.gate.set()
    await submit

    assert service.running[job.id].stopped
    assert presenter.shown[-1][0].status is S.SUBMITTING


async def test_stopped_job_that_was_not_taken_is_not_sent_again(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    job = await waiting(service)
    engine.gate.clear()
    submit = asyncio.create_task(service.submit(job.id), name="submit")
    await engine.arrived.wait()
    await service.cancel(job)
    engine.gate.set()
    await submit

    assert (await now(service, job)).status is S.CANCELLED
    assert job.id not in service.waiting


async def test_what_nobody_thought_of_during_a_submit_is_told_at_once_and_never_sent_again(
    service: JobService, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [ValueError("an answer of no known form")]
    job = await waiting(service)

    await service.submit(job.id)
    await work_off(service)

    assert (await now(service, job)).status is S.UNCERTAIN
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]
    assert len(engine.submitted) == 1


async def test_question_can_be_stopped_for_free(service: JobService, engine: ScriptedEngine) -> None:
    job = await asked(service, engine)

    assert await service.cancel(job) is S.AWAITING_INPUT

    ended = await now(service, job)
    assert (ended.status, ended.failure) == (S.CANCELLED, Failure(kind=FailureKind.STOPPED))


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.UNDELIVERABLE, S.FAILED, S.REFUSED, S.EXPIRED, S.UNCERTAIN])
async def test_what_is_over_cannot_be_stopped(status: JobStatus, service: JobService) -> None:
    job = await received(service)
    over = await service.store.move(job, [S.RECEIVED], status)
    assert over is not None

    with pytest.raises(UserError, match="already over"):
        await service.cancel(over)


# Presses on cards and results.


async def test_fresh_token_is_stored_and_used(service: JobService) -> None:
    job = await running(service)

    await service.fresh_token(job, make_token(99))

    assert (await now(service, job)).token == make_token(99) == service.running[job.id].token


async def test_fresh_token_does_not_undo_what_happened_meanwhile(service: JobService) -> None:
    before = await running(service)
    await service.cancel(before)

    await service.fresh_token(before, make_token(99))

    assert service.running[before.id].stopped


async def test_fresh_token_brings_a_waiting_result_forward(service: JobService, clock: ManualClock) -> None:
    job = await finished(service)
    service.deliveries.due.take()
    clock.pass_by(5)

    await service.fresh_token(job, make_token(99))

    assert service.deliveries.due.take() == [job.id]


async def test_only_a_posted_result_can_be_removed(service: JobService) -> None:
    job = await finished(service)
    with pytest.raises(UserError, match="Only a finished picture"):
        await service.remove(job)
    await work_off(service)

    await service.remove(job)

    with pytest.raises(UserError, match="was removed"):
        service.admission.button(await now(service, job), 0)


async def test_cancelling_a_job_stops_what_is_being_made_ready_for_it(service: JobService) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def prepare(_job: Job) -> Prepared:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return Prepared([])

    job = await service.admission.request(ANA, make_place(), Describe(), mode=None, token=make_token())
    shown = asyncio.create_task(service.card_shown(job, 401, prepare))
    await begun.wait()
    await service.cancel(job)
    await shown

    assert stopped.is_set()
    assert (await now(service, job)).status is JobStatus.CANCELLED


# Restarts.


@asynccontextmanager
async def restarted(folder: Path, engine: ScriptedEngine, presenter: RecordingPresenter) -> AsyncIterator[JobService]:
    """A second life over the same database."""
    clock = ManualClock()
    async with JobStore.opened(database_url(folder)) as store:
        workers = Workers()
        pictures = Pictures(folder / "pictures", ShelfFetcher(), workers, relay_limit=100_000)
        service = JobService(
            store=store,
            engines={engine.name: engine},
            pictures=pictures,
            presenter=presenter,
            settings=make_settings(),
            clock=clock,
        )
        await service.resume()
        yield service
        workers.close()


async def left(folder: Path, status: JobStatus, **changes: Any) -> Job:
    """A job as a process that died left it behind."""
    async with JobStore.opened(database_url(folder)) as store:
        job = make_job(S.RECEIVED, request=changes.pop("request", CAT))
        await store.admissions.admit(job, Limits(9, None, None), "2026-11-22")
        found = await store.move(job, [S.RECEIVED], status, **changes)
    assert found is not None
    return found


async def lived(service: JobService) -> None:
    """Everything that is due at once after a start."""
    for job_id in service.queue.take():
        await service.submit(job_id)
    await work_off(service)


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

    async with restarted(tmp_path, engine, presenter) as service:
        await lived(service)
        after = await now(service, job)

    assert (after.status, len(engine.submitted)) == (becomes, submits)


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.FAILED])
async def test_traces_of_an_earlier_process_are_searched_before_anything_is_posted(
    status: JobStatus, tmp_path: Path
) -> None:
    presenter = RecordingPresenter()
    await left(tmp_path, status, told=False, result=make_result())

    async with restarted(tmp_path, ScriptedEngine(), presenter) as service:
        await work_off(service)

    assert presenter.posted[0][1] == 1


async def test_running_jobs_are_looked_at_at_once_after_a_start(tmp_path: Path) -> None:
    job = await left(tmp_path, S.RUNNING, task_id="7", submitted_at=START)

    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as service:
        assert service.looks.take() == [job.id]


async def test_second_start_finds_nothing_left_to_do(tmp_path: Path) -> None:
    await left(tmp_path, S.POSTING, result=make_result())
    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as service:
        await work_off(service)

    presenter = RecordingPresenter()
    async with restarted(tmp_path, ScriptedEngine(), presenter) as service:
        await work_off(service)

    assert presenter.posted == []


# The queue as members see it.


async def test_position_counts_who_stands_before(service: JobService) -> None:
    jobs = [await waiting(service) for _number in range(3)]

    assert [service.position(job.id) for job in jobs] == [0, 1, 2]
    assert service.position("nobody") is None


async def test_blocked_members_waiting_jobs_are_stopped(service: JobService) -> None:
    job = await waiting(service)
    other = await service.admission.request(BEN, make_place(), CAT, mode=None, token=make_token())
    await service.card_shown(other, 402)

    await service.block(201, ANA.id)

    assert (await now(service, job)).status is S.CANCELLED
    assert list(service.waiting) == [other.id]


async def test_hint_brings_the_look_at_a_running_job_forward(service: JobService) -> None:
    job = await running(service)
    assert service.looks.take() == []

    await service.hint(job.id, "7")
    await service.hint("nobody", "7")

    assert service.looks.take() == [job.id]


@pytest.mark.parametrize(("search", "status"), [(Found("77"), S.RUNNING), (NotListed(), S.UNCERTAIN)])
async def test_hint_about_an_uncertain_job_is_believed_only_if_the_task_carries_its_id(
    search: Search, status: JobStatus, service: JobService, engine: ScriptedEngine
) -> None:
    job = await uncertain(service, engine)
    engine.finds = search

    await service.hint(job.id, "77")

    assert engine.searched == ["77"]
    assert (await now(service, job)).status is status


async def test_lost_answer_to_a_modal_is_told_by_its_task(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Uncertain("reset")]

    job = await running(service, VARY)

    assert (job.status, job.task_id) == (S.RUNNING, "7")


async def test_job_without_a_card_can_move(service: JobService) -> None:
    job = await received(service, reply_to=5)

    moved = await service.move_to(job, make_place(channel_id=302))

    assert await now(service, job) == moved
    assert (moved.place.channel_id, moved.reply_to) == (302, None)


async def test_seed_comes_from_the_engine(service: JobService) -> None:
    job = await running(service)

    assert await service.seed(job) == f"seed of {job.id}"


@pytest.mark.parametrize(("was_answered", "kind"), [(True, FailureKind.STRANGE), (False, None)])
async def test_strange_answers_are_told_from_broken_connections(
    was_answered: bool, kind: FailureKind | None, service: JobService, engine: ScriptedEngine
) -> None:
    engine.answers = [Uncertain("odd", was_answered=was_answered)]
    job = await waiting(service)
    await service.submit(job.id)

    uncertain = await now(service, job)
    assert uncertain.status is S.UNCERTAIN
    assert (uncertain.failure.kind if uncertain.failure else None) is kind


async def test_looking_again_says_so_where_the_relay_has_no_list(service: JobService, engine: ScriptedEngine) -> None:
    engine.answers = [Uncertain("reset")]
    job = await waiting(service)
    await service.submit(job.id)
    uncertain = await now(service, job)

    with pytest.raises(UserError, match="no list of recent tasks"):
        await service.look_again(uncertain, make_token())
    engine.trouble = RelayUnclearError("reset")
    with pytest.raises(UserError, match="cannot be read just now"):
        await service.look_again(uncertain, make_token())


async def test_what_was_paid_and_came_to_nothing_keeps_its_units(service: JobService) -> None:
    job = await running(service)

    await service.advance(job, Succeeded(Result()))

    assert job.units in await service.store.spent(job.actor, job.created_at.date().isoformat())
