"""The database itself: one process, one connection, and transactions, those that a person waits for first."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self

from alembic import command
from alembic.config import Config
from filelock import FileLock, Timeout
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import DatabaseBusyError

BUSY_TIMEOUT_MS = 10_000
YIELD_S = 1.0  # how long what is not urgent lets others go first


class Database:
    """Connections to read by, and transactions to write in."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._reader = engine.execution_options(only_reads=True)
        self._fast_commit = engine.execution_options(synchronous="NORMAL")
        self._urgent = 0
        self._nobody_urgent = asyncio.Event()
        self._nobody_urgent.set()
        self._background_lock = asyncio.Lock()  # what is not urgent queues here, and only its first for the connection

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator[Self]:
        """Open a database and bring it up to date; it is closed at the end.

        Raises:
            DatabaseBusyError: another process works on the same SQLite file.
        """
        with _only_process(url):
            engine = _engine(url)
            try:
                async with engine.connect() as connection:
                    await connection.run_sync(_migrate)
                yield cls(engine)
            finally:
                await engine.dispose()

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection to read by, one statement at a time; nothing is locked."""
        return self._reader.connect()

    @asynccontextmanager
    async def transaction(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; with `is_urgent` ahead of all others, because a person waits for an answer.

        An urgent one pays for nothing, so it does not wait for the disk: it survives the process, and a power cut
        once the next transaction has ended.
        """
        if not is_urgent:
            await self._yield_to_urgent()
            async with self._background_lock, self.engine.begin() as connection:
                yield connection
            return
        self._urgent += 1
        self._nobody_urgent.clear()
        try:
            async with self._fast_commit.begin() as connection:
                yield connection
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._nobody_urgent.set()

    async def _yield_to_urgent(self) -> None:
        """Let the urgent ones go first, for a while: what follows them would take the processor from their answers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(YIELD_S):
                await self._nobody_urgent.wait()


def _engine(url: str) -> AsyncEngine:
    # One connection: SQLite has one writer anyway, and a queue in front of it beats "database is locked".
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # FULL: a committed mark in front of a paid call must survive a power cut as well.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
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


def alembic_config() -> Config:
    """Return where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def lock_path(database: Path) -> Path:
    """Return the file whose lock tells that a process works on the SQLite database."""
    return database.with_name(f"{database.name}.lock")


def _migrate(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


@contextmanager
def only_holder(database: Path) -> Iterator[None]:
    """Hold the lock of an SQLite database.

    Raises:
        DatabaseBusyError: another process has it.
    """
    try:
        with FileLock(lock_path(database), timeout=0):
            yield
    except Timeout as exc:
        raise DatabaseBusyError(f"Another Easel already works on {database}; stop it first.") from exc


@contextmanager
def _only_process(url: str) -> Iterator[None]:
    """Hold a lock file beside the SQLite file for as long as it is in use."""
    path = make_url(url).database
    if not path or path == ":memory:":
        yield
        return
    with only_holder(Path(path)):
        yield
