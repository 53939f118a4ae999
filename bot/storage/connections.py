"""What the two kinds of databases have in common for all above: connections, each for one purpose."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Connections:
    """One pool, and what a connection of it is borrowed for."""

    process: str  # a name for who holds the database now, new at every start
    durable: AsyncEngine  # transactions that survive a power cut
    hasty: AsyncEngine  # transactions that do so once a durable one has followed
    reading: AsyncEngine  # single statements, which lock nothing
    streaming: AsyncEngine  # many rows of one moment, a few at a time
    background: int  # how many transactions that nobody waits for may be under way at once
    migrating: Callable[[Connection], AbstractContextManager[Any]]  # around a change of the tables
    lease_s: float  # how long this process owns its jobs without a word to the database, in real seconds
    # Until cancelled, to what other processes announce; None where the database lets no others in.
    listen: Callable[[Callable[[str], None]], Awaitable[None]] | None

    @property
    def is_shared(self) -> bool:
        """Tell whether other processes may work on the same database."""
        return self.listen is not None
