"""The ledger says what is booked, at every instant and whatever happens to the jobs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st
from sqlalchemy import text

from bot.domain.budgets import Account, Budget, Budgets, Grant, Period
from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus
from bot.domain.requests import Imagine, Mode, Outgoing
from bot.domain.review import Decision, Review
from bot.storage import books
from bot.storage.books import Imbalance
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError, Limits
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, START, make_place
from tests.support.stored import admitted, moved, received, units_used

LATER = START + timedelta(days=400)

pytestmark = pytest.mark.both_databases

S = JobStatus
DAYS = ("2026-10-31", "2026-11-01", DAY, "2026-11-23")
BUDGETS = tuple(
    Budget(Account(scope, period), most, grants)
    for scope, period, most, grants in [
        ("role:5", Period.DAY, 4, ()),
        ("guild:201", Period.WEEK, 9, ()),
        ("guild:201/member:901", Period.MONTH, 3, (Grant("g", 4),)),
        ("channel:301", Period.MONTH, 12, ()),
        ("member:902", Period.WEEK, 6, ()),
    ]
)


async def imbalances(store: JobStore) -> list[Imbalance]:
    async with store.database.streaming() as connection:
        return await connection.run_sync(books.imbalances)


async def run(store: JobStore, statement: str) -> None:
    async with store.database.transaction() as connection:
        await connection.execute(text(statement))


async def lines(store: JobStore) -> list[tuple[Any, ...]]:
    async with store.database.reading() as connection:
        found = await connection.execute(text("SELECT kind, units, member, accounts FROM ledger ORDER BY id"))
        return [tuple(row) for row in found]


# What can happen to somebody's units, drawn at random.


def limits_of(job: Job, budgets: Sequence[Budget]) -> Limits:
    """Those of the budgets that can be somebody's own."""
    theirs = [one for one in budgets if "member" not in one.account.scope or str(job.actor.id) in one.account.scope]
    return replace(NO_LIMITS, budgets=Budgets(tuple(theirs)))


def begin_of(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


class Player:
    """Lets jobs in, leads them on and forgets people, as it is drawn."""

    def __init__(self, store: JobStore) -> None:
        self.store = store
        self.jobs: list[Job] = []
        self.first_day = DAYS[0]  # what was before is forgotten

    async def play(self, step: str, number: int, units: int) -> None:
        day, actor = max(DAYS[number % len(DAYS)], self.first_day), (ANA, BEN)[number % 2]
        match step:
            case "admit":
                job = received(actor=actor, units=units, created_at=begin_of(day))
                await self._let_in([job], day, number)
            case "together":
                members = [Actor(901 + one) for one in range(3)]
                jobs = [received(actor=actor, units=units, created_at=begin_of(day)) for actor in members]
                await self._let_in(jobs, day, number)
            case "erase":
                await self.store.erasure.erase(actor.id, day, LATER)
            case "empty":
                await self.store.emptying.empty_before(begin_of(day), lambda member_id: -member_id)
            case "forget":
                self.first_day = day
                await self.store.erasure.forget_before(begin_of(day))
            case "take_in":
                await books.take_in(self.store.database)
            case status if self.jobs:
                await self._lead(self.jobs[number % len(self.jobs)], status, units)

    async def _let_in(self, jobs: list[Job], day: str, number: int) -> None:
        budgets = BUDGETS[: number % (len(BUDGETS) + 1)]
        outcomes = await asyncio.gather(
            *(self.store.admissions.admit(job, limits_of(job, budgets), day) for job in jobs), return_exceptions=True
        )
        for job, outcome in zip(jobs, outcomes, strict=True):
            assert isinstance(outcome, Mapping | LimitReachedError)
            self.jobs += [job.with_(owner=self.store.database.process)] if isinstance(outcome, Mapping) else []

    async def _lead(self, job: Job, status: str, units: int) -> None:
        now = await self.store.get(job.id)
        if now is None:
            return
        if status == "dearer" and now.status is S.SUBMITTING:
            dearer = Outgoing(Imagine(prompt="a dog"), Mode.FAST)
            try:
                await self.store.start_over(now, dearer, units, limits_of(now, BUDGETS))
            except LimitReachedError:
                return
        elif status == "reject" and now.status is S.POSTING:
            await self.store.reviews.ask(now, Review(now.id, 201, None, START, LATER, Decision.REJECT))
            await self.store.reviews.decide(now.id, Decision.REJECT, 903, is_refunded=True)
        elif status not in ("dearer", "reject") and now.status not in (S.DONE, S.CANCELLED, S.FAILED):
            failure = Failure(kind=FailureKind.GIVEN_UP) if units % 2 else None
            await self.store.move(now, [now.status], S(status), failure=failure, told=True)


WHAT = (
    "admit",
    "admit",
    "together",
    "dearer",
    "reject",
    "erase",
    "empty",
    "forget",
    "take_in",
    *map(str, (S.SUBMITTING, S.POSTING, S.DONE)),
)
WHAT += tuple(map(str, (S.CANCELLED, S.FAILED, S.EXPIRED, S.UNCERTAIN)))
STEPS = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        st.integers(0, 40),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=14,
)


