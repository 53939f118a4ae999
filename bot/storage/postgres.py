"""PostgreSQL: a server, a pool of connections, and a lock of the server's that one process holds."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import DatabaseBusyError, SettingsError
from bot.storage.connections import Connections

logger = logging.getLogger(__name__)

OLDEST = 15  # the first version whose unique keys can hold without a parent
POOL = 10
BACKGROUND = 6  # of them; the rest is for persons who wait, and for reading
CONNECT_LIMIT_S = 10.0
RETRY_S = 1.0
# Keys of advisory locks, which belong to one database of the server: "Easel" in letters, and a number.
MIGRATION_LOCK = 0x456173656C01
PROCESS_LOCK = 0x456173656C02
PROCESS_LOCK_LIMIT = "5s"  # a process that was just killed may still be held for alive by the server
# A connection of ours that we have lost may still be held for alive by the server, with its lock.
_END_OWN_HOLDERS = """
    SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND application_name = current_setting('application_name') AND pid != pg_backend_pid()
"""
SESSION = {
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    # A machine that is gone without a word holds its locks for a minute, not for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


@asynccontextmanager
async def connections(url: URL) -> AsyncIterator[Connections]:
    """Open a database of a server for this process alone.

    Raises:
        DatabaseBusyError: another process works on it.
        SettingsError: it cannot be reached or used; the sentence says why, and holds no password.
    """
    process = secrets.token_hex(8)
    hold = _Hold(url, process)
    with _told_as_sentences(url):
        await hold.take()
    engine = _engine(url, process)
    try:
        yield Connections(
            process=process,
            durable=engine,
            hasty=engine.execution_options(is_hasty=True),
            reading=engine.execution_options(isolation_level="AUTOCOMMIT"),
            streaming=engine,
            background=BACKGROUND,
            migrating=lambda connection: _one_migration(connection, url),
            watch=hold.watch,
        )
    finally:
        await engine.dispose()
        await hold.release()


def _engine(url: URL, process: str = "visitor") -> AsyncEngine:
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: connect(url, process),
        pool_size=POOL,
        max_overflow=0,
        pool_timeout=60,
        pool_pre_ping=True,  # the server may have been restarted meanwhile
        isolation_level="READ COMMITTED",
    )

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        if connection.get_execution_options().get("is_hasty"):
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")

    return engine


@asynccontextmanager
async def visiting(url: URL) -> AsyncIterator[AsyncConnection]:
    """Open one connection to look at a database, whoever works on it.

    Raises:
        SettingsError: the server cannot be reached or used.
    """
    engine = _engine(url)
    try:
        with _told_as_sentences(url):
            async with engine.connect() as connection:
                version = await connection.execute(text("SHOW server_version_num"))
                _check_version(int(version.scalar_one()) // 10_000)
                yield connection
    finally:
        await engine.dispose()


async def connect(url: URL, process: str) -> Any:
    """Open a connection of the driver's under the name of a process.

    The driver reads an address as PostgreSQL's own programs do (`sslmode`, `host`).
    """
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return await asyncpg.connect(
        address, timeout=CONNECT_LIMIT_S, server_settings=SESSION | {"application_name": f"easel {process}"}
    )


class _Hold:
    """The server's word that no other process works here, which holds as long as its connection does."""

    def __init__(self, url: URL, process: str) -> None:
        self._url = url
        self._process = process
        self._connection: Any = None
        self._is_lost = asyncio.Event()

    async def take(self) -> None:
        """Take it.

        Raises:
            DatabaseBusyError: another process has it.
            SettingsError: the server is too old.
            OSError, PostgresError: the server cannot be asked.
        """
        self._is_lost.clear()
        connection = await connect(self._url, self._process)
        try:
            _check_version(connection.get_server_version().major)
            await connection.execute(_END_OWN_HOLDERS)
            await connection.execute(f"SET lock_timeout = '{PROCESS_LOCK_LIMIT}'")
            await connection.execute(f"SELECT pg_advisory_lock({PROCESS_LOCK})")
        except asyncpg.LockNotAvailableError as exc:
            await connection.close()
            raise DatabaseBusyError(
                f"Another Easel already works on the database {self._url.database}; stop it first."
            ) from exc
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection
        connection.add_termination_listener(lambda _connection: self._is_lost.set())

    async def watch(self) -> None:
        """Take it again whenever the server forgot it, as after a restart.

        Raises:
            DatabaseBusyError: another process was faster.
        """
        while True:
            await self._is_lost.wait()
            logger.warning("connection to the database lost")
            while self._is_lost.is_set():
                try:
                    await self.take()
                except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                    self._is_lost.set()
                    await asyncio.sleep(RETRY_S)
            logger.info("connected to the database again")

    async def release(self) -> None:
        """Let others in."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._connection.close(timeout=CONNECT_LIMIT_S)


@contextmanager
def _one_migration(connection: Connection, url: URL) -> Iterator[None]:
    """Let one process change the tables at a time, however long that takes.

    Raises:
        SettingsError: the server does not let this user.
    """
    with _told_as_sentences(url):
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")
        yield


@contextmanager
def _told_as_sentences(url: URL) -> Iterator[None]:
    """Tell the owner what they can do about a server that does not let us in.

    Raises:
        SettingsError: with the sentence.
    """
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, ValueError) as exc:
        cause = exc.orig.__cause__ if isinstance(exc, DBAPIError) and exc.orig else exc
        raise SettingsError(sentence(cause or exc, url)) from exc


def _check_version(major: int) -> None:
    if major < OLDEST:
        raise SettingsError(f"The database server is PostgreSQL {major}; Easel needs {OLDEST} or newer.")


def sentence(exc: BaseException, url: URL) -> str:
    """Say why a database cannot be used, and what an owner can do, without its password."""
    host = url.host or url.query.get("host") or "the local socket"
    server = f"{host}:{url.port}" if url.port else f"{host}"
    match exc:
        case asyncpg.InvalidPasswordError() | asyncpg.InvalidAuthorizationSpecificationError():
            return f"The database server at {server} refuses the user {url.username}; check DATABASE_URL."
        case asyncpg.InvalidCatalogNameError():
            return f"There is no database {url.database} at {server}; create it, or check DATABASE_URL."
        case asyncpg.InsufficientPrivilegeError():
            return f"The user {url.username} may not make tables in {url.database}; make it the database's owner."
        case asyncpg.TooManyConnectionsError() | asyncpg.CannotConnectNowError():
            return f"The database server at {server} takes no connection now: {exc}."
        case OSError() | TimeoutError():
            return f"The database server at {server} cannot be reached; check DATABASE_URL and whether it runs."
        case asyncpg.PostgresError():
            return f"The database server at {server} refuses: {exc}."
    return f"DATABASE_URL cannot be used: {type(exc).__name__}."
