"""The database file: its tables, what survives a power cut, and one process at a time."""

import asyncio
from contextlib import ExitStack
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from bot.errors import DatabaseBusyError
from bot.storage.database import FEW
from bot.storage.inspection import file_of
from bot.storage.jobs import JobStore
from bot.storage.revisions import MIGRATIONS, known
from bot.storage.schema import metadata
from bot.storage.sqlite import FREE_AGAIN_S, wait_until_free
from tests.support.ports import PATIENCE_S

pytestmark = pytest.mark.both_databases


@pytest.mark.filterwarnings("ignore:.*expression-based index")
async def test_migrations_make_exactly_the_tables(store: JobStore) -> None:
    def is_here(_item: object, name: str | None, kind: str, _reflected: object, _compared: object) -> bool:
        """Each database searches words by its own means: SQLite by tables of its own, PostgreSQL by an index."""
        if store.database.engine.dialect.name == "postgresql":
            return True
        return not (kind == "table" and str(name).startswith("library_words")) and name != "ix_library_words"

    def differences(connection: Connection) -> list[Any]:
        opts = {"compare_type": True, "include_object": is_here}
        return list(compare_metadata(MigrationContext.configure(connection, opts=opts), metadata))

    async with store.database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


@pytest.mark.sqlite_only(reason="asks no database")
def test_known_versions_are_those_that_the_migrations_lead_through() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert list(known()) == [one.revision for one in ScriptDirectory.from_config(config).walk_revisions()]


@pytest.mark.sqlite_only(reason="PRAGMA")
@pytest.mark.parametrize("pragma", [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)], ids=str)
async def test_commits_survive_a_power_cut(store: JobStore, pragma: tuple[str, object]) -> None:
    async with store.database.engine.connect() as connection:
        value = (await connection.exec_driver_sql(f"PRAGMA {pragma[0]}")).scalar_one()

    assert value == pragma[1]


@pytest.mark.sqlite_only(reason="PRAGMA")
async def test_only_admissions_do_not_wait_for_the_disk(store: JobStore) -> None:
    async with store.database.transaction(is_urgent=True) as admission:
        assert (await admission.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 1
    async with store.database.transaction() as mark:
        assert (await mark.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 2


async def test_what_nobody_waits_for_comes_after_the_answers_that_somebody_does(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fairness.HELD_BACK_S", PATIENCE_S)  # however busy the machine is
    database, order = store.database, list[str]()

    async def write(name: str, *, is_urgent: bool) -> None:
        async with database.transaction(is_urgent=is_urgent):
            order.append(name)

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write("card", is_urgent=False), name="card")
        with ExitStack() as answers:
            for _ in range(FEW + 1):
                answers.enter_context(database.answers_first.answering())
            await write("first admission", is_urgent=True)
            await write("second admission", is_urgent=True)
            assert not writing.done()

    assert order == ["first admission", "second admission", "card"]


@pytest.mark.sqlite_only(reason="a server's is shared")
async def test_second_process_on_the_same_file_is_refused(store: JobStore, database: str) -> None:
    with pytest.raises(DatabaseBusyError, match="stop it first"):
        async with JobStore.opened(database):
            pytest.fail("two stores on one database")

    assert await store.unfinished() == []


@pytest.mark.sqlite_only(reason="a server's is shared")
async def test_a_process_that_waits_goes_on_as_soon_as_the_one_before_it_has_ended(database: str) -> None:
    path = file_of(database)
    assert path is not None
    async with JobStore.opened(database):
        waiting = asyncio.create_task(wait_until_free(path, PATIENCE_S), name="waiting")
        await asyncio.sleep(2 * FREE_AGAIN_S)
        waited = not waiting.done()
    await waiting

    async with JobStore.opened(database) as store:
        assert (waited, await store.unfinished()) == (True, [])


@pytest.mark.sqlite_only(reason="a server's is shared")
async def test_a_process_does_not_wait_for_ever_for_the_one_before_it(database: str) -> None:
    path = file_of(database)
    assert path is not None
    async with JobStore.opened(database):
        with pytest.raises(DatabaseBusyError, match="stop it first"):
            await wait_until_free(path, FREE_AGAIN_S)


async def test_closed_database_can_be_opened_again(database: str) -> None:
    for _ in range(2):
        async with JobStore.opened(database) as store:
            assert await store.unfinished() == []