@hypothesis.settings(max_examples=25, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
@hypothesis.given(steps=STEPS)
def test_sums_of_the_ledger_equal_the_budgets_after_every_step(
    steps: list[tuple[str, int, int]], database: str
) -> None:
    async def play() -> None:
        async with JobStore.opened(database) as store:
            for table in ("ledger", "reservations", "budgets", "reviews", "jobs"):
                await run(store, f"DELETE FROM {table}")
            player = Player(store)
            for step in steps:
                await player.play(*step)
                assert await imbalances(store) == []

    asyncio.run(play())


async def test_each_step_of_a_job_is_a_line(store: JobStore) -> None:
    paid, free = await admitted(store, received(units=2)), await admitted(store, received(actor=BEN))

    await moved(store, paid, S.SUBMITTING, S.POSTING)
    await moved(store, free, S.CANCELLED)

    assert await lines(store) == [
        ("reserve", 2, "901", "member:901@day all@day"),
        ("reserve", 1, "902", "member:902@day all@day"),
        ("settle", 2, "901", "member:901@day all@day"),
        ("release", 1, "902", "member:902@day all@day"),
    ]


async def test_a_refusal_leaves_no_line(store: JobStore) -> None:
    with pytest.raises(LimitReachedError):
        await store.admissions.admit(received(), replace(NO_LIMITS, units_per_day=0), DAY)

    assert await lines(store) == []


async def test_a_counter_that_was_changed_is_found(store: JobStore) -> None:
    await admitted(store, received(units=2))

    await run(store, "UPDATE budgets SET used = 5 WHERE scope = 'all'")

    assert await imbalances(store) == [Imbalance("all", DAY, 5, 2)]


# Beside the version before.


@pytest.fixture
async def older(store: JobStore) -> Job:
    """A job as the version before left it: on days alone, and without a line."""
    job = await admitted(store, received(units=2))
    await run(store, "DELETE FROM ledger")
    await run(store, "UPDATE reservations SET accounts = NULL")
    return job


@pytest.mark.parametrize("state", ["reserved", "settled", "released"])
async def test_what_the_version_before_booked_is_written_down(state: str, older: Job, store: JobStore) -> None:
    await run(store, f"UPDATE reservations SET state = '{state}'")
    if state == "released":
        await run(store, "UPDATE budgets SET used = used - 2")

    await books.take_in(store.database)
    await books.take_in(store.database)

    kinds = {"reserved": ["reserve"], "settled": ["reserve", "settle"], "released": ["reserve", "release"]}
    assert [kind for kind, *_more in await lines(store)] == kinds[state]
    assert await imbalances(store) == []
    assert older.units == 2


async def test_what_was_counted_of_jobs_that_are_gone_is_taken_over(older: Job, store: JobStore) -> None:
    await run(store, "DELETE FROM reservations")

    await books.take_in(store.database)

    assert sorted(await lines(store)) == [
        ("adjust", 2, "", "all@day"),
        ("adjust", 2, str(older.actor.id), "member:901@day"),
    ]
    assert await imbalances(store) == []


async def test_job_of_the_version_before_ends_here(older: Job, store: JobStore) -> None:
    await moved(store, older, S.CANCELLED)
    await books.take_in(store.database)

    assert (await imbalances(store), await units_used(store)) == ([], 0)


async def test_job_that_ended_there_is_given_back_by_all_its_budgets(store: JobStore) -> None:
    job = await admitted(store, limits=replace(NO_LIMITS, budgets=Budgets(BUDGETS)))
    await run(store, f"UPDATE reservations SET state = 'released' WHERE job_id = '{job.id}'")
    await run(store, "UPDATE budgets SET used = used - 1 WHERE scope IN ('member:901', 'all')")

    await books.take_in(store.database)

    assert [await units_used(store, one.account.scope) for one in BUDGETS] == [0] * len(BUDGETS)
    assert await imbalances(store) == []


# Who is erased.


async def test_erased_member_stands_in_no_book_and_cannot_spend_again(store: JobStore) -> None:
    limits = replace(NO_LIMITS, units_per_member_day=2, budgets=Budgets(BUDGETS[2:3]))
    done = await moved(
        store, await admitted(store, received(units=2), limits), S.SUBMITTING, S.POSTING, S.DONE, told=True
    )

    await store.erasure.erase(ANA.id, DAY, LATER)

    assert await store.get(done.id) is None
    assert not [line for line in await lines(store) if "901" in str(line) and line[0] != "adjust"]
    assert await imbalances(store) == []
    with pytest.raises(LimitReachedError):
        await store.admissions.admit(received(), limits, DAY)


async def test_member_whose_id_begins_alike_is_left_alone(store: JobStore) -> None:
    other = Actor(int(f"{ANA.id}7"))
    await admitted(store, received(actor=other))

    await store.erasure.erase(ANA.id, DAY, LATER)

    assert [member for _kind, _units, member, _accounts in await lines(store)] == [str(other.id)]
    assert await units_used(store, f"member:{other.id}") == 1


async def test_job_that_goes_on_while_its_author_is_erased_is_given_back(store: JobStore) -> None:
    job = await admitted(store, limits=replace(NO_LIMITS, budgets=Budgets(BUDGETS)))

    await store.erasure.erase(ANA.id, "2026-11-23", LATER)
    await moved(store, job, S.CANCELLED)

    assert await imbalances(store) == []
    assert await units_used(store) == 0


async def test_old_lines_name_nobody_and_the_month_still_counts(store: JobStore) -> None:
    limits = replace(NO_LIMITS, budgets=Budgets(BUDGETS))
    for day in ("2026-09-30", "2026-10-30", "2026-11-02"):
        job = received(
            place=make_place(), created_at=received().created_at.replace(day=int(day[-2:]), month=int(day[5:7]))
        )
        await store.admissions.admit(job, limits, day)

    await store.erasure.forget_before(received().created_at)

    assert [member for _kind, _units, member, _accounts in await lines(store)] == ["forgotten", "forgotten", "901"]
    assert await units_used(store, "guild:201/member:901") == 1
    assert await imbalances(store) == []


async def test_units_given_back_after_their_member_was_erased_are_found_nowhere(store: JobStore) -> None:
    """The job went on, so that it outlived the erasing, and its day is over."""
    player = Player(store)
    for step, number in (("admit", 0), ("admit", 2), (S.SUBMITTING, 0), (S.POSTING, 0)):
        await player.play(step, number, 2)
    await store.erasure.erase(ANA.id, "2026-11-23", LATER)

    await player.play("reject", 0, 2)

    assert await imbalances(store) == []


# Days that are over and forgotten, for owners who keep jobs for some days alone.


async def done_on(store: JobStore, day: str, limits: Limits = NO_LIMITS) -> None:
    job = await admitted(store, received(created_at=begin_of(day)), limits, day)
    await moved(store, job, S.SUBMITTING, S.POSTING, S.DONE, told=True)


async def test_a_grant_is_in_balance_when_the_days_on_which_it_paid_are_forgotten(store: JobStore) -> None:
    granted = Budget(Account("guild:201", Period.DAY), 0, (Grant("a", 5),))
    limits = replace(NO_LIMITS, budgets=Budgets((granted,)))
    await done_on(store, "2026-09-01", limits)
    open_one = await admitted(store, received(), limits, "2026-09-02")

    await store.erasure.forget_before(START)
    await moved(store, open_one, S.CANCELLED)

    assert await units_used(store, "grant:a") == 1
    assert await imbalances(store) == []


async def test_member_is_erased_after_a_day_of_theirs_was_forgotten_whose_month_still_counts(store: JobStore) -> None:
    await done_on(store, "2026-11-10")
    await store.erasure.forget_before(START)

    await store.erasure.erase(ANA.id, DAY, START)

    assert await imbalances(store) == []
