"""Group commit: transactions that wait for the one connection of a file go to the disk together."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

MOST = 8  # in one commit: readers, and persons who wait for an answer, come after it


@dataclass(slots=True, eq=False)
class _Group:
    """Transactions on their way to the disk; `done` comes back, or fails, with all of them."""

    connection: AsyncConnection
    done: asyncio.Future[None]
    size: int = 0


class GroupCommit:
    """Gives transactions their turn at one connection, and those that wait for it at the same time one commit.

    Each is a savepoint of its own, which fails by itself, and none comes back before the commit stands.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._open: _Group | None = None
        self._commits: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction; at the end of the block it survives a power cut.

        Raises:
            DBAPIError: the database refuses it, or the commit of all that went with it.
        """
        await self._next()
        try:
            if self._open is None and not self._waiting:
                async with self._engine.begin() as connection:
                    yield connection
                return
            group = await self._joined()
            try:
                async with group.connection.begin_nested():
                    yield group.connection
            except BaseException:
                # What some errors make SQLite take back is more than the savepoint: then nothing may follow.
                await self._finish(group)
                raise
        finally:
            self._turn.release()
        await asyncio.shield(group.done)

    async def _next(self) -> None:
        self._waiting += 1
        try:
            await self._turn.acquire()
        finally:
            self._waiting -= 1

    async def _joined(self) -> _Group:
        """The group that the transaction whose turn it is goes with."""
        if self._open is not None and self._open.size >= MOST:
            await self._finish(self._open)
        if self._open is None:
            self._open = await self._begun()
            # It takes its turn after those who wait already, and they go along.
            self._start(self._commit_in_turn(self._open))
        self._open.size += 1
        return self._open

    async def _begun(self) -> _Group:
        connection = await self._engine.connect()
        try:
            await connection.begin()
        except BaseException:
            await connection.close()
            raise
        return _Group(connection, asyncio.get_running_loop().create_future())

    async def _commit_in_turn(self, group: _Group) -> None:
        async with self._turn:
            await self._commit(group)

    async def _finish(self, group: _Group) -> None:
        """Commit a group out of turn; by a task of its own, since whoever asks for it may be cancelled."""
        await asyncio.shield(self._start(self._commit(group)))

    def _start(self, committing: Coroutine[None, None, None]) -> asyncio.Task[None]:
        commit = asyncio.create_task(committing, name="commit")
        self._commits.add(commit)
        commit.add_done_callback(self._commits.discard)
        return commit

    async def _commit(self, group: _Group) -> None:
        if self._open is not group:
            return
        self._open = None
        try:
            try:
                await _refuse_taken_back(group.connection)
                await group.connection.commit()
            except BaseException:
                await group.connection.invalidate()  # what is half done in it ends with it
                raise
            finally:
                await group.connection.close()
        except Exception as exc:  # noqa: BLE001 - it is the affair of all that went along
            group.done.set_exception(exc)
        else:
            group.done.set_result(None)


async def _refuse_taken_back(connection: AsyncConnection) -> None:
    """Find out whether SQLite took everything back at an error of one, as on a full disk: the driver commits nothing.

    Raises:
        OperationalError: it did.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None or not driver.in_transaction:
        raise OperationalError("COMMIT", {}, sqlite3.OperationalError("the transaction was taken back"))
