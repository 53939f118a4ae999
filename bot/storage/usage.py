"""What was spent by whom and on what, read from the ledger; units that were given back are not counted."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import ColumnElement, Row, Select, String, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Entry
from bot.storage.database import Database
from bot.storage.ledger import signed_units
from bot.storage.schema import audit, ledger

ROWS_AT_ONCE = 1000


class UsageBy(StrEnum):
    """What usage is summed up by."""

    MEMBER = "member"
    ROLE = "role"  # a job counts for each role of its author
    CHANNEL = "channel"
    SERVER = "server"
    ENGINE = "engine"
    OPERATION = "operation"
    MODE = "mode"
    DAY = "day"


_COLUMNS: dict[UsageBy, ColumnElement[Any]] = {
    UsageBy.MEMBER: ledger.c.member,
    UsageBy.ROLE: ledger.c.roles,
    UsageBy.CHANNEL: cast(ledger.c.channel_id, String),
    UsageBy.SERVER: cast(ledger.c.guild_id, String),
    UsageBy.ENGINE: ledger.c.engine,
    UsageBy.OPERATION: ledger.c.operation,
    UsageBy.MODE: ledger.c.mode,
    UsageBy.DAY: ledger.c.day,
}


@dataclass(frozen=True, slots=True)
class Span:
    """The first and the last day (UTC) that are looked at; None = from the beginning, or until now."""

    first: str | None = None
    last: str | None = None

    @classmethod
    def of_last(cls, days: int, now: datetime) -> Self:
        """The last days, today among them."""
        return cls((now - timedelta(days=days - 1)).date().isoformat())

    def within(self, column: ColumnElement[str]) -> list[ColumnElement[bool]]:
        """Find rows whose day is in it."""
        bounds = [] if self.first is None else [column >= self.first]
        return bounds if self.last is None else [*bounds, column <= self.last]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked for under one name: jobs that were let in, and units that were set aside or spent."""

    name: str
    jobs: int
    units: int


async def read_usage(
    connection: AsyncConnection, by: UsageBy, span: Span, *, guild_id: int | None = None, member: int | None = None
) -> list[Usage]:
    """Return usage by something, the most first; with `guild_id` or `member` of one of them alone."""
    # Not by the column itself: SQLite would go through all lines by its index, where some days are a small part.
    called = func.coalesce(_COLUMNS[by], literal_column("''"))
    jobs = func.count().filter(ledger.c.kind == Entry.RESERVE)
    query = select(called, jobs, func.sum(signed_units())).where(ledger.c.job_id != "")
    query = query.where(*span.within(ledger.c.day)).group_by(called)
    if guild_id is not None:
        query = query.where(ledger.c.guild_id == guild_id)
    if member is not None:
        query = query.where(ledger.c.member == str(member))
    found: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for name, count, units in await connection.execute(query):
        for one in name.split() if by is UsageBy.ROLE else [name]:
            found[one] += int(units)
            counts[one] += count
    return [
        Usage(name, counts[name], units) for name, units in sorted(found.items(), key=lambda one: (-one[1], one[0]))
    ]


@dataclass(frozen=True, slots=True)
class DayOfEngine:
    """What was spent in a day at one engine."""

    day: str
    engine: str
    units: int


async def days_by_engine(
    database: Database, span: Span, member: int | None = None, guild_id: int | None = None
) -> list[DayOfEngine]:
    """Return what was spent, by day (UTC) and engine, the oldest first; by all, or by one member or in one server."""
    total = func.sum(signed_units())
    whose = [] if member is None else [ledger.c.member == str(member)]
    whose += [] if guild_id is None else [ledger.c.guild_id == guild_id]
    query = (
        select(ledger.c.day, ledger.c.engine, total)
        .where(*whose, ledger.c.job_id != "", *span.within(ledger.c.day))
        .group_by(ledger.c.day, ledger.c.engine)
        .order_by(ledger.c.day, ledger.c.engine)
    )
    async with database.reading() as connection:
        return [DayOfEngine(day, engine, int(units)) for day, engine, units in await connection.execute(query)]


_LEDGER = [column for column in ledger.c if column.name != "accounts"]
LEDGER_COLUMNS = [column.name for column in _LEDGER]
AUDIT_COLUMNS = [column.name for column in audit.c]


def ledger_lines(connection: AsyncConnection, span: Span) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Yield the lines of a span as they were written, some at a time, so that millions take no more memory."""
    return _streamed(connection, select(*_LEDGER).where(*span.within(ledger.c.day)).order_by(ledger.c.id))


def acts(connection: AsyncConnection, span: Span) -> AsyncIterator[Sequence[Sequence[Any]]]:
    """Yield the acts of a span as they happened, some at a time."""
    day = func.substr(cast(audit.c.at, String), 1, 10)
    return _streamed(connection, select(*audit.c).where(*span.within(day)).order_by(audit.c.id))


async def _streamed(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Sequence[Row[Any]]]:
    async with connection.stream(query.execution_options(yield_per=ROWS_AT_ONCE)) as rows:
        async for some in rows.partitions(ROWS_AT_ONCE):
            yield some
