"""Who comes while others are under way: all that fit are admitted together, and nobody holds up the others."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.job import Actor, Asked, JobStatus
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS
from tests.support.ports import PATIENCE_S
from tests.support.stored import admitted, counted, moved, received, refusals, units_used

pytestmark = pytest.mark.both_databases

NEXT_DAY = "2026-11-23"


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


async def test_who_is_over_a_budget_of_their_own_holds_up_nobody_who_comes_with_them(store: JobStore) -> None:
    used_up = replace(NO_LIMITS, units_per_member_day=0)
    coming = [(received(actor=Actor(1000 + number)), NO_LIMITS if number else used_up) for number in range(20)]

    with counted(store) as statements:
        errors = await refusals([store.admissions.admit(job, limits, DAY) for job, limits in coming])

    assert [str(error) for error in errors] == ["units_per_member_day"]
    assert sum("INSERT INTO jobs" in statement for statement in statements) == 1  # all others together
    assert await units_used(store) == 19


async def test_as_many_as_fit_a_budget_are_admitted_together_in_their_order(store: JobStore) -> None:
    limits = replace(NO_LIMITS, units_per_day=9)
    await admitted(store, received(units=2), limits)
    jobs = [received(actor=Actor(1000 + number), units=3 if number == 1 else 1) for number in range(20)]
    jobs[0] = received(actor=Actor(1000), units=8)

    with counted(store) as statements:
        errors = await refusals([store.admissions.admit(job, limits, DAY) for job in jobs])

    assert [str(error) for error in errors] == ["units_per_day"] * 15
    assert {job.id for job in await store.unfinished()} >= {job.id for job in jobs[1:6]}
    assert sum("INSERT INTO jobs" in statement for statement in statements) == 1
    assert sum("INSERT INTO ledger" in statement for statement in statements) == 1
    assert (len(await store.unfinished()), await units_used(store)) == (6, 9)


async def test_what_came_twice_is_told_as_such_although_nothing_is_left(store: JobStore) -> None:
    asked = [Asked(number, 0) for number in range(3)]
    limits = replace(NO_LIMITS, units_per_day=1)
    await admitted(store, received(asked=asked[0]), limits)

    errors = await refusals([store.admissions.admit(received(asked=one), limits, DAY) for one in asked])

    assert sorted(type(error).__name__ for error in errors) == ["AskedError", "LimitReachedError", "LimitReachedError"]
    assert await units_used(store) == 1


async def test_who_has_too_much_waiting_holds_up_nobody_who_comes_with_them(store: JobStore) -> None:
    limits, others = replace(NO_LIMITS, waiting_per_member=2), replace(NO_LIMITS, waiting_per_member=9)
    coming = [(received(), limits) for _ in range(5)] + [(received(actor=BEN), others) for _ in range(5)]

    with counted(store) as statements:
        errors = await refusals([store.admissions.admit(job, own, DAY) for job, own in coming])

    assert [str(error) for error in errors] == ["waiting_per_member"] * 3
    assert len(await store.unfinished()) == 7
    assert sum("INSERT INTO jobs" in statement for statement in statements) == 1


async def test_cooldown_lets_one_of_each_in_of_those_who_come_together(store: JobStore) -> None:
    slow = replace(NO_LIMITS, cooldown_s=60)
    await admitted(store, received(actor=BEN), slow)
    actors = [ANA, Actor(1000), ANA, Actor(1001), BEN]

    with counted(store) as statements:
        errors = await refusals([store.admissions.admit(received(actor=actor), slow, DAY) for actor in actors])

    assert [str(error) for error in errors] == ["cooldown"] * 2
    assert sorted(job.actor.id for job in await store.unfinished()) == [*sorted([ANA.id, BEN.id]), 1000, 1001]
    assert sum("INSERT INTO jobs" in statement for statement in statements) == 1


async def test_who_come_together_at_midnight_spend_of_their_own_days(store: JobStore) -> None:
    days = [DAY, NEXT_DAY, NEXT_DAY]

    errors = await refusals([store.admissions.admit(received(), NO_LIMITS, day) for day in days])

    assert errors == []
    assert [await store.spent(ANA, day) for day in (DAY, NEXT_DAY)] == [(1, 1), (2, 2)]
    assert await store.spent(ANA, "2026-11-24") == (0, 0)


async def test_units_of_those_who_came_together_are_given_back(store: JobStore) -> None:
    jobs = [received(units=2) for _ in range(5)]
    assert await refusals([store.admissions.admit(job, NO_LIMITS, DAY) for job in jobs]) == []

    for job in jobs:
        await moved(store, job, JobStatus.REFUSED)

    assert await store.spent(ANA, DAY) == (0, 0)


async def test_who_leaves_the_door_holds_nobody_up(store: JobStore) -> None:
    first = asyncio.create_task(store.admissions.admit(received(), NO_LIMITS, DAY))
    await asyncio.sleep(0)
    others = [asyncio.create_task(store.admissions.admit(received(), NO_LIMITS, DAY)) for _ in range(5)]
    await asyncio.sleep(0)

    first.cancel()

    await asyncio.wait_for(asyncio.gather(*others), PATIENCE_S)
    assert len(await store.unfinished()) >= 5
