"""Whether the ledger says what is booked, and what makes it whole where the version before wrote none of it."""

import logging
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Boolean,
    Connection,
    Select,
    case,
    func,
    insert,
    literal,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import EVERYBODY, Account, Entry, Period, read
from bot.storage.column_types import EnumText
from bot.storage.conditions import UNWRITTEN
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.ledger import carried_over, signed_units, write_down
from bot.storage.schema import budgets, jobs, ledger, reservations
from bot.storage.units import OF_ALL, accounts_of, give_back

logger = logging.getLogger(__name__)
_ROWS_AT_ONCE = 1000
_IS_UNWRITTEN = literal_column(UNWRITTEN, Boolean())  # in the words of its index
_ENTRY = EnumText(Entry, 16)


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A counter that does not say what the lines of the ledger add up to."""

    scope: str
    period: str
    booked: int
    written: int


def imbalances(connection: Connection) -> list[Imbalance]:
    """Return where budgets and ledger differ, as of one moment."""
    total = func.sum(signed_units())
    # One statement, which sees one state; alike lines are added by the database, however many there are.
    lines = select(literal(0).label("is_counter"), ledger.c.accounts.label("what"), ledger.c.day, total.label("units"))
    counters = select(literal(1), budgets.c.scope, budgets.c.day, budgets.c.used)
    query = union_all(counters, lines.group_by(ledger.c.accounts, ledger.c.day))
    booked: Counter[tuple[str, str]] = Counter()
    written_down: Counter[tuple[str, str]] = Counter()
    for is_counter, what, day, units in connection.execute(query.execution_options(yield_per=_ROWS_AT_ONCE)):
        if is_counter:
            booked[what, day] = int(units)
            continue
        for account in read(what):
            written_down[account.scope, account.key(day)] += int(units)
    # Days that were forgotten with their jobs have no counters any more, not even the one of all.
    kept = {key for _scope, key in booked}
    return [
        Imbalance(scope, key, booked[scope, key], written_down[scope, key])
        for scope, key in sorted({*booked, *written_down})
        if key in kept and booked[scope, key] != written_down[scope, key]
    ]


async def write_settled(connection: AsyncConnection, job_ids: Collection[str]) -> None:
    """Spend for good what is still set aside for jobs, whatever becomes of them."""
    is_open = reservations.c.job_id.in_(job_ids), reservations.c.state == "reserved"
    await _copy_lines(connection, literal(Entry.SETTLE, _ENTRY), reservations.c.accounts, *is_open)
    await connection.execute(update(reservations).where(*is_open).values(state="settled", is_closed=True))


@retried
async def take_in(database: Database) -> None:
    """Write down what the version before booked without a ledger: all of it at first, then what it did beside us."""
    async with database.reading() as connection:
        is_unwritten = await _any(connection, select(reservations.c.job_id).where(_IS_UNWRITTEN))
        is_begun = await _any(connection, select(ledger.c.id))
        is_counted = await _any(connection, select(budgets.c.used).where(budgets.c.used != 0))
    if not is_unwritten and (is_begun or not is_counted):
        return
    async with database.transaction() as connection:
        # Whoever books waits here until this is over, so that what is counted and what is written are of one moment.
        await connection.execute(
            select(budgets.c.used)
            .order_by(budgets.c.scope == EVERYBODY, budgets.c.scope, budgets.c.day)
            .with_for_update()
        )
        await _write_unwritten(connection)
        if not is_begun:
            await _begin(connection)


async def _any(connection: AsyncConnection, query: Select[Any]) -> bool:
    return (await connection.execute(query.limit(1))).first() is not None


async def _write_unwritten(connection: AsyncConnection) -> None:
    """Write the lines of reservations that have none, and give back what was not known to be booked."""
    own = reservations.c.scope + literal(f"@{Period.DAY} {OF_ALL}")
    await _copy_lines(connection, literal(Entry.RESERVE, _ENTRY), own, reservations.c.accounts.is_(None))
    unknown = update(reservations).where(reservations.c.accounts.is_(None)).values(accounts=own)
    await connection.execute(unknown)
    is_open = reservations.c.state != "reserved", reservations.c.is_closed.is_(None)
    given = await connection.execute(select(reservations).where(reservations.c.state == "released", *is_open))
    for row in given.all():
        known = {Account(row.scope, Period.DAY), OF_ALL}
        if more := [account for account in accounts_of(row) if account not in known]:
            await give_back(connection, more, row.day, row.units)
    kind = case(
        (reservations.c.state == "released", literal(Entry.RELEASE, _ENTRY)), else_=literal(Entry.SETTLE, _ENTRY)
    )
    await _copy_lines(connection, kind, reservations.c.accounts, *is_open)
    await connection.execute(update(reservations).where(*is_open).values(is_closed=True))


async def _copy_lines(connection: AsyncConnection, kind: Any, accounts: Any, *which: Any) -> None:
    columns = {
        "at": jobs.c.created_at,
        "day": reservations.c.day,
        "kind": kind,
        "job_id": reservations.c.job_id,
        "guild_id": jobs.c.guild_id,
        "channel_id": jobs.c.channel_id,
        "member": jobs.c.author_id.cast(ledger.c.member.type),
        "roles": func.coalesce(jobs.c.author_roles, ""),
        "engine": jobs.c.engine,
        "operation": jobs.c.operation,
        "mode": func.coalesce(jobs.c.mode, ""),
        "units": reservations.c.units,
        "accounts": accounts,
    }
    query = select(*columns.values()).join(jobs, jobs.c.id == reservations.c.job_id).where(*which)
    await connection.execute(insert(ledger).from_select(list(columns), query.order_by(jobs.c.created_at)))


async def _begin(connection: AsyncConnection) -> None:
    """Take over what was counted before there was a ledger, and belongs to no job that is still known."""
    lines = [
        carried_over(
            _member_of(one.scope), Entry.ADJUST, one.booked - one.written, one.period, Account(one.scope, Period.DAY)
        )
        for one in await connection.run_sync(imbalances)
    ]
    if lines:
        await write_down(connection, *lines)
        logger.info("ledger begun counters=%d", len(lines))


def _member_of(scope: str) -> str:
    return "" if scope == EVERYBODY else scope.removeprefix("member:")
