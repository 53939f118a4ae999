"""A look at the database that leaves every byte where it is, for the doctor."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, column, create_engine, func, inspect, select, table
from sqlalchemy.engine import make_url
from sqlalchemy.pool import StaticPool

from bot.errors import DatabaseBusyError
from bot.storage.database import alembic_config
from bot.storage.moves import is_unfinished
from bot.storage.schema import jobs
from bot.storage.sqlite import lock_path, only_holder

VERSION = table("alembic_version", column("version_num"))  # says which migrations were made


@dataclass(frozen=True, slots=True)
class Survey:
    """What is in a database; `unfinished` is None where its tables are of another version."""

    is_current: bool
    is_newer: bool
    unfinished: int | None


def is_file(url: str) -> bool:
    """Whether the database is a file of SQLite's."""
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path | None:
    """The file that an SQLite database is, wherever it lies."""
    name = make_url(url).database if is_file(url) else None
    return Path(name) if name and name != ":memory:" else None


async def survey(url: str) -> Survey | None:
    """Look at a database; None when there is none yet, or nothing in it.

    Raises:
        DatabaseBusyError: a running Easel has the file open.
        DatabaseError: the file cannot be read, or is no database.
        SettingsError: the server cannot be reached or used.
    """
    if is_file(url):
        return await asyncio.to_thread(_survey_file, url)
    from bot.storage import postgres  # noqa: PLC0415 - its driver is loaded by those who have a server alone

    async with postgres.visiting(make_url(url)) as connection:
        return await connection.run_sync(lambda sync: _read(sync) if inspect(sync).has_table(VERSION.name) else None)


def _survey_file(url: str) -> Survey | None:
    path = Path(make_url(url).database or "")
    if not path.is_file():
        return None
    _refuse_busy(path)
    with _opened(path) as connection:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with engine.connect() as reading:
            found = _read(reading)
        engine.dispose()
        return found


def _read(connection: Connection) -> Survey:
    revisions = ScriptDirectory.from_config(alembic_config())
    has_tables = inspect(connection).has_table(VERSION.name)  # an empty file has none, and what is no database says so
    revision = connection.scalar(select(VERSION.c.version_num)) if has_tables else None
    is_current = revision == revisions.get_current_head()
    known = {one.revision for one in revisions.walk_revisions()}
    count = select(func.count()).select_from(jobs).where(is_unfinished())
    unfinished = connection.execute(count).scalar_one() if is_current else None
    return Survey(is_current, is_newer=revision is not None and revision not in known, unfinished=unfinished)


def _refuse_busy(path: Path) -> None:
    if not lock_path(path).exists():  # a lock file that is not there is not made
        return
    try:
        with only_holder(path):
            return
    except DatabaseBusyError as exc:
        raise DatabaseBusyError(f"A running Easel works on {path}.") from exc


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that writes nothing beside the file, not even for a moment.

    SQLite makes files of its own when it reads one with a write-ahead log. Without entries in the log the file can be
    opened as unchangeable; with some, as after a crash, a copy of both is read.
    """
    log = path.with_name(f"{path.name}-wal")
    if not log.is_file() or not log.stat().st_size:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?immutable=1", uri=True)) as connection:
            yield connection
        return
    with tempfile.TemporaryDirectory(prefix="easel-doctor-") as folder:
        for file in (path, log):
            shutil.copy(file, folder)
        with closing(sqlite3.connect(Path(folder) / path.name)) as connection:
            yield connection
