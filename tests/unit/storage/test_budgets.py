"""Budgets in any mix: what they are booked on, who is refused, what is granted, and what comes back."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.budgets import Account, Budget, Budgets, Grant, Period
from bot.domain.job import JobStatus
from bot.domain.requests import Imagine, Mode, Outgoing
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError, Limits
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS
from tests.support.stored import admitted, counted, moved, received, refusals, units_used

pytestmark = pytest.mark.both_databases

SCOPES = ("member:901", "role:5", "channel:301", "guild:201", "guild:201/member:901", "all")
COUNTED = (Period.DAY, Period.WEEK, Period.MONTH)
NEXT_DAY, NEXT_WEEK, NEXT_MONTH = "2026-11-23", "2026-11-30", "2026-12-01"


def limited(*budgets: Budget) -> Limits:
    return replace(NO_LIMITS, budgets=Budgets(budgets))


def budget(scope: str = "guild:201", period: Period = Period.MONTH, most: int = 1, *grants: Grant) -> Budget:
    return Budget(Account(scope, period), most, grants)


async def count(store: JobStore, limits: Limits, *days: str) -> int:
    """How many of those that come on these days, one after the other, are let in."""
    let_in = 0
    for day in days:
        try:
            await store.admissions.admit(received(), limits, day)
        except LimitReachedError:
            continue
        let_in += 1
    return let_in


@pytest.mark.parametrize("period", COUNTED)
@pytest.mark.parametrize("scope", SCOPES)
async def test_twenty_at_the_last_unit_make_one_job(scope: str, period: Period, store: JobStore) -> None:
    limits = limited(budget(scope, period))

    errors = await refusals([store.admissions.admit(received(), limits, DAY) for _ in range(20)])

    assert len(await store.unfinished()) == 1
    assert {error.budget for error in errors if isinstance(error, LimitReachedError)} == {budget(scope, period)}
    assert await units_used(store, "all") in (1, 2)  # a budget of all for longer than a day has a counter of its own


@pytest.mark.parametrize(
    ("period", "let_in"), [(Period.DAY, [1, 1, 1, 1]), (Period.WEEK, [1, 1, 1, 0]), (Period.MONTH, [1, 0, 0, 1])]
)
async def test_a_budget_counts_for_its_period(period: Period, let_in: list[int], store: JobStore) -> None:
    limits = limited(budget(period=period))

    counts = [await count(store, limits, day) for day in (DAY, NEXT_DAY, NEXT_WEEK, NEXT_MONTH)]

    assert counts == let_in  # the first of these days is a Sunday


async def test_all_budgets_hold_at_once_and_a_refusal_books_on_none(store: JobStore) -> None:
    wide, narrow = budget("channel:301", Period.WEEK, 5), budget("guild:201", Period.MONTH, 2)

    let_in = await count(store, limited(wide, narrow), DAY, DAY, DAY)

    assert let_in == 2
    assert [await units_used(store, scope) for scope in ("channel:301", "guild:201", "all")] == [2, 2, 2]


async def test_the_narrower_of_two_budgets_of_one_account_holds(store: JobStore) -> None:
    limits = replace(limited(budget("all", Period.DAY, 9), budget("all", Period.DAY, 2)), units_per_day=5)

    assert await count(store, limits, DAY, DAY, DAY) == 2


async def test_a_budget_of_nothing_lets_nothing_in_but_what_is_free(store: JobStore) -> None:
    limits = limited(budget(most=0))

    assert await count(store, limits, DAY) == 0
    await store.admissions.admit(received(units=0), limits, DAY)


async def test_members_with_different_budgets_are_let_in_together(store: JobStore) -> None:
    ana, ben = limited(budget("role:5")), limited(budget("role:6"))
    coming = [(received(), ana), (received(actor=BEN), ben), (received(), NO_LIMITS), (received(actor=BEN), ana)]

    errors = await refusals([store.admissions.admit(job, limits, DAY) for job, limits in coming])

    assert [str(error) for error in errors] == ["role:5@month"]
    assert [await units_used(store, scope) for scope in ("role:5", "role:6", "all")] == [1, 1, 3]


async def test_what_costs_nothing_in_the_end_is_given_back_everywhere(store: JobStore) -> None:
    job = await admitted(store, received(units=3), limited(*(budget(scope, Period.WEEK, 9) for scope in SCOPES)))

    await moved(store, job, JobStatus.CANCELLED)

    assert [await units_used(store, scope) for scope in SCOPES] == [0] * len(SCOPES)


async def test_another_price_is_held_against_all_budgets(store: JobStore) -> None:
    limits = limited(budget(most=3))
    job = await moved(store, await admitted(store, limits=limits), JobStatus.SUBMITTING)
    outgoing = Outgoing(Imagine(prompt="a dog"), Mode.FAST)

    with pytest.raises(LimitReachedError):
        await store.start_over(job, outgoing, 4, limits)
    await store.start_over(job, outgoing, 3, limits)

    assert [await units_used(store, scope) for scope in ("guild:201", "all")] == [3, 3]


# Grants.


async def test_a_grant_pays_what_does_not_fit_a_budget_any_more(store: JobStore) -> None:
    limits = limited(budget("guild:201", Period.DAY, 1, Grant("a", 2)))

    assert await count(store, limits, DAY, DAY, DAY, DAY) == 3
    assert await count(store, limits, NEXT_DAY, NEXT_DAY) == 1
    assert [await units_used(store, scope) for scope in ("guild:201", "grant:a", "all")] == [2, 2, 4]


async def test_what_a_grant_paid_comes_back_to_it(store: JobStore) -> None:
    limits = limited(budget("guild:201", Period.DAY, 0, Grant("a", 1)))
    job = await admitted(store, limits=limits)

    await moved(store, job, JobStatus.CANCELLED)

    assert [await units_used(store, scope) for scope in ("guild:201", "grant:a", "all")] == [0, 0, 0]
    assert await count(store, limits, DAY, DAY) == 1


async def test_the_next_grant_pays_what_the_first_has_no_room_for(store: JobStore) -> None:
    limits = limited(budget("guild:201", Period.DAY, 0, Grant("a", 1), Grant("b", 3)))

    await store.admissions.admit(received(units=2), limits, DAY)

    assert [await units_used(store, scope) for scope in ("grant:a", "grant:b")] == [0, 2]


async def test_where_grants_are_used_up_the_budget_that_renews_is_told(store: JobStore) -> None:
    own = budget("guild:201", Period.DAY, 0, Grant("a", 1), Grant("b", 1))
    assert await count(store, limited(own), DAY, DAY) == 2

    with pytest.raises(LimitReachedError) as refused:
        await store.admissions.admit(received(), limited(own), DAY)

    assert refused.value.budget == own


async def test_a_grant_of_one_budget_widens_no_other(store: JobStore) -> None:
    limits = limited(budget("guild:201", Period.DAY, 0, Grant("a", 9)), budget("all", Period.MONTH, 1))

    assert await count(store, limits, DAY, DAY) == 1


async def test_twenty_at_the_last_unit_that_was_granted_make_one_job(store: JobStore) -> None:
    limits = limited(budget("guild:201", Period.DAY, 0, Grant("a", 1)))

    errors = await refusals([store.admissions.admit(received(), limits, DAY) for _ in range(20)])

    assert (len(errors), await units_used(store, "grant:a")) == (19, 1)


async def test_what_is_left_is_that_of_the_scarcest_budget_with_its_grants(store: JobStore) -> None:
    limits = replace(limited(budget("guild:201", Period.DAY, 2, Grant("a", 5))), units_per_day=9)
    await asyncio.gather(*(store.admissions.admit(received(), limits, DAY) for _ in range(3)))

    assert await store.scarcest(ANA, limits, DAY) == (4, limits.budgets.shared[0])
    assert await store.scarcest(ANA, replace(limits, units_per_day=4), DAY) == (1, budget("all", Period.DAY, 4))
    assert await store.scarcest(ANA, NO_LIMITS, DAY) is None


async def test_where_nothing_limits_nothing_is_read(store: JobStore) -> None:
    with counted(store) as statements:
        await store.scarcest(ANA, NO_LIMITS, DAY)
        assert statements == []
        await store.scarcest(ANA, replace(NO_LIMITS, units_per_day=4), DAY)

    assert len(statements) == 1
