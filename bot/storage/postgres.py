"""PostgreSQL: a server that several processes may share, a pool of connections, and one more to hear the others by."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import SettingsError
from bot.storage.connections import Connections
from bot.storage.notifications import CHANNEL

logger = logging.getLogger(__name__)

OLDEST = 15  # the first version whose unique keys can hold without a parent
POOL = 10
BACKGROUND = 6  # of them; the rest is for persons who wait, and for reading
CONNECT_LIMIT_S = 10.0
RETRY_S = 1.0
MIGRATION_LOCK = 0x456173656C01  # an advisory lock of one database: "Easel" in letters, and a number
SESSION = {
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    # A machine that is gone without a word holds its locks for a minute, not for hours.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}


@asynccontextmanager
async def connections(url: URL, lease_s: float) -> AsyncIterator[Connections]:
    """Open a database of a server.

    Raises:
        SettingsError: it cannot be reached or used; the sentence says why, and holds no password.
    """
    process = secrets.token_hex(8)
    with _told_as_sentences(url):
        first = await connect(url, process)
        try:
            _check_version(first.get_server_version().major)
        finally:
            await first.close(timeout=CONNECT_LIMIT_S)
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
            lease_s=lease_s,
            listen=_Listener(url, process).listen,
        )
    finally:
        await engine.dispose()


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


class _Listener:
    """A connection of its own on which others' announcements arrive."""

    def __init__(self, url: URL, process: str) -> None:
        self._url = url
        self._process = process

    async def listen(self, heard: Callable[[str], None]) -> None:
        """Hear until cancelled, on a new connection whenever one was lost; then anything may have been missed."""
        while True:
            try:
                await self._hear(heard)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as exc:
                logger.warning("announcements cannot be heard error=%s", type(exc).__name__)
            await asyncio.sleep(RETRY_S)

    async def _hear(self, heard: Callable[[str], None]) -> None:
        is_lost = asyncio.Event()
        connection = await connect(self._url, self._process)
        try:
            connection.add_termination_listener(lambda _connection: is_lost.set())
            await connection.add_listener(CHANNEL, lambda _connection, _pid, _channel, payload: heard(payload))
            heard("")
            await is_lost.wait()
            logger.warning("connection to the database lost")
        finally:
            connection.terminate()


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
