"""The database itself: the processes on it, and transactions, those that a person waits for first."""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Self

from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot import metrics
from bot.fairness import AnswersFirst
from bot.settings.storage import LEASE_S
from bot.storage import sqlite
from bot.storage.connections import Connections
from bot.storage.group_commit import GroupCommit
from bot.storage.notifications import Notifications
from bot.storage.processes import Lease, Processes
from bot.storage.revisions import MIGRATIONS, known, refuse_newer, revision_of
from bot.storage.upgrade import told_as_sentences

logger = logging.getLogger(__name__)

FEW = 10  # commands whose cards are on their way at any time


class Database:
    """Connections to read by, and transactions to write in."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self.process = connections.process
        self.is_shared = connections.is_shared
        # What tells the machines of several processes apart; there is nothing to tell where there is one.
        self.machine = socket.gethostname() if connections.is_shared else ""
        self.notifications = Notifications(is_shared=connections.is_shared)
        self.processes = Processes(self.process, self._entering, self.notifications, Lease(connections.lease_s))
        # In a rush all else would take the processor from answers; where few ask, most only wait for Discord.
        self.answers_first = AnswersFirst(few=FEW)
        self._urgent_first = AnswersFirst()
        # What is not urgent queues here, and only its first for a connection.
        self._background = asyncio.Semaphore(connections.background)
        self._group_commit = GroupCommit(connections.durable)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, lease_s: float = LEASE_S) -> AsyncIterator[Self]:
        """Open a database, bring it up to date and enter this process there; it is closed at the end.

        Raises:
            DatabaseBusyError: another process works on it, and it cannot be shared.
            SettingsError: a file or a server cannot be used, or a newer program made the tables.
        """
        async with AsyncExitStack() as stack:
            with told_as_sentences(sqlite.file_of(make_url(url))):
                connections = await stack.enter_async_context(_connections(url, lease_s))
                async with connections.durable.connect() as connection:
                    await connection.run_sync(_migrate, connections)
                database = cls(connections)
                await stack.enter_async_context(database._taking_part())
            yield database

    @property
    def engine(self) -> AsyncEngine:
        """Return what opens connections whose transactions survive a power cut."""
        return self._connections.durable

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection to read by, one statement at a time; nothing is locked."""
        return self._connections.reading.connect()

    def streaming(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a connection to read many rows of one moment by, a few at a time."""
        return self._connections.streaming.connect()

    async def forget_deleted(self) -> None:
        """Leave nothing of what was deleted in a file: words to search by, the log. A server cleans up by itself."""
        if self.is_shared:
            return
        async with self.transaction() as connection:
            await connection.exec_driver_sql("INSERT INTO library_words(library_words) VALUES ('optimize')")
        async with self.reading() as connection:
            await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def listen(self) -> None:
        """Hear what other processes announce, until cancelled; only where there can be others."""
        assert self._connections.listen is not None  # noqa: S101 - as `is_shared` tells
        await self._connections.listen(self.notifications.receive)

    def _entering(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Open a transaction about this process itself, which waits for nobody."""
        return self._connections.hasty.begin()

    @asynccontextmanager
    async def _taking_part(self) -> AsyncIterator[None]:
        """Be one of the processes on this database, and give all up at the end for those that go on."""
        await self.processes.join(is_alone=not self.is_shared)
        if not self.is_shared:
            yield
            return
        renewing = asyncio.create_task(self.processes.keep_renewing(), name="lease")
        try:
            yield
        finally:
            renewing.cancel()
            try:
                await self.processes.leave()
            except (DBAPIError, OSError) as exc:  # then others wait until the lease is over
                logger.warning("nothing given up error=%s", type(exc).__name__)

    @asynccontextmanager
    async def transaction(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; with `is_urgent` ahead of all others, because a person waits for an answer.

        An urgent one pays for nothing, so it does not wait for the disk: it survives the process, and a power cut
        once the next transaction has ended.
        """
        begun = time.perf_counter()
        try:
            async with self._urgent_one() if is_urgent else self._patient_one() as connection:
                yield connection
        finally:
            metrics.TRANSACTIONS[is_urgent].observe(time.perf_counter() - begun)

    @asynccontextmanager
    async def _patient_one(self) -> AsyncIterator[AsyncConnection]:
        # What follows them would take the processor from the answers of the urgent ones.
        await self._urgent_first.come_after()
        await self.answers_first.come_after()
        if not self.is_shared:  # a server groups commits by itself
            async with self._group_commit.transaction() as connection:
                yield connection
            return
        async with self._background, self._connections.durable.begin() as connection:
            yield connection

    @asynccontextmanager
    async def _urgent_one(self) -> AsyncIterator[AsyncConnection]:
        with self._urgent_first.answering():
            async with self._connections.hasty.begin() as connection:
                yield connection


def _connections(url: str, lease_s: float) -> AbstractAsyncContextManager[Connections]:
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        return sqlite.connections(address)
    from bot.storage import postgres  # noqa: PLC0415 - its driver is loaded by those who have a server alone

    return postgres.connections(address, lease_s)


def _migrate(connection: Connection, connections: Connections) -> None:
    with connections.migrating(connection):
        revision = revision_of(connection)
        refuse_newer(revision, "The database of DATABASE_URL")
        if revision != known()[0]:
            upgrade_tables(connection)
        connection.commit()


def upgrade_tables(connection: Connection) -> None:
    """Make the tables, or bring them up to date, in the transaction that the connection is in."""
    # Most starts find nothing to change, and then need neither the time nor the 9 MB that it takes to load this.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
