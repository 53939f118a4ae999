"""Who gets in: races, limits of units and of waiting jobs, once-only buttons."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.job import Actor, Asked, Group, GroupKind, Job, JobStatus
from bot.storage.admissions import AskedError, UsedError
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError, Limits
from tests.support.makers import (
    ANA,
    BEN,
    DAY,
    NO_LIMITS,
    PICK_2,
    START,
    make_action,
)
from tests.support.stored import admitted, moved, received, refusals, units_used

pytestmark = pytest.mark.both_databases

UNKNOWN_ENDS = (JobStatus.UNCERTAIN, JobStatus.EXPIRED)
FREE_ENDS = (JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.FAILED)
NEXT_DAY = "2026-11-23"


def group_of(*members: Job) -> tuple[Group, list[Job]]:
    first = members[0]
    return Group(first.id, GroupKind.PERMUTATION, first.actor, first.place, "", first.created_at), list(members)


@pytest.mark.parametrize("limit", ["units_per_member_day", "units_per_day"])
async def test_twenty_at_one_remaining_unit_make_one_job(limit: str, store: JobStore) -> None:
    change: dict[str, Any] = {limit: 1}
    limits = replace(NO_LIMITS, **change)

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


async def test_refused_admission_leaves_nothing(store: JobStore) -> None:
    job = received(units=5)

    with pytest.raises(LimitReachedError):
        await store.admissions.admit(job, Limits(10, 4, None), DAY)

    assert await store.get(job.id) is None
    assert (await units_used(store), await units_used(store, "member:901")) == (0, 0)


async def test_every_day_and_every_member_has_its_own_budget(store: JobStore) -> None:
    limits = Limits(10, 1, None)

    await store.admissions.admit(received(), limits, DAY)
    await store.admissions.admit(received(), limits, NEXT_DAY)
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


async def test_twenty_presses_at_once_send_what_may_have_been_paid_again_once(store: JobStore) -> None:
    uncertain = await moved(store, await admitted(store), JobStatus.SUBMITTING, JobStatus.UNCERTAIN)
    tries = [received(replaces=uncertain.id) for _ in range(20)]

    errors = await refusals([store.admissions.admit(job, NO_LIMITS, DAY) for job in tries])

    (winner,) = {error.job.id for error in errors if isinstance(error, UsedError)}
    assert (len(errors), [job.id for job in await store.unfinished()]) == (19, [winner])


@pytest.mark.parametrize("status", JobStatus)
async def test_only_what_nobody_knows_the_end_of_is_sent_again(status: JobStatus, store: JobStore) -> None:
    first = await moved(store, await admitted(store), status)

    errors = await refusals([store.admissions.admit(received(replaces=first.id), NO_LIMITS, DAY)])

    assert [type(error) for error in errors] == ([] if status in UNKNOWN_ENDS else [UsedError])


@pytest.mark.parametrize("status", JobStatus)
async def test_what_was_sent_again_goes_once_more_only_after_a_try_that_cost_nothing(
    status: JobStatus, store: JobStore
) -> None:
    first = await moved(store, await admitted(store), JobStatus.UNCERTAIN)
    await moved(store, await admitted(store, received(replaces=first.id)), status)

    errors = await refusals([store.admissions.admit(received(replaces=first.id), NO_LIMITS, DAY)])

    assert [type(error) for error in errors] == ([] if status in FREE_ENDS else [UsedError])


async def test_same_button_of_another_parent_is_free(store: JobStore) -> None:
    first, second, unused = [await admitted(store) for _ in range(3)]
    for parent in (first, second):
        await admitted(store, pick_of(parent))

    assert len(await store.unfinished()) == 5
    assert await store.used_keys(unused.id) == frozenset()
    assert [await store.is_used(one, PICK_2.custom_id) for one in (first.id, unused.id, None)] == [True, False, False]


async def test_what_belongs_to_no_other_job_is_used_once(store: JobStore) -> None:
    await admitted(store, received(once_key="link:1"))

    errors = await refusals([store.admissions.admit(received(once_key="link:1"), NO_LIMITS, DAY)])

    assert [type(error) for error in errors] == [UsedError]
    assert [await store.is_used(None, key) for key in ("link:1", "link:2")] == [True, False]


async def test_button_is_free_again_when_its_job_let_go(store: JobStore) -> None:
    parent = await admitted(store)
    first = await admitted(store, pick_of(parent))
    await moved(store, first, JobStatus.FAILED, once_key=None)

    await admitted(store, pick_of(parent))

    assert await store.used_keys(parent.id) == {PICK_2.custom_id}


async def test_button_goes_over_to_the_job_that_is_sent_again(store: JobStore) -> None:
    parent = await admitted(store)
    first = await moved(store, await admitted(store, pick_of(parent)), JobStatus.UNCERTAIN)
    second = await admitted(store, received(replaces=first.id))

    shown = await store.card_shown(second, 402)

    given_up = await store.get(first.id)
    assert given_up is not None
    assert shown is not None
    assert (given_up.once_key, shown.once_key) == (None, PICK_2.custom_id)


async def test_job_that_is_sent_again_ends_where_the_first_was_erased(store: JobStore) -> None:
    first = await moved(store, await admitted(store), JobStatus.UNCERTAIN)
    second = await admitted(store, received(replaces=first.id))
    await store.erasure.erase(ANA.id, DAY, START)

    shown = await store.card_shown(second, 402)

    assert shown is not None
    assert shown.status is JobStatus.CANCELLED


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


def doors(store: JobStore) -> list[JobStore]:
    """Three ways in to one database, which know nothing of each other, as those of three processes."""
    return [store, JobStore(store.database), JobStore(store.database)]


async def test_fifty_presses_without_a_parent_at_three_doors_make_one_job(store: JobStore) -> None:
    entries = doors(store)
    tries = [received(once_key="again:1", actor=Actor(1000 + number % 5)) for number in range(50)]

    errors = await refusals(
        [entries[number % 3].admissions.admit(job, NO_LIMITS, DAY) for number, job in enumerate(tries)]
    )

    assert [type(error) for error in errors] == [UsedError] * 49
    assert (len(await store.unfinished()), await units_used(store)) == (1, 1)


async def test_message_that_is_delivered_at_three_doors_makes_one_job(store: JobStore) -> None:
    entries = doors(store)
    jobs = [received(asked=Asked(77)) for _ in range(12)]

    errors = await refusals(
        [entries[number % 3].admissions.admit(job, NO_LIMITS, DAY) for number, job in enumerate(jobs)]
    )

    assert [type(error) for error in errors] == [AskedError] * 11
    assert (len(await store.unfinished()), await units_used(store)) == (1, 1)


@pytest.mark.parametrize("once_key", [None, "again:1"])
async def test_second_delivery_is_no_limit_reached_and_no_used_button(once_key: str | None, store: JobStore) -> None:
    limits = Limits(waiting_per_member=1, units_per_member_day=1, units_per_day=None)
    first = await admitted(store, received(asked=Asked(77), once_key=once_key), limits)

    with pytest.raises(AskedError) as caught:
        await admitted(store, received(asked=Asked(77), once_key=once_key), limits)

    assert caught.value.job == first


async def test_one_interaction_may_ask_for_several_jobs_and_only_once(store: JobStore) -> None:
    def order() -> tuple[Group, list[Job]]:
        return group_of(*(received(asked=Asked(77, number)) for number in range(3)))

    errors = [await refusals([store.admissions.admit_group(*order(), NO_LIMITS, DAY)]) for _ in range(2)]

    assert [[type(error) for error in one] for one in errors] == [[], [AskedError]]
    assert (len(await store.unfinished()), len(await store.groups.list_open())) == (3, 1)


async def test_group_that_is_tried_again_already_is_found_whatever_is_left(store: JobStore) -> None:
    def order() -> tuple[Group, list[Job]]:
        return group_of(*(received(once_key=f"again:{number}") for number in range(2)))

    limits = replace(NO_LIMITS, units_per_day=2)

    errors = [await refusals([store.admissions.admit_group(*order(), limits, DAY)]) for _ in range(2)]

    assert [[type(error) for error in one] for one in errors] == [[], [UsedError]]
    assert await units_used(store) == 2


async def test_members_at_three_doors_have_no_more_waiting_than_is_allowed(store: JobStore) -> None:
    entries, limits = doors(store), Limits(2, None, None)

    errors = await refusals([entries[number % 3].admissions.admit(received(), limits, DAY) for number in range(12)])

    assert [getattr(error, "limit", None) for error in errors] == ["waiting_per_member"] * 10


async def test_jobs_of_erased_parents_may_have_come_by_the_same_button(store: JobStore) -> None:
    parents = [await admitted(store) for _ in range(2)]
    children = [await admitted(store, pick_of(parent, actor=BEN)) for parent in parents]
    for parent in parents:
        await moved(store, parent, JobStatus.CANCELLED, told=True)

    await store.erasure.erase(ANA.id, DAY, START)

    assert {job.id for job in await store.unfinished()} == {job.id for job in children}
