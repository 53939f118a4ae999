"""Collections: a member's own named sets, which nobody else sees, fills or names twice."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from bot.domain.job import Actor, Job, JobStatus
from bot.storage import collections as module
from bot.storage.collections import Collection, NameTakenError, TooManyCollectionsError
from bot.storage.jobs import JobStore
from bot.storage.library import Search
from bot.storage.rows import row_of_job
from bot.storage.schema import jobs
from tests.support.makers import ANA, BEN, START, make_job, make_result

pytestmark = pytest.mark.both_databases

LATER = START + timedelta(minutes=5)
DAY = "2026-11-22"


async def kept(store: JobStore, actor: Actor = ANA, status: JobStatus = JobStatus.DONE, minutes: int = 0) -> Job:
    at = START + timedelta(minutes=minutes)
    job = make_job(status, actor=actor, result=make_result(), token=None, created_at=at)
    async with store.database.transaction() as connection:
        await connection.execute(insert(jobs), [row_of_job(job, store.database.process)])
    return job.with_(owner=store.database.process)


async def shown(store: JobStore, collection_id: str, member: Actor = ANA) -> list[str]:
    page = await store.library.find(member.id, Search(collection=collection_id), count=20)
    return [entry.job.id for entry in page.entries]


async def test_what_is_in_one_is_found_newest_first_and_counted(store: JobStore) -> None:
    older, newer, other = [await kept(store, minutes=number) for number in range(3)]
    cats = (await store.collections.create(ANA.id, "Cats", START)).id

    await store.collections.add(ANA.id, cats, [newer.id, older.id], LATER)
    await store.collections.add(ANA.id, cats, [newer.id], LATER)

    assert await shown(store, cats) == [newer.id, older.id]
    assert await store.collections.of_member(ANA.id) == [Collection(cats, "Cats", 2)]
    assert await store.collections.holding(ANA.id, newer.id) == [cats]
    assert await store.collections.holding(ANA.id, other.id) == []
    await store.collections.take_out(ANA.id, cats, [older.id, other.id])
    assert await shown(store, cats) == [newer.id]


async def test_nobody_sees_or_changes_those_of_others(store: JobStore) -> None:
    mine, bens, waiting = await kept(store), await kept(store, BEN), await kept(store, status=JobStatus.FAILED)
    cats = (await store.collections.create(ANA.id, "Cats", START)).id
    await store.collections.add(ANA.id, cats, [mine.id, bens.id, waiting.id, "nothing"], LATER)
    assert await shown(store, cats) == [mine.id]

    await store.collections.add(BEN.id, cats, [bens.id], LATER)
    await store.collections.take_out(BEN.id, cats, [mine.id])

    assert not await store.collections.rename(BEN.id, cats, "Dogs")
    assert not await store.collections.delete(BEN.id, cats)
    assert await store.collections.of_member(BEN.id) == []
    assert await store.collections.holding(BEN.id, mine.id) == []
    assert await shown(store, cats, BEN) == []
    assert await store.collections.of_member(ANA.id) == [Collection(cats, "Cats", 1)]


async def test_of_many_at_once_one_is_called_so(store: JobStore) -> None:
    names = ["Cats", "cats", "CATS", "\uff23ats"]

    made = await asyncio.gather(
        *(store.collections.create(ANA.id, name, START) for name in names), return_exceptions=True
    )

    assert sum(isinstance(one, Collection) for one in made) == 1
    assert sum(isinstance(one, NameTakenError) for one in made) == 3
    assert isinstance(await store.collections.create(BEN.id, "Cats", START), Collection)


async def test_another_name_must_be_free(store: JobStore) -> None:
    cats = await store.collections.create(ANA.id, "Cats", START)
    dogs = await store.collections.create(ANA.id, "Dogs", LATER)

    with pytest.raises(NameTakenError):
        await store.collections.rename(ANA.id, dogs.id, "cats")
    assert await store.collections.rename(ANA.id, cats.id, "CATS")

    assert [one.name for one in await store.collections.of_member(ANA.id)] == ["Dogs", "CATS"]
    assert not await store.collections.rename(ANA.id, "0123456789abcdef", "Birds")


async def test_there_are_only_so_many(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_COLLECTIONS", 2)
    for name in ("Cats", "Dogs"):
        await store.collections.create(ANA.id, name, START)

    with pytest.raises(TooManyCollectionsError):
        await store.collections.create(ANA.id, "Birds", START)


async def test_a_deleted_one_takes_nothing_along(store: JobStore) -> None:
    job = await kept(store)
    cats = await store.collections.create(ANA.id, "Cats", START)
    await store.collections.add(ANA.id, cats.id, [job.id], LATER)

    assert await store.collections.delete(ANA.id, cats.id)

    assert await store.collections.of_member(ANA.id) == []
    assert await store.get(job.id) is not None


async def test_what_is_removed_leaves_collections_and_stars(store: JobStore) -> None:
    job = await kept(store)
    cats = await store.collections.create(ANA.id, "Cats", START)
    await store.collections.add(ANA.id, cats.id, [job.id], LATER)
    await store.library.star(BEN.id, job.id, LATER)

    await store.move(job, [JobStatus.DONE], JobStatus.REMOVED)
    await store.erasure.blank(job.id, job.request)

    assert await store.collections.of_member(ANA.id) == [Collection(cats.id, "Cats", 0)]
    assert await store.erasure.favourites_of(BEN.id) == []


async def test_they_are_erased_with_their_member(store: JobStore) -> None:
    job = await kept(store)
    cats = await store.collections.create(ANA.id, "Cats", START)
    await store.collections.add(ANA.id, cats.id, [job.id], LATER)
    await store.collections.create(BEN.id, "Boats", START)

    await store.erasure.erase(ANA.id, DAY, LATER)

    assert await store.collections.of_member(ANA.id) == []
    assert [one.name for one in await store.collections.of_member(BEN.id)] == ["Boats"]


@pytest.mark.parametrize("way", ["deleted", "emptied"])
async def test_a_name_goes_when_the_time_of_all_in_it_is_over(way: str, store: JobStore) -> None:
    job, fresh = await kept(store), await kept(store, minutes=60)
    old, mixed, new = [
        await store.collections.create(ANA.id, name, START + timedelta(minutes=minutes))
        for name, minutes in (("old", 0), ("mixed", 0), ("new", 60))
    ]
    await store.collections.add(ANA.id, old.id, [job.id], LATER)
    await store.collections.add(ANA.id, mixed.id, [job.id, fresh.id], LATER)

    before = START + timedelta(minutes=30)
    if way == "deleted":
        await store.erasure.forget_before(before)
    else:
        await store.emptying.empty_before(before, lambda _id: -1)

    assert await store.collections.of_member(ANA.id) == [Collection(new.id, "new", 0), Collection(mixed.id, "mixed", 1)]


async def test_all_of_them_can_be_taken_along(store: JobStore) -> None:
    jobs_ = [await kept(store, minutes=number) for number in range(2)]
    cats = await store.collections.create(ANA.id, "Cats", START)
    await store.collections.create(ANA.id, "Dogs", LATER)
    await store.collections.add(ANA.id, cats.id, [job.id for job in jobs_], LATER)

    first, second = await store.collections.all_of(ANA.id)

    assert (first["name"], set(first["jobs"])) == ("Cats", {job.id for job in jobs_})
    assert (second["name"], second["created_at"], second["jobs"]) == ("Dogs", LATER, [])
