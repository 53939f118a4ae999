"""A look at the database that leaves every byte where it is, for the doctor."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, create_engine, func, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import StaticPool

from bot.domain.server_rules import Name
from bot.errors import DatabaseBusyError, SettingsError
from bot.storage import sqlite, upgrade
from bot.storage.books import Imbalance, imbalances
from bot.storage.moves import is_unfinished
from bot.storage.revisions import VERSION, known, refuse_newer, revision_of
from bot.storage.schema import jobs, policies
from bot.storage.sqlite import lock_path, only_holder


@dataclass(frozen=True, slots=True)
class Survey:
    """What is in a database; `unfinished` is None where its tables are of another version, `revision`."""

    is_current: bool
    is_newer: bool
    unfinished: int | None
    revision: str | None = field(default=None, compare=False)
    imbalances: Sequence[Imbalance] = ()  # where budgets and ledger differ


def is_file(url: str) -> bool:
    """Whether the database is a file of SQLite's."""
    return make_url(url).get_backend_name() == "sqlite"


def file_of(url: str) -> Path | None:
    """The file that an SQLite database is, wherever it lies."""
    return sqlite.file_of(make_url(url))


async def survey(url: str) -> Survey | None:
    """Look at a database; None when there is none yet, or nothing in it.

    Raises:
        DatabaseBusyError: a running Easel has the file open.
        SettingsError: the file is damaged or cannot be read, or the server cannot be reached or used.
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
    with upgrade.told_as_sentences(path), opened(path) as connection:
        upgrade.check(connection, path)
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with engine.connect() as reading:
            found = _read(reading)
        engine.dispose()
        return found


def _read(connection: Connection) -> Survey:
    revision = revision_of(connection)
    is_current = revision == known()[0]
    count = select(func.count()).select_from(jobs).where(is_unfinished())
    unfinished = connection.execute(count).scalar_one() if is_current else None
    return Survey(
        is_current,
        is_newer=revision is not None and revision not in known(),
        unfinished=unfinished,
        revision=revision,
        imbalances=tuple(imbalances(connection)) if is_current else (),
    )


async def review_channels(url: str) -> dict[int, int]:
    """Return the review channel of each server that has one, by their ids; also while an Easel works on the database.

    Raises:
        SettingsError: there is no database, its tables are of another version, or it cannot be read.
    """
    path = file_of(url)
    if path is not None and path.is_file() and not _is_busy(path):
        return await asyncio.to_thread(_review_channels_of, path)
    async with reading_beside(url) as connection:
        return await connection.run_sync(_read_review_channels)


def _review_channels_of(path: Path) -> dict[int, int]:
    with upgrade.told_as_sentences(path), opened(path) as connection:
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        with engine.connect() as reading:
            found = _read_review_channels(reading) if revision_of(reading) == known()[0] else {}
        engine.dispose()
        return found


def _read_review_channels(connection: Connection) -> dict[int, int]:
    chosen = select(policies.c.guild_id, policies.c.value).where(policies.c.name == Name.REVIEW_CHANNEL)
    return {row.guild_id: int(row.value) for row in connection.execute(chosen)}


@asynccontextmanager
async def reading_beside(url: str) -> AsyncIterator[AsyncConnection]:
    """Open one connection to read many rows by, also while an Easel works on the database; nothing is written.

    Raises:
        SettingsError: there is none, its tables are of another version, or it cannot be read.
    """
    path = file_of(url)
    async with AsyncExitStack() as stack:
        if path is None:
            from bot.storage import postgres  # noqa: PLC0415 - its driver is loaded by those who have a server alone

            connection = await stack.enter_async_context(postgres.visiting(make_url(url)))
        elif not path.is_file():
            raise SettingsError(f"There is no database {path} yet.")
        else:
            stack.enter_context(upgrade.told_as_sentences(path))
            engine = create_async_engine(f"sqlite+aiosqlite:///{path.absolute().as_uri()}?mode=ro&uri=true")
            stack.push_async_callback(engine.dispose)
            connection = await stack.enter_async_context(engine.connect())
        revision = await connection.run_sync(revision_of)
        refuse_newer(revision, "The database")
        if revision != known()[0]:
            raise SettingsError("The database is of an older version; the next start of the bot brings it up to date.")
        yield connection


def _refuse_busy(path: Path) -> None:
    if not lock_path(path).exists():  # a lock file that is not there is not made
        return
    try:
        with only_holder(path):
            return
    except DatabaseBusyError as exc:
        raise DatabaseBusyError(f"A running Easel works on {path}.") from exc


def _is_busy(path: Path) -> bool:
    try:
        _refuse_busy(path)
    except DatabaseBusyError:
        return True
    return False


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a connection that writes nothing beside the file, not even for a moment.

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
