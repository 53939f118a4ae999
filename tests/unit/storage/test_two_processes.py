"""Two processes on a server's database: what each may take, and what it hears of the other."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.domain.job import Group, GroupKind, JobStatus
from bot.domain.review import Decision, Review
from bot.storage.jobs import JobStore
from bot.storage.notifications import Changed
from tests.support.makers import ANA, DAY, NO_LIMITS, START, make_place
from tests.support.processes import end_lease_of, orphaned
from tests.support.stored import admitted, moved, received

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]


@pytest.fixture
async def other(database: str) -> AsyncIterator[JobStore]:
    async with JobStore.opened(database) as opened:
        yield opened


async def test_nobody_claims_what_a_living_process_works_on(store: JobStore, other: JobStore) -> None:
    await admitted(store)

    assert (await other.ownership.claim(100)).job_ids == []


async def test_jobs_of_a_process_whose_lease_is_over_are_taken(store: JobStore, other: JobStore) -> None:
    job = await moved(store, await admitted(store), JobStatus.SUBMITTING)
    await end_lease_of(store, other)

    assert (await other.ownership.claim(100)).job_ids == [job.id]
    assert await store.move(job, [JobStatus.SUBMITTING], JobStatus.RUNNING, task_id="007") is None


async def test_process_that_leaves_gives_its_jobs_up_at_once_and_says_so(store: JobStore, database: str) -> None:
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    store.database.notifications.subscribe(Changed.LEFT, heard.put_nowait)
    listener = asyncio.create_task(store.database.listen())
    await heard.get()
    async with JobStore.opened(database) as leaving:
        job, who = await admitted(leaving), leaving.database.process

    assert await heard.get() == who
    assert (await store.ownership.claim(100)).job_ids == [job.id]
    listener.cancel()


async def test_claims_at_the_same_time_share_what_there_is(store: JobStore, other: JobStore) -> None:
    waiting = [await admitted(store) for _ in range(30)]
    for job in waiting:
        await orphaned(store, job, "gone")

    claims = await asyncio.gather(*(one.ownership.claim(7) for _ in range(5) for one in (store, other)))
    rest = await store.ownership.claim(100)

    taken = [job_id for claimed in (*claims, rest) for job_id in claimed.job_ids]
    assert sorted(taken) == sorted(job.id for job in waiting)


async def test_group_goes_with_all_its_jobs_to_one_process(store: JobStore, other: JobStore) -> None:
    group = Group("g" * 16, GroupKind.COMPARISON, ANA, make_place(), "a cat", START)
    members = [received(group_id=group.id) for _ in range(4)]
    await store.admissions.admit_group(group, members, NO_LIMITS, DAY)
    async with store.database.transaction() as connection:
        await connection.execute(text("UPDATE jobs SET owner = NULL"))

    assert (await other.ownership.claim(100)).job_ids == []  # its card is ours
    assert len((await store.ownership.claim(100)).job_ids) == 4


async def test_owner_hears_what_another_did_to_its_job(store: JobStore, other: JobStore) -> None:
    job = await admitted(store)
    assert await store.ownership.touched_since(None) == []

    await moved(other, job, JobStatus.CANCELLED)

    [(_moment, touched)] = await store.ownership.touched_since(None)
    assert (touched.id, touched.status, touched.owner) == (job.id, JobStatus.CANCELLED, store.database.process)


async def test_own_changes_are_no_news(store: JobStore, other: JobStore) -> None:
    await moved(store, await admitted(store), JobStatus.SUBMITTING, JobStatus.RUNNING)

    assert await other.ownership.touched_since(None) == await store.ownership.touched_since(None) == []


@pytest.mark.parametrize("status", [JobStatus.UNCERTAIN, JobStatus.EXPIRED, JobStatus.UNDELIVERABLE])
async def test_who_moves_a_job_on_that_was_at_rest_owns_it(status: JobStatus, store: JobStore, other: JobStore) -> None:
    job = await moved(store, await admitted(store), status)

    taken = await other.move(job, [status], JobStatus.RUNNING)

    assert taken is not None
    assert (taken.owner, taken.epoch) == (other.database.process, job.epoch + 1)
    assert [touched.id for _moment, touched in await store.ownership.touched_since(None)] == [job.id]


async def test_what_waits_for_a_moderator_is_decided_anywhere_and_goes_on_where_it_was(
    store: JobStore, other: JobStore
) -> None:
    job = await moved(store, await admitted(store), JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING)
    later = START + timedelta(days=1)
    review = Review(job.id, 201, 777, asked_at=START, decides_at=later, otherwise=Decision.REJECT)
    waiting = await store.reviews.ask(job, review)
    assert waiting is not None
    await store.told(waiting, None)

    decisions = await asyncio.gather(
        *(one.reviews.decide(job.id, Decision.POST, 903) for _ in range(5) for one in (store, other))
    )

    (decided,) = [one for one in decisions if one is not None]
    assert (decided.status, decided.owner) == (JobStatus.POSTING, store.database.process)


async def test_what_waits_for_a_moderator_is_taken_over_by_nobody_and_posted_by_whoever_decides(
    store: JobStore, other: JobStore
) -> None:
    job = await moved(store, await admitted(store), JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING)
    later = START + timedelta(days=1)
    review = Review(job.id, 201, 777, asked_at=START, decides_at=later, otherwise=Decision.REJECT)
    waiting = await store.reviews.ask(job, review)
    assert waiting is not None
    await store.told(waiting, None)
    await end_lease_of(store, other)

    assert (await other.ownership.claim(100)).job_ids == []
    decided = await other.reviews.decide(job.id, Decision.SPOILER, 903)

    assert decided is not None
    assert (decided.status, decided.owner, decided.is_spoiler) == (JobStatus.POSTING, other.database.process, True)
