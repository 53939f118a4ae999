"""SQLite: a file, one connection, and one process, which holds the lock beside the file."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import URL, Connection, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.errors import DatabaseBusyError, SettingsError
from bot.storage import upgrade
from bot.storage.connections import Connections

BUSY_TIMEOUT_MS = 10_000
FREE_AGAIN_S = 0.05  # real seconds between two tries for a lock that another process still holds
UNLIMITED_S = 100 * 365 * 86_400.0  # the lease of a process whose lock says that no other is here


@asynccontextmanager
async def connections(url: URL) -> AsyncIterator[Connections]:
    """Open a file for this process alone.

    Raises:
        DatabaseBusyError: another process works on it.
        SettingsError: it cannot be used, or a newer program made its tables.
    """
    with _only_process(url):
        path = file_of(url)
        if path is not None:
            await upgrade.prepare(path)
        engine = _engine(url)
        reading = engine.execution_options(only_reads=True)
        try:
            yield Connections(
                process=secrets.token_hex(8),
                durable=engine,
                hasty=engine.execution_options(synchronous="NORMAL"),
                reading=reading,
                streaming=reading,
                background=1,
                migrating=nullcontext,  # the lock of the file keeps others out
                lease_s=UNLIMITED_S,
                listen=None,
            )
        finally:
            await engine.dispose()


@asynccontextmanager
async def visiting(url: URL) -> AsyncIterator[AsyncEngine]:
    """Open a file for a moment, beside the process that works on it."""
    engine = _engine(url)
    try:
        yield engine
    finally:
        await engine.dispose()


def _engine(url: URL) -> AsyncEngine:
    # One connection: SQLite has one writer anyway, and a queue in front of it beats "database is locked".
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # FULL: a committed mark in front of a paid call must survive a power cut as well.
        # secure_delete: what was erased stands nowhere in the file any more, in none of its free pages either.
        for pragma in (
            *("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"),
            "secure_delete=ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("only_reads"):  # a single statement sees one state by itself
            return
        synchronous = options.get("synchronous", "FULL")
        if connection.info.setdefault("synchronous", "FULL") != synchronous:
            connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
            connection.info["synchronous"] = synchronous
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def lock_path(database: Path) -> Path:
    """Return the file whose lock tells that a process works on the database."""
    return database.with_name(f"{database.name}.lock")


def file_of(url: URL) -> Path | None:
    """Return the file that a database is; None of one in memory or of a server's."""
    name = url.database if url.get_backend_name() == "sqlite" else None
    return Path(name) if name and name != ":memory:" else None


@contextmanager
def only_holder(database: Path) -> Iterator[None]:
    """Hold the lock of a database.

    Raises:
        DatabaseBusyError: another process has it.
        SettingsError: the folder of the database cannot be written.
    """
    lock = FileLock(lock_path(database), timeout=0)
    try:
        lock.acquire()
    except Timeout as exc:
        raise DatabaseBusyError(f"Another Easel already works on {database}; stop it first.") from exc
    except OSError as exc:
        raise SettingsError(upgrade.sentence(exc, database)) from exc
    try:
        yield
    finally:
        lock.release()


async def wait_until_free(database: Path, limit_s: float) -> None:
    """Wait until no other process works on a database, `limit_s` real seconds at most.

    Raises:
        DatabaseBusyError: one still does.
    """
    deadline = time.monotonic() + limit_s
    while True:
        try:
            with only_holder(database):
                return
        except DatabaseBusyError:
            if time.monotonic() >= deadline:
                raise
        await asyncio.sleep(FREE_AGAIN_S)


@contextmanager
def _only_process(url: URL) -> Iterator[None]:
    """Hold a lock file beside the SQLite file for as long as it is in use."""
    path = file_of(url)
    if path is None:
        yield
        return
    with only_holder(path):
        yield
