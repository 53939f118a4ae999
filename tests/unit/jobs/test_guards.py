"""Guards about money and stops, each of which could be dropped and nothing else would notice."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

import pytest
from typing_extensions import override

from bot.domain.job import Actor, Failure, FailureKind, GroupKind, Job, JobStatus
from bot.domain.outcomes import (
    Accepted,
    Asks,
    Delivery,
    Failed,
    Finished,
    Found,
    NeedsInput,
    NotListed,
    Refused,
    SubmitOutcome,
    Uncertain,
)
from bot.domain.requests import Action, Button, EngineRequest
from bot.errors import UserError
from bot.jobs.patient_writes import PatientWrites
from bot.jobs.tracking import STALE_S
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError, Limits
from tests.support.makers import ANA, BEN, DAY, PICK_2, TASK, VARY_3, make_job, make_place, make_result, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, until
from tests.support.refusals import refusals
from tests.support.walk import CAT, finished, now, received, running, waiting, work_off

S = JobStatus
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)
REGION = Action(prompt="a cat", button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK)
PICK = Action(prompt="a cat", button=PICK_2, parent_task_id=TASK)
AFTER_THE_MARK = 3  # moments: the mark's two, and then the write of what came of it


# Blocks.


async def test_job_of_a_member_who_was_blocked_meanwhile_is_not_sent(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await waiting(services)
    await services.jobs.moderation.block(201, ANA.id)

    await services.jobs.submission.submit(job.id)

    assert (engine.submitted, (await now(services, job)).status) == ([], S.CANCELLED)


async def test_blocked_member_answers_no_question(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, REGION)
    await services.jobs.submission.submit(job.id)
    await services.jobs.moderation.block(201, ANA.id)

    with pytest.raises(UserError, match="blocked"):
        await services.jobs.submission.answer(await now(services, job), "a dog", make_token())

    assert (len(engine.submitted), list(services.jobs.live.waiting)) == (1, [])


async def test_block_stops_what_waits_in_that_server_alone(services: Services) -> None:
    here, elsewhere = await waiting(services), await waiting(services)
    moved = services.jobs.live.waiting[elsewhere.id].with_(place=make_place(guild_id=202))
    services.jobs.live.waiting[elsewhere.id] = moved

    await services.jobs.controls.block(201, ANA.id)

    assert list(services.jobs.live.waiting) == [elsewhere.id]
    assert ((await now(services, here)).status, (await now(services, elsewhere)).status) == (S.CANCELLED, S.RECEIVED)


# Questions.


async def test_question_that_was_answered_is_not_answered_again_by_itself(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    job = await running(services, VARY)
    clock.pass_by(STALE_S + 1)

    await services.jobs.tracking.advance(job, Asks("a cat"))

    assert ((await now(services, job)).status, len(engine.submitted)) == (S.AWAITING_INPUT, 2)


async def test_old_copy_of_a_task_that_was_just_answered_asks_nobody(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    job = await running(services, VARY)
    clock.pass_by(STALE_S - 1)

    assert await services.jobs.tracking.advance(job, Asks("a cat"))

    assert ((await now(services, job)).status, len(engine.submitted)) == (S.RUNNING, 2)


async def test_stopped_job_whose_answer_was_taken_keeps_its_units(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    job = await running(services, VARY)
    await services.jobs.controls.cancel(job)
    clock.pass_by(STALE_S - 1)

    assert await services.jobs.tracking.advance(job, Asks("a cat"))

    stopped = await now(services, job)
    assert (stopped.status, stopped.stopped) == (S.RUNNING, True)
    assert await services.store.spent(ANA, DAY) == (1, 1)


async def test_answer_that_was_on_its_way_at_a_crash_is_not_sent_again(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    job = await waiting(services, REGION)
    await services.jobs.submission.submit(job.id)
    await services.jobs.submission.answer(await now(services, job), "a dog", make_token())
    engine.gate.clear()
    sending = asyncio.create_task(services.jobs.submission.submit(job.id))
    await until(lambda: len(engine.submitted) == 2)
    left = await now(services, job)  # as the next start finds it
    sending.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sending

    await services.jobs.recovery.pick_up(left)
    clock.pass_by(STALE_S + 1)
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Asks("a cat"))

    assert ((await now(services, job)).status, list(services.jobs.live.waiting)) == (S.AWAITING_INPUT, [])


async def test_job_that_somebody_else_has_marked_is_not_sent(services: Services, engine: ScriptedEngine) -> None:
    job = await waiting(services)
    await services.store.move(job, [S.RECEIVED], S.SUBMITTING)

    await services.jobs.submission.submit(job.id)

    assert engine.submitted == []


async def test_lost_submit_of_a_job_that_had_waited_long_is_looked_up(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers, engine.finds = [Uncertain("reset")], NotListed()
    job = await waiting(services)
    clock.pass_by(3600)

    await services.jobs.submission.submit(job.id)

    assert await services.jobs.recovery.recover(await now(services, job))


# Once-only buttons.


@pytest.mark.parametrize(
    ("outcome", "is_used"),
    [
        (Refused(Failure(kind=FailureKind.INVALID)), False),
        (Failed("no"), False),
        (Uncertain("reset"), True),
        (Accepted("7"), True),
        (Finished(make_result()), True),
    ],
    ids=["refused", "failed", "uncertain", "accepted", "finished"],
)
async def test_once_only_button_is_free_again_only_where_nothing_may_have_been_paid(
    outcome: SubmitOutcome, is_used: bool, services: Services, engine: ScriptedEngine
) -> None:
    parent = await finished(services)
    engine.answers = [outcome]
    job = await waiting(services, PICK, parent=parent)

    await services.jobs.submission.submit(job.id)

    assert await services.store.used_keys(parent.id) == ({PICK_2.custom_id} if is_used else set())


# What came from outside is written, whatever the database says at first.


@pytest.mark.parametrize(
    ("outcome", "becomes"),
    [
        (Accepted("7"), S.RUNNING),
        (Finished(make_result()), S.POSTING),
        (Refused(Failure(kind=FailureKind.INVALID)), S.REFUSED),
        (Failed("no"), S.FAILED),
    ],
)
@pytest.mark.parametrize("moment", [AFTER_THE_MARK, AFTER_THE_MARK + 1], ids=["not written", "written all the same"])
async def test_answer_of_the_relay_outlives_a_database_that_refuses(
    moment: int, outcome: SubmitOutcome, becomes: JobStatus, services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [outcome]
    job = await waiting(services)

    with refusals(services.store) as refusing:
        refusing.refuse_at(moment)
        await services.jobs.submission.submit(job.id)

    assert ((await now(services, job)).status, len(engine.submitted)) == (becomes, 1)
    assert (job.id in services.jobs.live.running) is (becomes is S.RUNNING)
    assert (job.id in services.jobs.deliveries.due) is (becomes is not S.RUNNING)


# Hints.


@pytest.mark.parametrize("status", [S.DONE, S.CANCELLED, S.EXPIRED, S.FAILED, S.REMOVED, S.UNDELIVERABLE])
async def test_hint_brings_no_job_back_that_is_over(
    status: JobStatus, services: Services, engine: ScriptedEngine
) -> None:
    job = await received(services)
    await services.store.move(job, [S.RECEIVED], status)
    engine.finds = Found("77")

    await services.jobs.recovery.on_callback(job.id, "77")

    assert ((await now(services, job)).status, list(services.jobs.live.running)) == (status, [])


# Many at the door.


async def admitted(store: JobStore, jobs: Sequence[Job], limits: Limits) -> int:
    """How many of those that come at the same instant are let in."""
    outcomes = await asyncio.gather(*(store.admissions.admit(job, limits, DAY) for job in jobs), return_exceptions=True)
    assert all(isinstance(outcome, Mapping | LimitReachedError) for outcome in outcomes)
    return sum(isinstance(outcome, Mapping) for outcome in outcomes)


def jobs_of(*actors: Actor) -> list[Job]:
    return [make_job(S.RECEIVED, actor=actor) for actor in actors]


@pytest.mark.parametrize("before", [0, 1])
async def test_no_more_wait_than_may_when_they_come_together(before: int, store: JobStore) -> None:
    limits = Limits(waiting_per_member=3, units_per_member_day=None, units_per_day=None)
    assert await admitted(store, jobs_of(*[ANA] * before), limits) == before

    assert await admitted(store, jobs_of(*[ANA] * (4 - before), BEN), limits) == 4 - before


async def test_budget_of_all_holds_for_those_who_come_together(store: JobStore) -> None:
    limits = Limits(waiting_per_member=9, units_per_member_day=None, units_per_day=3)
    assert await admitted(store, jobs_of(ANA, BEN), limits) == 2

    assert await admitted(store, jobs_of(ANA, BEN), limits) == 1

    assert (await store.spent(ANA, DAY))[1] == 3


# Deliveries.


class StumblingPresenter(RecordingPresenter):
    """Posts results, and then is in trouble: the card cannot be removed."""

    @override
    async def post(self, job: Job, attempt: int) -> Delivery:
        if job.status is S.DONE:
            raise ConnectionError
        return await super().post(job, attempt)


@pytest.mark.parametrize("presenter", [StumblingPresenter()])
async def test_card_of_a_posted_job_is_not_forgotten(presenter: RecordingPresenter, services: Services) -> None:
    job = await finished(services)

    await work_off(services)

    posted = await now(services, job)
    assert [post.id for post, _attempt in presenter.posted] == [job.id]
    assert (posted.status, posted.told) == (S.DONE, False)
    assert [left.id for left in await services.store.unfinished()] == [job.id]


async def test_collected_result_becomes_a_message_when_the_card_is_gone(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    paint = EngineRequest(engine="painter", kind="generate", prompt="a cat")
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.COMPARISON, "a cat", [(CAT, None), (paint, None)], token=make_token()
    )
    await services.jobs.intake.group_shown(group, members, 403)
    engine.answers = [Finished(make_result())]
    await services.jobs.submission.submit(members[1].id)
    await work_off(services)
    assert presenter.posted == []

    presenter.has_group_card = False
    await services.jobs.groups.refresh(group.id)
    await work_off(services)

    assert ((await now(services, members[1])).status, presenter.posted[0][0].id) == (S.DONE, members[1].id)


async def test_stop_that_stands_although_the_database_called_it_failed_is_told(
    services: Services, clock: ManualClock
) -> None:
    job = await waiting(services)
    await services.store.move(job, [S.RECEIVED], S.SUBMITTING, stopped=True)

    with refusals(services.store) as moments:
        moments.refuse_at(2)  # the commit, which stands
        back = await PatientWrites(services.store, clock).move(job, [S.SUBMITTING], S.RECEIVED)

    assert back is not None
    assert back.status is S.CANCELLED


async def test_removed_picture_is_not_followed_up(services: Services) -> None:
    parent = await finished(services)
    await work_off(services)
    await services.jobs.controls.remove(await now(services, parent))

    with pytest.raises(UserError, match="was removed"):
        await received(services, parent=await now(services, parent))
