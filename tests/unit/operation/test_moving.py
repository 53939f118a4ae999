"""From SQLite's file to a server's database: everything arrives, the file stays, and half of it is never there."""

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import JobStatus
from bot.errors import DatabaseBusyError, SettingsError
from bot.operation.moving import move
from bot.settings import Settings
from bot.storage.conditions import UNFINISHED
from bot.storage.jobs import JobStore
from bot.storage.schema import metadata
from bot.storage.sqlite import only_holder
from bot.storage.transfer import Content
from tests.conftest import database_url
from tests.support.filling import fill
from tests.support.killed_moves import DIED
from tests.support.makers import NO_LIMITS, make_job, make_settings
from tests.support.postgres import Server
from tests.support.rows import Row, rows, tables

SCHEMAS = Path(__file__).parents[2] / "fixtures" / "schemas"
WHEN = "%Y-%m-%d %H:%M:%S.%f"


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """Of a bot that has ended, with rows in every table."""
    settings = make_settings(DATA_DIR=str(tmp_path))
    async with JobStore.opened(database_url(tmp_path)):
        pass
    fill(tmp_path / "easel.db")
    return settings


@pytest.fixture
def empty(postgres: Server) -> str:
    return postgres.url(postgres.new_database("template0"))


def digest(folder: Path) -> dict[str, str]:
    """The files, but for the lock that says whether anybody is there."""
    files = [path for path in folder.iterdir() if path.suffix != ".lock"]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files if path.is_file()}


def alike(row: Row) -> dict[str, Any]:
    """A row as both kinds of database can say it; numbers stand for what is true or not in SQLite."""
    return {name: said(value) for name, value in row.items() if name != "words"}


def said(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime(WHEN)
    return int(value) if isinstance(value, bool) else value


async def test_every_table_arrives_and_the_file_stays_as_it_is(settings: Settings, empty: str, tmp_path: Path) -> None:
    before = digest(tmp_path)

    told = await move(settings, empty)

    assert digest(tmp_path) == before
    copied = {table.name for table in metadata.sorted_tables} - {"processes"}
    assert f"rows of {len(copied)} tables arrived as they were, 7 of them jobs." in told
    assert str(tmp_path / "secret.key") in told
    for name in copied:
        there, here = (
            sorted((alike(row) for row in rows(place, f'SELECT * FROM "{name}"')), key=repr)
            for place in (tmp_path / "easel.db", empty)
        )
        assert here == there, name
        assert len(here) == 7, name
    assert rows(empty, "SELECT * FROM processes") == []


async def test_a_start_on_the_copy_goes_on_where_the_file_ended(settings: Settings, empty: str) -> None:
    await move(settings, empty)

    async with JobStore.opened(empty) as store:
        assert (await store.get(f"{0:016x}")) is not None
        claimed = await store.ownership.claim(100)
        assert {*claimed.job_ids} == {row["id"] for row in rows(empty, f"SELECT id FROM jobs WHERE {UNFINISHED}")}
        await store.admissions.admit(make_job(JobStatus.RECEIVED), NO_LIMITS, "2026-11-22")
    first, *others = [row["id"] for row in rows(empty, "SELECT id FROM ledger ORDER BY id DESC")]
    assert first > max(others) >= 7


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("moment", ["3", "60", "120", "commit"])
def test_a_move_that_is_killed_leaves_nothing_and_can_be_done_again(moment: str, empty: str, tmp_path: Path) -> None:
    def moved(moment: str) -> int:
        command = [sys.executable, "-m", "tests.support.killed_moves", str(tmp_path), empty, moment]
        return subprocess.run(command, check=False, capture_output=True).returncode

    assert moved(moment) == DIED
    assert tables(empty) == []
    assert moved("never") == 0


async def test_a_database_that_has_anything_is_refused(settings: Settings, postgres: Server, empty: str) -> None:
    postgres.sql("CREATE TABLE somebodys (id int)", empty.partition("?")[0].rpartition("/")[2])

    with pytest.raises(SettingsError, match=r"is not empty: it has the table somebodys\. Name one that is\.$"):
        await move(settings, empty)

    assert tables(empty) == ["somebodys"]


async def test_a_file_that_a_bot_has_open_is_refused(settings: Settings, empty: str, tmp_path: Path) -> None:
    with only_holder(tmp_path / "easel.db"), pytest.raises(DatabaseBusyError, match="stop it first"):
        await move(settings, empty)


async def test_older_tables_are_brought_up_to_date_by_a_start_first(empty: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "easel.db")) as connection:
        connection.executescript((SCHEMAS / "0009.sql").read_text(encoding="utf-8"))

    with pytest.raises(SettingsError, match=r"tables of version 0009, and .*: start it once on the file"):
        await move(make_settings(DATA_DIR=str(tmp_path)), empty)


async def test_what_does_not_fit_is_told_and_nothing_is_there(settings: Settings, empty: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "easel.db")) as connection, connection:
        connection.execute("UPDATE jobs SET waiting_for = ?", ("x" * 100,))

    with pytest.raises(SettingsError, match=r"^A row of jobs does not fit there \(.*Nothing was changed"):
        await move(settings, empty)

    assert tables(empty) == []


async def test_what_cannot_be_moved_is_said_in_a_sentence(settings: Settings, empty: str, tmp_path: Path) -> None:
    elsewhere = make_settings(DATA_DIR=str(tmp_path), DATABASE_URL=empty, SECRET_KEY="k" * 16)
    nothing = make_settings(DATA_DIR=str(tmp_path / "nothing"))
    for refused, url, why in (
        (elsewhere, empty, "names a server's database already"),
        (nothing, empty, "so there is nothing to move"),
        (settings, "sqlite:///x.db", "--to must begin with postgresql://"),
        (settings, "postgresql://easel@127.0.0.1:1/easel", "cannot be reached"),
    ):
        with pytest.raises(SettingsError, match=why):
            await move(refused, url)


def test_the_sum_over_rows_knows_no_order_and_sees_every_value() -> None:
    first, second = [1, "a", None], [2, "b", True]

    assert Content().plus(first).plus(second) == Content().plus(second).plus(first)
    assert Content().plus(first) != Content().plus([1, "a", ""])
    assert Content().plus(first).plus(first) != Content().plus(first)
