"""What a relay may take in a day: exact under races, given back with what was not taken, and equal to the ledger."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.domain.budgets import relay_account
from bot.domain.job import Job, JobStatus
from bot.domain.requests import Imagine, Outgoing
from bot.storage.books import imbalances
from bot.storage.jobs import JobStore
from bot.storage.shared_limits import Caps
from bot.storage.units import LimitReachedError
from tests.support.makers import DAY, NO_LIMITS
from tests.support.stored import admitted, received, refusals, units_used

pytestmark = pytest.mark.both_databases

ROOM = Caps(100, 100, ("midjourney",))
TODAY = received().created_at
A = relay_account("a", DAY).scope
B = relay_account("b", DAY).scope


async def mark(store: JobStore, job: Job, most: int, relay: str = "a", at: datetime = TODAY) -> Job:
    marked = await store.mark(job, ROOM, most, relay=relay, submitted_at=at)
    assert marked is not None
    return marked


async def agrees(store: JobStore) -> bool:
    """Whether the ledger says what is booked."""
    async with store.database.engine.begin() as connection:
        return await connection.run_sync(imbalances) == []


async def test_twenty_at_the_last_unit_of_a_relay_send_one_job(store: JobStore) -> None:
    jobs = [await admitted(store) for _number in range(20)]

    results = await refusals([mark(store, job, 1) for job in jobs])

    assert [str(error) for error in results if isinstance(error, LimitReachedError)] == [f"{A}@day"] * 19
    statuses = [job.status for job in await store.unfinished()]
    assert (statuses.count(JobStatus.SUBMITTING), statuses.count(JobStatus.RECEIVED)) == (1, 19)
    assert await units_used(store, A) == 1
    assert await agrees(store)


async def test_what_a_relay_did_not_take_is_booked_at_the_next_one_alone(store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 1)
    back = await store.move(sent, [sent.status], JobStatus.RECEIVED, relay="")
    assert back is not None
    assert await units_used(store, A) == 0

    await mark(store, back, 1, "b")

    assert (await units_used(store, A), await units_used(store, B)) == (0, 1)
    assert await agrees(store)


@pytest.mark.parametrize(("end", "left"), [(JobStatus.FAILED, 0), (JobStatus.EXPIRED, 1)])
async def test_units_of_a_relay_end_as_those_of_the_member(end: JobStatus, left: int, store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 1)

    await store.move(sent, [sent.status], end)

    assert (await units_used(store, A), await units_used(store, "all")) == (left, left)
    assert await agrees(store)


async def test_a_job_that_starts_over_leaves_its_relay(store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 1)

    back = await store.start_over(sent, Outgoing(Imagine(prompt="a dog"), None), 3, NO_LIMITS)

    assert back is not None
    assert (back.relay, await units_used(store, A), await units_used(store, "all")) == ("", 0, 3)
    assert await agrees(store)


async def test_a_question_that_is_answered_is_booked_once(store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 5)
    asking = await store.move(sent, [sent.status], JobStatus.AWAITING_INPUT, task_id="7")
    assert asking is not None
    answered = await store.move(asking, [asking.status], JobStatus.RECEIVED)
    assert answered is not None

    await mark(store, answered, 5)

    assert await units_used(store, A) == 1
    assert await agrees(store)


@pytest.mark.parametrize("relay", ["a", "b"])
async def test_a_mark_that_the_database_called_failed_is_booked_once_where_the_next_one_goes(
    relay: str, store: JobStore
) -> None:
    standing = await mark(store, await admitted(store), 1)

    await mark(store, standing, 1, relay)

    assert await units_used(store, relay_account(relay, DAY).scope) == 1
    assert await units_used(store, A) + await units_used(store, B) == 1
    assert await agrees(store)


async def test_a_relay_without_a_limit_counts_nothing(store: JobStore) -> None:
    marked = await store.mark(await admitted(store), ROOM, None, relay="a")

    assert marked is not None
    assert (marked.relay, await units_used(store, A)) == ("a", 0)


async def test_what_waits_over_midnight_is_booked_for_the_day_on_which_it_is_sent(store: JobStore) -> None:
    waiting = [await admitted(store) for _number in range(3)]
    tomorrow = TODAY + timedelta(days=1)
    await mark(store, waiting[0], 1)

    with pytest.raises(LimitReachedError):
        await mark(store, waiting[1], 1)
    sent = await mark(store, waiting[1], 1, at=tomorrow)
    with pytest.raises(LimitReachedError):
        await mark(store, waiting[2], 1, at=tomorrow)

    of_tomorrow = relay_account("a", tomorrow.date().isoformat()).scope
    assert (await units_used(store, A), await units_used(store, of_tomorrow)) == (1, 1)
    await store.move(sent, [sent.status], JobStatus.FAILED)
    assert (await units_used(store, A), await units_used(store, of_tomorrow)) == (1, 0)
    assert await agrees(store)


async def test_units_that_the_version_before_booked_at_a_relay_are_given_back(store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 1)
    async with store.database.transaction() as connection:
        for table, column in (("reservations", "accounts"), ("ledger", "accounts"), ("budgets", "scope")):
            as_before = f"UPDATE {table} SET {column} = replace({column}, :new, 'relay:a')"
            await connection.execute(text(as_before), {"new": A})
    assert await units_used(store, "relay:a") == 1

    await store.move(sent, [sent.status], JobStatus.FAILED)

    assert await units_used(store, "relay:a") == 0
    assert await agrees(store)


async def test_a_relays_days_are_forgotten_as_all_others(store: JobStore) -> None:
    sent = await mark(store, await admitted(store), 1)
    await store.move(sent, [sent.status], JobStatus.EXPIRED)

    await store.erasure.forget_before(TODAY + timedelta(days=400))

    assert await units_used(store, A) == 0
    assert await agrees(store)
