"""What several processes have in common beside jobs: turns, places at the relay, engines that are left alone."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.domain.job import JobStatus, Wait
from bot.storage.dialects import DatabaseTime
from bot.storage.jobs import JobStore
from bot.storage.notifications import Changed
from bot.storage.schema import processes, turns
from bot.storage.shared_limits import Caps, NoRoomError
from tests.support.makers import ANA, BEN
from tests.support.stored import admitted, moved, received

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]

ENGINES = ("midjourney",)


@pytest.fixture
async def other(store: JobStore, database: str) -> AsyncIterator[JobStore]:
    async with JobStore.opened(database) as opened:
        await store.database.processes.renew()  # which finds that it is not alone any more
        yield opened


def is_alone(store: JobStore) -> bool:
    return store.database.processes.is_alone


async def tell_waiting(store: JobStore, count: int) -> None:
    store.database.processes.tell_waiting(lambda: count)
    await store.database.processes.renew()


async def marks(caps: Caps, *stores: JobStore, each: int = 1) -> list[int]:
    """How many jobs each process may send, all trying at once; every job is of a member of its own."""

    async def mark(store: JobStore, member: int) -> bool:
        job = await admitted(store, received(actor=type(ANA)(member, "en")))
        try:
            return await store.mark(job, caps) is not None
        except NoRoomError:
            return False

    tries = [[mark(store, 1_000 * number + member) for member in range(each)] for number, store in enumerate(stores, 1)]
    return [sum(done) for done in [await asyncio.gather(*some) for some in tries]]


async def test_one_of_all_has_its_turn(store: JobStore, other: JobStore) -> None:
    taken = await asyncio.gather(*(one.shared_limits.take_turn("sweep", 60) for one in (store, other) * 5))

    assert taken.count(True) == 1


async def test_next_turn_comes_when_the_last_is_over(store: JobStore, other: JobStore) -> None:
    assert await store.shared_limits.take_turn("sweep", 60)
    assert not await other.shared_limits.take_turn("sweep", 60)
    assert await other.shared_limits.take_turn("alert", 60)

    async with store.database.transaction() as connection:
        await connection.execute(update(turns).values(until=DatabaseTime(-1)))

    assert await other.shared_limits.take_turn("sweep", 60)


async def test_places_at_the_relay_are_counted_over_all_processes(store: JobStore, other: JobStore) -> None:
    assert sum(await marks(Caps(of_all=7, of_member=100, engines=ENGINES), store, other, each=6)) == 7


async def test_places_of_one_member_are_counted_over_all_processes(store: JobStore, other: JobStore) -> None:
    mine = [await admitted(one) for one in (store, other, store)]
    caps = Caps(of_all=100, of_member=2, engines=ENGINES)
    for job, one in zip(mine, (store, other), strict=False):
        assert await one.mark(job, caps) is not None

    with pytest.raises(NoRoomError) as caught:
        await store.mark(mine[2], caps)

    assert not caught.value.is_for_all
    assert await store.mark(await admitted(store, received(actor=BEN)), caps) is not None


async def test_place_is_free_again_when_a_job_is_over(store: JobStore, other: JobStore) -> None:
    caps = Caps(of_all=1, of_member=1, engines=ENGINES)
    first, second = await admitted(store), await admitted(other)
    marked = await store.mark(first, caps)
    assert marked is not None
    with pytest.raises(NoRoomError):
        await other.mark(second, caps)

    await moved(store, marked, JobStatus.RUNNING, JobStatus.POSTING)

    assert await other.mark(second, caps) is not None


async def test_process_leaves_others_their_share_as_long_as_something_waits_there(
    store: JobStore, other: JobStore
) -> None:
    await tell_waiting(other, 5)
    caps = Caps(of_all=10, of_member=100, engines=ENGINES)

    assert await marks(caps, store, each=10) == [5]
    assert await marks(caps, other, each=10) == [5]

    async with store.database.transaction() as connection:
        await connection.execute(update(processes).values(waiting=0))


async def test_process_alone_with_its_queue_has_all_places(store: JobStore, other: JobStore) -> None:
    await tell_waiting(other, 0)

    assert await marks(Caps(of_all=10, of_member=100, engines=ENGINES), store, each=12) == [10]


async def test_hold_is_known_to_all_until_something_is_taken(store: JobStore, other: JobStore) -> None:
    await store.shared_limits.hold("midjourney", Wait.QUEUE_FULL, 30)
    await store.shared_limits.hold("midjourney", Wait.CREDIT, 60)

    [hold] = await other.shared_limits.holds()
    assert (hold.engine, hold.wait) == ("midjourney", Wait.CREDIT)
    assert 30 < hold.rest_s <= 60

    await other.shared_limits.release("midjourney")
    assert await store.shared_limits.holds() == []


async def test_commands_are_left_to_the_newest_version(store: JobStore, other: JobStore) -> None:
    assert not await store.database.processes.is_outdated()

    async with store.database.transaction() as connection:
        theirs = processes.c.id == other.database.process
        await connection.execute(update(processes).where(theirs).values(version="10.0.0"))

    assert await store.database.processes.is_outdated()
    assert not await other.database.processes.is_outdated()


async def test_process_knows_whether_it_is_alone(store: JobStore, database: str) -> None:
    assert is_alone(store)
    heard: asyncio.Queue[str | None] = asyncio.Queue()
    store.database.notifications.subscribe(Changed.JOINED, heard.put_nowait)
    listener = asyncio.create_task(store.database.listen())
    await heard.get()

    async with JobStore.opened(database) as opened:
        assert not is_alone(opened)
        assert await heard.get() == opened.database.process
        assert not is_alone(store)
    await store.database.processes.renew()

    assert is_alone(store)
    listener.cancel()
