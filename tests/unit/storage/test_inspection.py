"""A look at the database for the doctor: it tells what is there, and not a byte is different afterwards."""

import fcntl
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.domain.job import JobStatus
from bot.errors import DatabaseBusyError, SettingsError
from bot.storage.inspection import Survey, opened, survey
from bot.storage.jobs import JobStore
from tests.support.makers import DAY, NO_LIMITS, make_job


def url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def snapshot(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Every file of the folder is the same afterwards, and none is new."""
    before = snapshot(folder)
    yield
    assert snapshot(folder) == before


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """A database with one job under way, closed in order."""
    path = tmp_path / "easel.db"
    async with JobStore.opened(url(path)) as store:
        await store.admissions.admit(make_job(), NO_LIMITS, DAY)
    return path


def change(path: Path, statement: str) -> None:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()


def damage(path: Path) -> None:
    """Overwrite all but the first page, which says what tables there are."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x42" * (path.stat().st_size - 4096))


async def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with untouched(tmp_path):
        assert await survey(url(tmp_path / "data" / "easel.db")) is None


async def test_unfinished_jobs_are_counted(database: Path) -> None:
    with untouched(database.parent):
        assert await survey(url(database)) == Survey(is_current=True, is_newer=False, unfinished=1)


def test_no_file_is_made_while_it_looks_either(database: Path) -> None:
    before = snapshot(database.parent)

    with opened(database) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
        assert snapshot(database.parent) == before


async def test_what_a_crash_left_in_the_log_counts(database: Path, tmp_path: Path) -> None:
    writer = sqlite3.connect(database)
    writer.execute(f"UPDATE jobs SET status = '{JobStatus.CANCELLED}', told = 1")
    writer.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("easel.db", "easel.db-wal", "easel.db-shm"):
        shutil.copy(tmp_path / name, crashed)
    writer.close()
    assert (crashed / "easel.db-wal").stat().st_size

    with untouched(crashed):
        assert await survey(url(crashed / "easel.db")) == Survey(is_current=True, is_newer=False, unfinished=0)


async def test_a_running_easel_is_noticed(database: Path) -> None:
    with database.with_name("easel.db.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with untouched(database.parent), pytest.raises(DatabaseBusyError):
            await survey(url(database))


@pytest.mark.parametrize(("revision", "is_newer"), [("0001", False), ("9999", True)])
async def test_another_version_is_told_and_not_brought_up_to_date(
    database: Path, revision: str, *, is_newer: bool
) -> None:
    change(database, f"UPDATE alembic_version SET version_num = '{revision}'")

    with untouched(database.parent):
        assert await survey(url(database)) == Survey(is_current=False, is_newer=is_newer, unfinished=None)


async def test_an_empty_file_is_a_database_yet_to_be_made(tmp_path: Path) -> None:
    (tmp_path / "easel.db").touch()

    with untouched(tmp_path):
        assert await survey(url(tmp_path / "easel.db")) == Survey(is_current=False, is_newer=False, unfinished=None)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"a shopping list" * 100)

    with untouched(tmp_path), pytest.raises(SettingsError, match="is damaged"):
        await survey(url(tmp_path / "easel.db"))


async def test_damage_in_the_middle_of_a_database_is_told(database: Path) -> None:
    damage(database)

    with untouched(database.parent), pytest.raises(SettingsError, match="is damaged"):
        await survey(url(database))
