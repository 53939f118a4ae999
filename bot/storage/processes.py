"""Who works on the database: a row for each process, and a lease that it renews, by the database's own clock."""

import asyncio
import logging
import math
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import __version__
from bot.storage.dialects import DatabaseTime
from bot.storage.moves import is_unfinished
from bot.storage.notifications import Changed, Notifications
from bot.storage.schema import groups, jobs, processes

logger = logging.getLogger(__name__)

FORGET_AFTER_S = 3_600.0

Transaction = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class Lease:
    """How long a process may take itself for the owner of its jobs, by its own clock, which never jumps."""

    def __init__(self, length_s: float) -> None:
        """`length_s` is how long it holds after each renewal, in real seconds."""
        self.length_s = length_s
        self._until = -math.inf
        self.lapses = 0  # how often it had ended before it was renewed: meanwhile others may have taken jobs over

    def renewed(self, asked_at: float) -> None:
        """Let it hold from the moment at which the database was asked: its own moment was no earlier."""
        self.lapses += asked_at >= self._until
        self._until = asked_at + self.length_s

    def left_s(self) -> float:
        """For how many real seconds more it holds; 0 where it does not."""
        return max(0.0, self._until - time.monotonic())

    def holds(self, *, safely: bool = False) -> bool:
        """Whether it holds now; `safely` for half of its length more, so that a paid call may leave."""
        return self.left_s() > (self.length_s / 2 if safely else 0)


@dataclass(frozen=True, slots=True)
class Peer:
    """Another process that works on the same database: its id, its version, and how many jobs wait in its queue."""

    id: str
    version: str
    waiting: int


class Processes:
    """The row of this process, and those of the others."""

    def __init__(self, me: str, transaction: Transaction, notifications: Notifications, lease: Lease) -> None:
        self._me = me
        self._transaction = transaction
        self._notifications = notifications
        self.lease = lease
        self._count_waiting: Callable[[], int] = int
        self.is_alone = True  # as of the last renewal, or of the last word of one who entered
        notifications.subscribe(Changed.JOINED, self._on_joined)

    def _on_joined(self, process: str | None) -> None:
        self.is_alone = self.is_alone and process == self._me

    def tell_waiting(self, count: Callable[[], int]) -> None:
        """Let others know with each renewal how many jobs wait in the queue of this process."""
        self._count_waiting = count

    async def join(self, *, is_alone: bool) -> None:
        """Enter this process; where it `is_alone`, whoever else is still entered is gone."""
        gone = processes.c.lease_until < DatabaseTime(-FORGET_AFTER_S)
        asked_at = time.monotonic()
        async with self._transaction() as connection:
            await connection.execute(delete(processes).where(true() if is_alone else gone))
            await connection.execute(insert(processes).values(id=self._me, **self._seen()))
            await self._notifications.announce(connection, Changed.JOINED, self._me)
            self.is_alone = not await self.peers(connection)
        self.lease.renewed(asked_at)

    async def renew(self) -> None:
        """Renew the lease; who was forgotten meanwhile enters anew."""
        asked_at = time.monotonic()
        async with self._transaction() as connection:
            renewed = update(processes).where(processes.c.id == self._me).values(**self._seen())
            if not (await connection.execute(renewed)).rowcount:
                await connection.execute(insert(processes).values(id=self._me, **self._seen()))
            self.is_alone = not await self.peers(connection)
        self.lease.renewed(asked_at)

    def _seen(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "host": socket.gethostname(),
            "state": "live",
            "waiting": self._count_waiting(),
            "seen_at": DatabaseTime(0),
            "lease_until": DatabaseTime(self.lease.length_s),
        }

    async def keep_renewing(self) -> None:
        """Renew the lease four times in its length, for as long as the database lets us."""
        while True:
            await asyncio.sleep(self.lease.length_s / 4)
            lapses = self.lease.lapses
            try:
                await self.renew()
            except Exception as exc:  # noqa: BLE001 - whatever it has, the lease runs on
                logger.warning("lease not renewed error=%s", type(exc).__name__)
            if self.lease.lapses > lapses:
                logger.warning("lease had ended; others may have taken jobs over")

    async def leave(self) -> None:
        """Give all up, so that others take it at once."""
        async with self._transaction() as connection:
            for table, is_open in ((jobs, is_unfinished()), (groups, groups.c.told.is_(False))):
                await connection.execute(update(table).where(table.c.owner == self._me, is_open).values(owner=None))
            await connection.execute(delete(processes).where(processes.c.id == self._me))
            await self._notifications.announce(connection, Changed.LEFT, self._me)

    async def is_outdated(self) -> bool:
        """Whether a newer version of the program works beside this one, as while it is brought up to date."""
        async with self._transaction() as connection:
            return any(_parts(peer.version) > _parts(__version__) for peer in await self.peers(connection))

    async def peers(self, connection: AsyncConnection) -> list[Peer]:
        """Return the others whose leases hold."""
        columns = processes.c.id, processes.c.version, processes.c.waiting
        found = await connection.execute(select(*columns).where(processes.c.id != self._me, is_alive()))
        return [Peer(*row) for row in found]

    def holds_safely(self) -> ColumnElement[bool]:
        """Tell, inside of a statement, whether this process's lease holds for long enough to send a paid call."""
        until = DatabaseTime(self.lease.length_s / 2)
        return exists().where(processes.c.id == self._me, processes.c.lease_until > until)


def unowned(owner: ColumnElement[Any]) -> ColumnElement[bool]:
    """Find by its owner's column what nobody works on: it was given up, or its owner's lease is over."""
    return or_(owner.is_(None), ~exists().where(processes.c.id == owner, is_alive()))


def is_alive() -> ColumnElement[bool]:
    """Find processes whose leases hold."""
    return processes.c.lease_until > DatabaseTime(0)


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
