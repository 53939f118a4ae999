"""The hint with a member's first grid: once, and not among several."""

import asyncio

import pytest

from bot.domain.job import Job, JobStatus
from bot.domain.requests import Blend
from bot.jobs.first_grid import FirstGrid
from bot.storage.jobs import JobStore
from tests.support.makers import BEN, make_job
from tests.support.stored import admitted


async def posted(store: JobStore, **changes: object) -> Job:
    """A job whose picture was just posted."""
    job = await admitted(store, make_job(JobStatus.RECEIVED, **changes))
    done = await store.move(job, [JobStatus.RECEIVED], JobStatus.DONE, told=False)
    assert done is not None
    return done


async def test_a_first_grid_has_the_hint_and_no_other(store: JobStore) -> None:
    first_grid, first = FirstGrid(store), await posted(store)
    claims = [await first_grid.claim(first), await first_grid.claim(first), await first_grid.claim(await posted(store))]

    assert claims == [True, False, False]


async def test_it_is_told_once_whoever_asks_at_the_same_time_and_after_a_restart(store: JobStore) -> None:
    job = await posted(store)

    claims = await asyncio.gather(*[FirstGrid(store).claim(job) for _ in range(5)])

    assert sorted(claims) == [False] * 4 + [True]


async def test_each_member_has_their_own(store: JobStore) -> None:
    first_grid = FirstGrid(store)

    assert await first_grid.claim(await posted(store))
    assert await first_grid.claim(await posted(store, actor=BEN))


async def test_it_waits_while_another_job_of_theirs_goes_on(store: JobStore) -> None:
    first_grid, job = FirstGrid(store), await posted(store)
    other = await admitted(store, make_job(JobStatus.RECEIVED))

    assert not await first_grid.claim(job)
    await store.move(other, [JobStatus.RECEIVED], JobStatus.CANCELLED)
    assert await first_grid.claim(job)


async def test_who_had_grids_before_needs_none(store: JobStore) -> None:
    await posted(store)

    assert not await FirstGrid(store).claim(await posted(store))


@pytest.mark.parametrize("changes", [{"request": Blend()}, {"group_id": "a" * 16}])
async def test_only_a_grid_of_its_own_has_it(changes: dict[str, object], store: JobStore) -> None:
    assert not await FirstGrid(store).claim(make_job(JobStatus.DONE, **changes))


async def test_a_hint_that_could_not_be_told_is_the_next_ones(store: JobStore) -> None:
    first_grid, job = FirstGrid(store), await posted(store)
    await first_grid.claim(job)

    await first_grid.give_back(job)

    assert await first_grid.claim(job)
