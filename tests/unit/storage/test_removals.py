"""Whoever keeps something of jobs outside of the database hears when they are gone, whichever way they went."""

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.job import Job, JobStatus
from bot.jobs.stars import Stars
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, NO_LIMITS, START, make_job, make_place
from tests.support.ports import ManualClock
from tests.support.stored import moved

LATER = ManualClock().after(3600)
DAY = START.date().isoformat()

WAYS: dict[str, Callable[[JobStore, Job], Awaitable[object]]] = {
    "removed": lambda store, job: store.move(job, [JobStatus.DONE], JobStatus.REMOVED),
    "erased": lambda store, _job: store.erasure.erase(ANA.id, DAY, LATER),
    "too old": lambda store, _job: store.erasure.forget_before(LATER),
    "emptied": lambda store, _job: store.emptying.empty_before(LATER, lambda _id: -1),
    "its server left": lambda store, _job: store.emptying.empty_guild(201, lambda _id: -1, DAY),
}


async def done(store: JobStore) -> Job:
    job = make_job(JobStatus.RECEIVED, place=make_place())
    await store.admissions.admit(job, NO_LIMITS, DAY)
    return await moved(store, job, JobStatus.POSTING, JobStatus.DONE)


@pytest.mark.parametrize("way", WAYS)
async def test_the_wall_hears_of_what_is_gone(way: str, store: JobStore, clock: ManualClock) -> None:
    stars = Stars(store, clock)
    job = await done(store)
    assert not stars.changed.is_set()

    await WAYS[way](store, job)

    assert stars.changed.is_set()
    assert stars.take_changed() == frozenset()
    assert not stars.changed.is_set()


async def test_nobody_hears_of_what_was_not_there(store: JobStore, clock: ManualClock) -> None:
    stars = Stars(store, clock)
    await moved(store, await done(store), JobStatus.REMOVED)
    stars.take_changed()

    await store.move(make_job(JobStatus.DONE), [JobStatus.DONE], JobStatus.REMOVED)
    await store.erasure.erase(903, DAY, LATER)

    assert not stars.changed.is_set()
