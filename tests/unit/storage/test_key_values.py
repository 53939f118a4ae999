"""Small values in a real database file: kept, read once, read together, never stale."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import JobStatus
from bot.storage.jobs import JobStore
from bot.storage.key_values import READ_TOGETHER, REMEMBERED_CHARACTERS, KeyValues
from bot.storage.schema import notes
from tests.support.makers import DAY, NO_LIMITS, make_job
from tests.support.stored import counted

pytestmark = pytest.mark.both_databases


def read_anew(store: JobStore) -> KeyValues:
    """The notes, of which nothing is known yet."""
    return KeyValues(store.database.reading, store.database.transaction, store.database.notifications)


async def test_note_is_kept_and_replaced(store: JobStore) -> None:
    assert await store.notes.get("mode:1") is None

    for value in ("fast", "relax"):
        await store.notes.set("mode:1", value)

    assert await store.notes.get("mode:1") == "relax"


async def test_old_notes_of_one_kind_are_forgotten(store: JobStore) -> None:
    for name in ("draft:1", "draft:5", "dra_t:1", "mode:1"):
        await store.notes.set(name, "x")

    await store.notes.delete_under("draft:", before="draft:3")

    assert [name for name in ("draft:1", "draft:5", "dra_t:1", "mode:1") if await store.notes.get(name)] == [
        "draft:5",
        "dra_t:1",
        "mode:1",
    ]


async def test_note_is_read_once_and_never_stale(store: JobStore) -> None:
    async def stored(name: str) -> str | None:
        async with store.database.engine.connect() as connection:
            return (await connection.execute(select(notes.c.value).where(notes.c.name == name))).scalar_one_or_none()

    async def agree(name: str, value: str | None) -> None:
        assert (await store.notes.get(name), await stored(name)) == (value, value)

    await agree("mode:1", None)
    await store.notes.set("mode:1", "fast")
    await agree("mode:1", "fast")
    await store.notes.set("mode:1", "relax")
    await agree("mode:1", "relax")
    await store.notes.delete("mode:1")
    await agree("mode:1", None)
    await store.notes.set("draft:1", "x")
    await agree("draft:1", "x")
    await store.notes.delete_under("draft:", before="draft:2")
    await agree("draft:1", None)
    await store.notes.set("draft:3", "y")
    await store.admissions.admit(make_job(JobStatus.RECEIVED), NO_LIMITS, DAY, answers="draft:3")
    await agree("draft:3", None)


async def test_what_is_wanted_at_the_same_time_is_read_together(store: JobStore) -> None:
    for member in range(50):
        await store.notes.set(f"mode:{member}", f"of {member}")
    fresh = read_anew(store)

    with counted(store) as statements:
        values = await asyncio.gather(
            *(fresh.get(f"mode:{member}", beside=[f"remix:{member}"]) for member in range(100))
        )
        beside = [await fresh.get(f"remix:{member}") for member in range(100)]

    assert values == [f"of {member}" if member < 50 else None for member in range(100)]
    assert beside == [None] * 100
    assert len(statements) == 1


async def test_crowds_are_read_in_parts(store: JobStore) -> None:
    names = [f"mode:{member}" for member in range(2 * READ_TOGETHER + 1)]
    await store.notes.set(names[-1], "fast")
    fresh = read_anew(store)

    with counted(store) as statements:
        values = await asyncio.gather(*(fresh.get(name) for name in names))

    assert values == [*[None] * (len(names) - 1), "fast"]
    assert len(statements) == 3


async def test_what_is_written_during_a_read_stands(store: JobStore) -> None:
    await store.notes.set("mode:1", "old")
    await store.notes.set("mode:2", "old")
    has_read, may_go_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slowly() -> AsyncIterator[AsyncConnection]:
        async with store.database.reading() as connection:
            yield connection
        has_read.set()
        await may_go_on.wait()

    fresh = KeyValues(slowly, store.database.transaction, store.database.notifications)
    reading = asyncio.create_task(fresh.get("mode:1", beside=["mode:2"]), name="reading")
    await has_read.wait()
    await fresh.set("mode:1", "new")
    await fresh.delete("mode:2")
    may_go_on.set()

    assert await reading == "new"
    assert await fresh.get("mode:2") is None


async def test_others_get_their_answer_when_the_first_is_cancelled(store: JobStore) -> None:
    await store.notes.set("mode:2", "fast")
    fresh = read_anew(store)

    first = asyncio.create_task(fresh.get("mode:1"), name="first")
    second = asyncio.create_task(fresh.get("mode:2"), name="second")
    await asyncio.sleep(0)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first

    assert await second == "fast"


async def test_notes_are_remembered_up_to_a_size_and_not_only_a_number(store: JobStore) -> None:
    big = "x" * (REMEMBERED_CHARACTERS // 3)
    for number in range(5):
        await store.notes.set(f"draft:{number}", big)

    with counted(store) as statements:
        assert [await store.notes.get(f"draft:{number}") for number in (3, 4)] == [big, big]
        assert statements == []
        assert await store.notes.get("draft:0") == big
    assert len(statements) == 1
    assert sum(len(value or "") for value in store.notes._known.values()) <= REMEMBERED_CHARACTERS


@pytest.mark.parametrize("value", ["new", None])
@pytest.mark.parametrize("was", ["old", None])
async def test_value_is_replaced_only_where_it_is_what_it_was(
    was: str | None, value: str | None, store: JobStore
) -> None:
    if was is not None:
        await store.notes.set("option:1", was)

    if was is not None or value is not None:
        assert await store.notes.replace("option:1", was, value)
    assert not await store.notes.replace("option:1", "another", "lost")

    assert await store.notes.get("option:1") == await read_anew(store).get("option:1") == value


async def test_of_two_who_replace_a_value_at_the_same_time_one_has_to_look_again(store: JobStore) -> None:
    done = await asyncio.gather(*(one.replace("option:1", None, str(n)) for n, one in enumerate([store.notes] * 5)))

    assert done.count(True) == 1
