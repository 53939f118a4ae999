"""Processes on one database: whose lease holds, who may claim what, and when a paid call may leave."""

import pytest
from sqlalchemy import func, select

from bot.domain.job import JobStatus
from bot.storage.jobs import JobStore
from bot.storage.processes import Lease
from bot.storage.schema import processes
from tests.support.makers import START
from tests.support.processes import end_lease_of, orphaned
from tests.support.stored import admitted, moved, received

pytestmark = pytest.mark.both_databases


@pytest.mark.parametrize("owner", [None, "gone"])
async def test_what_nobody_works_on_is_claimed_once(owner: str | None, store: JobStore) -> None:
    job, ours = await admitted(store), await admitted(store)
    await orphaned(store, job, owner)

    claims = [await store.ownership.claim(100) for _ in range(2)]

    assert [claimed.job_ids for claimed in claims] == [[job.id], []]
    now = await store.get(job.id)
    assert now is not None
    assert (now.owner, now.epoch) == (store.database.process, job.epoch + 1)
    assert await store.get(ours.id) == ours


async def test_who_owned_a_job_before_writes_nothing_any_more(store: JobStore) -> None:
    ours = await admitted(store)
    await orphaned(store, ours, None)
    await store.ownership.claim(100)
    now = await store.get(ours.id)
    assert now is not None

    assert await store.move(ours, [JobStatus.RECEIVED], JobStatus.SUBMITTING) is None
    assert await store.card_shown(ours, 402) is None
    assert await store.told(ours, 402) is None
    await store.update(ours, waiting_for="credit")

    assert await store.get(ours.id) == now
    assert await store.move(now, [JobStatus.RECEIVED], JobStatus.SUBMITTING) is not None


async def test_jobs_that_are_over_are_nobodys_to_claim(store: JobStore) -> None:
    over = await moved(store, await admitted(store), JobStatus.DONE, told=True)
    await orphaned(store, over, "gone")

    assert (await store.ownership.claim(100)).job_ids == []


async def test_claims_are_made_in_portions_the_oldest_first(store: JobStore) -> None:
    waiting = [await admitted(store, received(created_at=START.replace(minute=at))) for at in (2, 0, 1)]
    for job in waiting:
        await orphaned(store, job, None)

    portions = [set((await store.ownership.claim(2)).job_ids) for _ in range(2)]

    assert portions == [{waiting[1].id, waiting[2].id}, {waiting[0].id}]


async def test_paid_call_leaves_only_while_the_lease_holds(store: JobStore) -> None:
    job = await admitted(store)
    await end_lease_of(store, store)
    assert await store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING) is None

    await store.database.processes.renew()

    assert await store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING) is not None


async def test_process_that_was_forgotten_enters_anew(store: JobStore) -> None:
    async with store.database.transaction() as connection:
        await connection.execute(processes.delete())

    await store.database.processes.renew()

    async with store.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(processes))).scalar_one() == 1


def test_lease_counts_from_the_question_not_from_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    lease, now = Lease(20.0), [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    assert not lease.holds()
    lease.renewed(asked_at=100.0)

    held = []
    for now[0] in (109.9, 110.0, 119.9, 120.0):
        held.append((lease.holds(safely=True), lease.holds()))

    assert held == [(True, True), (False, True), (False, True), (False, False)]


def test_lease_that_had_ended_before_it_was_renewed_is_counted() -> None:
    lease = Lease(20.0)
    lease.renewed(asked_at=100.0)
    lease.renewed(asked_at=119.0)
    before = lease.lapses

    lease.renewed(asked_at=139.0)

    assert lease.lapses == before + 1
