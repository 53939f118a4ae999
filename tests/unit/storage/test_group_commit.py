"""Transactions that wait for the file's one connection go to the disk together, and fail each by itself."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.group_commit import MOST
from bot.storage.jobs import JobStore

pytestmark = pytest.mark.sqlite_only(reason="a server groups commits by itself")


class Disk:
    """Counts the commits of a store, and refuses one of them."""

    def __init__(self, store: JobStore) -> None:
        self.commits = 0
        self.refuses: int | None = None
        self._dialect = store.database.engine.dialect
        self._commit = self._dialect.do_commit
        self._dialect.do_commit = self._do_commit  # type: ignore[assignment, method-assign]

    def _do_commit(self, connection: Any) -> None:
        self.commits += 1
        if self.commits == self.refuses:
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))
        self._commit(connection)


@pytest.fixture
def disk(store: JobStore) -> Disk:
    return Disk(store)


async def write(store: JobStore, name: str, trouble: BaseException | None = None) -> str:
    async with store.database.transaction() as connection:
        await connection.exec_driver_sql("INSERT INTO notes (name, value) VALUES (?, '')", (name,))
        if trouble is not None:
            raise trouble
    return name


async def written(store: JobStore) -> list[str]:
    async with store.database.reading() as connection:
        rows = await connection.exec_driver_sql("SELECT name FROM notes WHERE name LIKE 'note-%' ORDER BY name")
        return [name for (name,) in rows]


def names(count: int) -> list[str]:
    return [f"note-{number:02}" for number in range(count)]


async def test_what_waits_at_the_same_time_is_one_commit(store: JobStore, disk: Disk) -> None:
    await asyncio.gather(*(write(store, name) for name in names(1 + MOST)))  # nobody waits yet as the first one begins

    assert await written(store) == names(1 + MOST)
    assert disk.commits == 2


async def test_so_many_do_not_keep_readers_waiting_for_ever(store: JobStore, disk: Disk) -> None:
    await asyncio.gather(*(write(store, name) for name in names(1 + 3 * MOST)))

    assert disk.commits == 4


async def test_one_alone_is_a_plain_transaction(store: JobStore, disk: Disk) -> None:
    for name in names(3):
        await write(store, name)

    assert (await written(store), disk.commits) == (names(3), 3)


async def test_one_that_fails_takes_none_of_the_others_back(store: JobStore) -> None:
    trouble = {"note-01": ValueError("of its own"), "note-03": asyncio.CancelledError()}

    ends = await asyncio.gather(*(write(store, name, trouble.get(name)) for name in names(6)), return_exceptions=True)

    assert [str(end) or type(end).__name__ for end in ends] == [
        "note-00",
        "of its own",
        "note-02",
        "CancelledError",
        "note-04",
        "note-05",
    ]
    assert await written(store) == ["note-00", "note-02", "note-04", "note-05"]


async def test_a_commit_of_one_alone_that_fails_leaves_nothing(store: JobStore, disk: Disk) -> None:
    disk.refuses = 1

    with pytest.raises(OperationalError):
        await write(store, "note-00")

    assert await written(store) == []


async def test_a_commit_that_fails_fails_all_that_went_along(store: JobStore, disk: Disk) -> None:
    disk.refuses = 2

    ends = await asyncio.gather(*(write(store, name) for name in names(4)), return_exceptions=True)

    assert [isinstance(end, OperationalError) for end in ends] == [False, True, True, True]
    assert await written(store) == ["note-00"]
    assert await write(store, "note-99") == "note-99"


async def test_nothing_comes_back_before_it_stands(store: JobStore) -> None:
    stood: list[bool] = []

    async def write_and_look(name: str) -> None:
        await write(store, name)
        stood.append(name in await written(store))

    await asyncio.gather(*(write_and_look(name) for name in names(6)))

    assert stood == [True] * 6


async def test_whoever_is_cancelled_while_it_waits_keeps_nobody_waiting(store: JobStore) -> None:
    first, second, third = (asyncio.create_task(write(store, name)) for name in names(3))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    second.cancel()
    ends = await asyncio.gather(first, second, third, return_exceptions=True)

    assert isinstance(ends[1], asyncio.CancelledError)
    assert (ends[0], ends[2]) == ("note-00", "note-02")


async def test_a_transaction_that_the_database_takes_back_as_a_whole_is_not_told_to_stand(store: JobStore) -> None:
    async def take_back() -> None:
        async with store.database.transaction() as connection:
            await roll_all_back(connection)

    ends = await asyncio.gather(
        write(store, "note-00"), write(store, "note-01"), take_back(), write(store, "note-03"), return_exceptions=True
    )

    told = [end for end in ends if isinstance(end, str)]
    assert await written(store) == told
    assert "note-03" in told


async def roll_all_back(connection: AsyncConnection) -> None:
    """As a full disk makes SQLite do."""
    await connection.exec_driver_sql("ROLLBACK")
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))
