"""What was open in a backup is not sent by itself, and a database that never was one stays as it is."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import Job, JobStatus
from bot.domain.review import Decision, Review
from bot.storage import backup_note, restored
from bot.storage.jobs import JobStore
from tests.support.makers import NO_LIMITS, START, make_job

S = JobStatus


async def stored(store: JobStore, status: JobStatus, **changes: Any) -> Job:
    job = make_job(S.RECEIVED)
    await store.admissions.admit(job, NO_LIMITS, "2026-11-22")
    moved = await store.move(job, [job.status], status, **changes)
    assert moved is not None
    return moved


async def mark(store: JobStore) -> None:
    async with store.database.transaction() as connection:
        for statement in backup_note.marks():
            await connection.exec_driver_sql(statement)


async def become(store: JobStore, job: Job) -> Job:
    found = await store.get(job.id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "changes", "becomes"),
    [
        (S.RECEIVED, {}, S.UNCERTAIN),
        (S.RECEIVED, {"task_id": "7"}, S.SUBMITTING),  # an answer to its task's question
        (S.SUBMITTING, {}, S.UNCERTAIN),
        (S.SUBMITTING, {"task_id": "7"}, S.SUBMITTING),  # the task tells
        (S.AWAITING_INPUT, {"task_id": "7"}, S.SUBMITTING),
        (S.RUNNING, {"task_id": "7"}, S.RUNNING),
        (S.POSTING, {"task_id": "7"}, S.POSTING),
        (S.DONE, {"told": True}, S.DONE),
        (S.CANCELLED, {"told": True}, S.CANCELLED),
    ],
)
async def test_what_may_have_been_sent_since_the_backup_is_of_unknown_outcome(
    store: JobStore, status: JobStatus, changes: dict[str, Any], becomes: JobStatus
) -> None:
    job = await stored(store, status, **changes)
    await mark(store)

    assert await restored.take_in(store.database) == job.created_at

    found = await become(store, job)
    assert found.status is becomes
    assert found.told == (becomes is not S.UNCERTAIN and job.told) or becomes is S.SUBMITTING


async def test_what_was_stopped_before_the_backup_is_not_doubted(store: JobStore) -> None:
    job = await stored(store, S.RECEIVED)
    await store.update(job, stopped=True)
    await mark(store)

    await restored.take_in(store.database)

    assert (await become(store, job)).status is S.RECEIVED


async def test_a_backup_is_taken_in_once(store: JobStore) -> None:
    first = await stored(store, S.DONE, told=True)
    await mark(store)
    until = await restored.take_in(store.database)
    later = await stored(store, S.RECEIVED)

    assert until == first.created_at
    assert await restored.take_in(store.database) == until
    assert (await become(store, later)).status is S.RECEIVED


async def test_a_backup_of_what_was_restored_is_a_backup_again(store: JobStore) -> None:
    await mark(store)
    await restored.take_in(store.database)
    job = await stored(store, S.RECEIVED)
    await mark(store)

    await restored.take_in(store.database)

    assert (await become(store, job)).status is S.UNCERTAIN


async def test_what_was_never_backed_up_stays_as_it_is(store: JobStore) -> None:
    job = await stored(store, S.RECEIVED)

    assert await restored.take_in(store.database) is None
    assert (await become(store, job)).status is S.RECEIVED


async def test_moderators_are_asked_again_where_no_message_with_buttons_is_found(store: JobStore) -> None:
    job = await stored(store, S.POSTING, task_id="7")
    review = Review(job.id, 201, 777, asked_at=START, decides_at=START + timedelta(days=1), otherwise=Decision.REJECT)
    await store.reviews.ask(job, review)
    claimed = await store.reviews.claim(review, START)
    assert claimed is not None
    await store.reviews.settle(claimed, 888)
    assert await store.reviews.unsettled(START + timedelta(hours=1)) == []
    await mark(store)

    await restored.take_in(store.database)

    (again,) = await store.reviews.unsettled(START + timedelta(hours=1))
    assert (again.job_id, again.claimed_at) == (job.id, START)  # claimed before: it is looked for first
