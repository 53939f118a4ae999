"""Jobs in a real database file: guarded moves, races, sums of units, restarts."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError

from bot.domain.job import ENDED, Actor, Failure, FailureKind, Job, JobStatus
from bot.domain.requests import Action, Blend, Describe, Dimensions, FaceSwap, Imagine, Mode, Request, Shorten
from bot.errors import DatabaseBusyError
from bot.storage.admissions import UsedError
from bot.storage.jobs import JobStore
from bot.storage.schema import budgets, metadata, reservations
from bot.storage.units import LimitReachedError, Limits
from tests.conftest import database_url
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    PICK_2,
    START,
    TASK,
    make_action,
    make_job,
    make_place,
    make_result,
    make_token,
)
from tests.support.ports import PATIENCE_S


def received(**changes: Any) -> Job:
    return make_job(JobStatus.RECEIVED, **changes)


async def admitted(store: JobStore, job: Job | None = None, limits: Limits = NO_LIMITS) -> Job:
    job = job or received()
    await store.admissions.admit(job, limits, DAY)
    return job


async def moved(store: JobStore, job: Job, *way: JobStatus, **changes: Any) -> Job:
    """The job after a walk through some statuses."""
    for status in way:
        now = await store.move(job, [job.status], status, **changes)
        assert now is not None
        job = now
    return job


async def units_used(store: JobStore, scope: str = "all") -> int:
    query = select(func.coalesce(func.sum(budgets.c.used), 0)).where(budgets.c.scope == scope)
    async with store.database.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def reservation_of(store: JobStore, job: Job) -> str:
    query = select(reservations.c.state).where(reservations.c.job_id == job.id)
    async with store.database.engine.connect() as connection:
        return str((await connection.execute(query)).scalar_one())


async def refusals(attempts: Sequence[Any]) -> list[BaseException]:
    """What went wrong among attempts made at once."""
    return [error for error in await asyncio.gather(*attempts, return_exceptions=True) if error is not None]


# The tables.


async def test_migrations_make_exactly_the_tables(store: JobStore) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))

    async with store.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=str)
async def test_commits_survive_a_power_cut(store: JobStore, pragma: tuple[str, object]) -> None:
    async with store.database.engine.connect() as connection:
        value = (await connection.exec_driver_sql(f"PRAGMA {pragma[0]}")).scalar_one()

    assert value == pragma[1]


async def test_only_admissions_do_not_wait_for_the_disk(store: JobStore) -> None:
    async with store.database.transaction(is_urgent=True) as admission:
        assert (await admission.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 1
    async with store.database.transaction() as mark:
        assert (await mark.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 2


async def test_second_process_on_the_same_file_is_refused(store: JobStore, tmp_path: Path) -> None:
    with pytest.raises(DatabaseBusyError, match="stop it first"):
        async with JobStore.opened(database_url(tmp_path)):
            pytest.fail("two stores on one file")

    assert await store.unfinished() == []


async def test_closed_file_can_be_opened_again(tmp_path: Path) -> None:
    for _ in range(2):
        async with JobStore.opened(database_url(tmp_path)) as store:
            assert await store.unfinished() == []


# What goes in comes out.


REQUESTS: list[Request] = [
    Imagine(prompt="猫 --v 7\n'; DROP TABLE jobs;", pictures=("a-input1.png",), references=("--sref",)),
    Blend(pictures=("a.png", "b.png"), dimensions=Dimensions.PORTRAIT),
    Describe(pictures=("a.png",)),
    Shorten(prompt="x" * 6000),
    FaceSwap(pictures=("a.png", "b.png")),
    Action(prompt="cat", button=PICK_2, parent_task_id=TASK, answer="dog", is_answered=True, pictures=("mask.png",)),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request.operation))
async def test_job_comes_out_as_it_went_in(request_: Request, store: JobStore) -> None:
    place = make_place(channel_id=2**63 - 1, guild_id=None, may_post=False)
    job = received(request=request_, mode=Mode.TURBO, place=place, reply_to=7, units=3)

    await admitted(store, job)

    assert await store.get(job.id) == job


async def test_reopened_file_has_everything(tmp_path: Path) -> None:
    result, failure = make_result(), Failure(kind=FailureKind.RELAY, detail="no")
    changes = {"result": result, "failure": failure, "deadline_at": START, "submitted_at": START, "task_id": "007"}
    changes |= {"card_id": 1, "result_message_id": 2, "told": False, "stopped": True, "token": make_token(7)}
    async with JobStore.opened(database_url(tmp_path)) as store:
        before = await moved(store, await admitted(store), JobStatus.FAILED, **changes)
        await store.notes.set("a", "1")

    async with JobStore.opened(database_url(tmp_path)) as store:
        assert await store.get(before.id) == before == before.with_(**changes)
        assert await store.notes.get("a") == "1"


async def test_unknown_job_is_none(store: JobStore) -> None:
    assert await store.get("nobody") is None


async def test_wiped_token_is_gone(store: JobStore) -> None:
    job = await admitted(store)

    await store.update(job.id, token=None)

    assert (await store.get(job.id)) == job.with_(token=None)


# Guarded moves.


async def test_move_from_another_status_changes_nothing(store: JobStore) -> None:
    job = await admitted(store)

    assert await store.move(job, [JobStatus.RUNNING, JobStatus.SUBMITTING], JobStatus.DONE, task_id="9") is None
    assert await store.get(job.id) == job


async def test_only_one_of_many_movers_wins(store: JobStore) -> None:
    job = await admitted(store)

    moves = [store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING) for _ in range(20)]
    winners = [now for now in await asyncio.gather(*moves) if now is not None]

    assert [winner.status for winner in winners] == [JobStatus.SUBMITTING]


async def test_cancel_and_submit_at_once_have_one_winner(store: JobStore) -> None:
    job = await admitted(store)

    sent, cancelled = await asyncio.gather(
        store.move(job, [JobStatus.RECEIVED], JobStatus.SUBMITTING),
        store.move(job, [JobStatus.RECEIVED], JobStatus.CANCELLED),
    )

    assert (sent is None) != (cancelled is None)


# Admission.


@pytest.mark.parametrize("limit", ["units_per_member_day", "units_per_day"])
async def test_twenty_at_one_remaining_unit_make_one_job(limit: str, store: JobStore) -> None:
    limits = replace(NO_LIMITS, **{limit: 1})

    errors = await refusals([store.admissions.admit(received(), limits, DAY) for _ in range(20)])

    assert len(await store.unfinished()) == 1
    assert [getattr(error, "limit", None) for error in errors] == [limit] * 19
    assert await units_used(store) == 1


async def test_twenty_members_at_one_remaining_unit_of_all_make_one_job(store: JobStore) -> None:
    limits = Limits(waiting_per_member=1, units_per_member_day=5, units_per_day=1)
    jobs = [received(actor=Actor(1000 + number)) for number in range(20)]

    errors = await refusals([store.admissions.admit(job, limits, DAY) for job in jobs])

    assert (len(await store.unfinished()), len(errors)) == (1, 19)
    assert await units_used(store) == 1


async def test_many_at_once_are_admitted_as_one_by_one(store: JobStore) -> None:
    jobs = [received(actor=Actor(1000 + number % 7), units=2) for number in range(60)]

    errors = await refusals([store.admissions.admit(job, NO_LIMITS, DAY) for job in jobs])

    assert errors == []
    assert {job.id for job in await store.unfinished()} == {job.id for job in jobs}
    assert (await units_used(store), await units_used(store, "member:1000")) == (120, 18)


async def test_who_comes_with_one_over_the_limit_is_admitted_all_the_same(store: JobStore) -> None:
    limits = replace(NO_LIMITS, units_per_member_day=3)
    jobs = [received(units=4), *(received(actor=Actor(1000 + number), units=1) for number in range(9))]

    errors = await refusals([store.admissions.admit(job, limits, DAY) for job in jobs])

    assert [getattr(error, "limit", None) for error in errors] == ["units_per_member_day"]
    assert len(await store.unfinished()) == 9


async def test_who_leaves_the_door_holds_nobody_up(store: JobStore) -> None:
    first = asyncio.create_task(store.admissions.admit(received(), NO_LIMITS, DAY))
    await asyncio.sleep(0)
    others = [asyncio.create_task(store.admissions.admit(received(), NO_LIMITS, DAY)) for _ in range(5)]
    await asyncio.sleep(0)

    first.cancel()

    await asyncio.wait_for(asyncio.gather(*others), PATIENCE_S)
    assert len(await store.unfinished()) >= 5


async def test_refused_admission_leaves_nothing(store: JobStore) -> None:
    job = received(units=5)

    with pytest.raises(LimitReachedError):
        await store.admissions.admit(job, Limits(10, 4, None), DAY)

    assert await store.get(job.id) is None
    assert (await units_used(store), await units_used(store, "member:901")) == (0, 0)


async def test_every_day_and_every_member_has_its_own_budget(store: JobStore) -> None:
    limits = Limits(10, 1, None)

    await store.admissions.admit(received(), limits, DAY)
    await store.admissions.admit(received(), limits, "2026-11-23")
    await store.admissions.admit(received(actor=BEN), limits, DAY)

    assert len(await store.unfinished()) == 3


async def test_free_jobs_pass_a_spent_budget(store: JobStore) -> None:
    await admitted(store, received(units=0), Limits(10, 0, 0))

    assert await units_used(store) == 0


async def test_waiting_jobs_are_counted_by_member(store: JobStore) -> None:
    limits = Limits(2, None, None)
    for _ in range(2):
        await admitted(store, limits=limits)

    with pytest.raises(LimitReachedError, match="waiting_per_member"):
        await admitted(store, limits=limits)

    await admitted(store, received(actor=BEN), limits)


async def test_job_that_has_started_waits_no_more(store: JobStore) -> None:
    limits = Limits(1, None, None)

    await moved(store, await admitted(store, limits=limits), JobStatus.SUBMITTING)

    await admitted(store, limits=limits)

    assert len(await store.unfinished()) == 2


# Once-only buttons.


def pick_of(parent: Job, **changes: Any) -> Job:
    job = make_action(PICK_2.custom_id, parent_id=parent.id, once_key=PICK_2.custom_id)
    fresh: dict[str, Any] = {"status": JobStatus.RECEIVED, "task_id": None, "submitted_at": None, "card_id": None}
    return job.with_(**(fresh | changes))


async def test_twenty_presses_of_a_once_only_button_make_one_job(store: JobStore) -> None:
    parent = await admitted(store)
    picks = [pick_of(parent, actor=ANA if number % 2 else BEN) for number in range(20)]

    errors = await refusals([store.admissions.admit(pick, NO_LIMITS, DAY) for pick in picks])

    used = [error for error in errors if isinstance(error, UsedError)]
    (winner,) = {error.job.id for error in used}
    assert (len(used), await units_used(store)) == (19, 2)
    assert await store.get(winner) is not None


async def test_same_button_of_another_parent_is_free(store: JobStore) -> None:
    for _ in range(2):
        await admitted(store, pick_of(await admitted(store)))

    assert len(await store.unfinished()) == 4


async def test_button_is_free_again_when_its_job_let_go(store: JobStore) -> None:
    parent = await admitted(store)
    first = await admitted(store, pick_of(parent))
    await moved(store, first, JobStatus.FAILED, once_key=None)

    await admitted(store, pick_of(parent))

    assert await store.used_keys(parent.id) == {PICK_2.custom_id}


async def test_used_button_is_told_even_when_nothing_may_be_spent(store: JobStore) -> None:
    parent = await admitted(store)
    first = await admitted(store, pick_of(parent))

    with pytest.raises(UsedError) as caught:
        await admitted(store, pick_of(parent), Limits(0, 0, 0))

    assert caught.value.job.id == first.id


async def test_job_of_an_unknown_parent_is_a_fault_not_a_used_button(store: JobStore) -> None:
    with pytest.raises(IntegrityError):
        await admitted(store, pick_of(received()))

    assert await units_used(store) == 0


# Units.


@pytest.mark.parametrize(
    ("way", "state", "used"),
    [
        ([JobStatus.SUBMITTING, JobStatus.RUNNING], "reserved", 3),
        ([JobStatus.SUBMITTING, JobStatus.UNCERTAIN], "reserved", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING, JobStatus.DONE], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.POSTING, JobStatus.UNDELIVERABLE], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.EXPIRED], "settled", 3),
        ([JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.FAILED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.REFUSED], "released", 0),
        ([JobStatus.CANCELLED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.UNCERTAIN, JobStatus.CANCELLED], "released", 0),
        ([JobStatus.SUBMITTING, JobStatus.RECEIVED, JobStatus.CANCELLED], "released", 0),
    ],
    ids=lambda value: str(value[-1]) if isinstance(value, list) else None,
)
async def test_units_are_settled_or_released_with_the_end(
    way: list[JobStatus], state: str, used: int, store: JobStore
) -> None:
    job = await admitted(store, received(units=3))

    await moved(store, job, *way)

    assert await reservation_of(store, job) == state
    assert (await units_used(store), await units_used(store, "member:901")) == (used, used)


async def test_units_are_released_once(store: JobStore) -> None:
    other, job = await admitted(store), await admitted(store)

    await moved(store, job, JobStatus.FAILED, JobStatus.CANCELLED)

    assert await units_used(store) == 1
    assert await reservation_of(store, other) == "reserved"


async def test_posting_again_elsewhere_settles_nothing_twice(store: JobStore) -> None:
    job = await admitted(store)

    await moved(store, job, JobStatus.POSTING, JobStatus.UNDELIVERABLE, JobStatus.POSTING, JobStatus.DONE)

    assert (await units_used(store), await reservation_of(store, job)) == (1, "settled")


# Lists.


@pytest.mark.parametrize("status", JobStatus)
@pytest.mark.parametrize("told", [True, False])
async def test_unfinished_is_what_still_needs_something_done(status: JobStatus, *, told: bool, store: JobStore) -> None:
    job = await admitted(store)
    await store.move(job, [JobStatus.RECEIVED], status, told=told)
    rests = ENDED | {JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN}

    assert [found.id for found in await store.unfinished()] == ([job.id] if status not in rests or not told else [])


async def test_unfinished_comes_oldest_first(store: JobStore) -> None:
    late, early = received(created_at=START + timedelta(seconds=9)), received()
    for job in (late, early):
        await admitted(store, job)

    assert [job.id for job in await store.unfinished()] == [early.id, late.id]


@pytest.mark.parametrize("status", JobStatus)
async def test_own_list_has_what_is_not_over(status: JobStatus, store: JobStore) -> None:
    job, foreign = await admitted(store), await admitted(store, received(actor=BEN))
    for each in (job, foreign):
        await store.move(each, [JobStatus.RECEIVED], status)

    assert [found.id for found in await store.of_author(901, 10)] == ([] if status in ENDED else [job.id])


@pytest.mark.parametrize("status", [JobStatus.RUNNING, JobStatus.DONE])
async def test_own_lists_are_cut_to_the_newest(status: JobStatus, store: JobStore) -> None:
    jobs = [await admitted(store, received(created_at=START + timedelta(seconds=at))) for at in range(3)]
    for job in jobs:
        await store.move(job, [JobStatus.RECEIVED], status)

    found = await (store.posted_of_author if status is JobStatus.DONE else store.of_author)(901, 2)

    assert [job.id for job in found] == [jobs[2].id, jobs[1].id]
