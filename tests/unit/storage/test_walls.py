"""Walls: what deserves to stand there, once for all processes, and what has to go again."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.domain.job import Actor, Job, JobStatus
from bot.storage.jobs import JobStore
from bot.storage.rows import row_of_job
from bot.storage.schema import jobs
from bot.storage.walls import Wall
from tests.support.makers import ANA, BEN, START, make_job, make_place, make_result

pytestmark = pytest.mark.both_databases

WALL = Wall(guild_id=201, channel_id=555, stars=2)
LATER = START + timedelta(minutes=5)


async def kept(store: JobStore, **changes: object) -> Job:
    job = make_job(JobStatus.DONE, result=make_result(), token=None, **changes)
    async with store.database.transaction() as connection:
        await connection.execute(insert(jobs), [row_of_job(job, store.database.process)])
    return job.with_(owner=store.database.process)


async def starred(store: JobStore, job: Job, *members: Actor) -> None:
    for member in members:
        await store.library.star(member.id, job.id, LATER)


async def deserving(store: JobStore) -> list[str]:
    return [job_id for job_id, _count, _wall in await store.walls.deserving()]


async def test_enough_members_must_have_starred_it(store: JobStore) -> None:
    await store.walls.name(WALL, START, 77)
    few, enough = await kept(store), await kept(store)
    await starred(store, few, ANA)
    await starred(store, few, ANA)
    await starred(store, enough, ANA, BEN)

    assert await store.walls.deserving() == [(enough.id, 2, WALL)]
    assert await store.walls.deserving([few.id]) == []


async def test_other_servers_and_direct_messages_have_no_part_in_a_wall(store: JobStore) -> None:
    await store.walls.name(WALL, START, 77)
    for guild_id in (202, None):
        await starred(store, await kept(store, place=make_place(guild_id=guild_id)), ANA, BEN)

    assert await deserving(store) == []


async def test_what_is_private_stands_on_no_wall(store: JobStore) -> None:
    await store.walls.name(WALL, START, 77)
    await starred(store, await kept(store, is_private=True), ANA, BEN)

    assert await deserving(store) == []


async def test_what_was_starred_before_there_was_a_wall_needs_another_star(store: JobStore) -> None:
    job = await kept(store)
    await starred(store, job, ANA, BEN)
    await store.walls.name(WALL, LATER + timedelta(minutes=1), 77)
    assert await deserving(store) == []

    await store.library.star(903, job.id, LATER + timedelta(minutes=2))

    assert await deserving(store) == [job.id]


async def test_one_of_many_at_once_shows_it(store: JobStore) -> None:
    job = await kept(store)

    claims = await asyncio.gather(*(store.walls.claim(job, 555, START) for _number in range(5)))

    assert sorted(claims) == [False] * 4 + [True]
    assert not await store.walls.claim(job, 556, LATER)


async def test_what_is_claimed_or_shown_is_not_shown_again(store: JobStore) -> None:
    await store.walls.name(WALL, START, 77)
    job = await kept(store)
    await starred(store, job, ANA, BEN)

    await store.walls.claim(job, 555, START)
    assert await deserving(store) == []
    await store.walls.settle(job.id, 9)
    await store.library.unstar(ANA.id, job.id)
    await starred(store, job, ANA)

    assert await deserving(store) == []


async def test_what_was_left_half_done_is_taken_up_by_one(store: JobStore) -> None:
    job = await kept(store)
    await store.walls.claim(job, 555, START)
    assert await store.walls.unsettled(START) == []
    (post,) = await store.walls.unsettled(LATER)

    claims = await asyncio.gather(*(store.walls.claim_again(post, LATER) for _number in range(3)))

    assert sorted(claims) == [False, False, True]
    await store.walls.settle(job.id, 9)
    assert await store.walls.unsettled(LATER + timedelta(days=1)) == []


async def test_what_outlives_its_job_is_told_until_it_is_forgotten(store: JobStore) -> None:
    removed, erased, stays = await kept(store), await kept(store), await kept(store, actor=BEN)
    for number, job in enumerate((removed, erased, stays)):
        await store.walls.claim(job, 555, START)
        await store.walls.settle(job.id, number)
    assert await store.walls.outlived() == []

    await store.move(removed, [JobStatus.DONE], JobStatus.REMOVED)
    await store.erasure.erase(ANA.id, "2026-11-22", LATER)

    assert {post.job_id for post in await store.walls.outlived()} == {removed.id, erased.id}
    await store.walls.forget(removed.id)
    await store.walls.forget(erased.id)
    assert await store.walls.outlived() == []


async def test_a_wall_is_changed_and_dropped(store: JobStore) -> None:
    await store.walls.name(WALL, START, 77)
    await store.walls.name(Wall(201, 556, 4), LATER, 77)
    assert await store.walls.get(201) == Wall(201, 556, 4)

    await store.walls.drop(201, 77)

    assert await store.walls.get(201) is None
