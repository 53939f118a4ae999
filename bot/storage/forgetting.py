"""Persons in the books: who is forgotten is found there no more, and every sum stays as it was."""

import secrets
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, not_, null, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Account, Entry, Period, read
from bot.domain.job import JobStatus
from bot.storage.ledger import carried_over, signed_units, write_down
from bot.storage.schema import audit, budgets, jobs, ledger, reservations
from bot.storage.units import accounts_of, book, give_back

_ERASED = "erased-"
FORGOTTEN = "forgotten"  # stands for everybody whose jobs were removed with their time
_CHANNEL = case((ledger.c.guild_id.is_(None), null()), else_=ledger.c.channel_id)  # direct messages are with one person
StillCounts = Callable[[Account, str], bool]  # whether what was booked on an account on a day holds its member to it

# Whose names are ids of Discord's; what stands in for others begins with another character than a digit.
_IS_PERSON = not_(or_(ledger.c.member.in_(("", FORGOTTEN)), *map(ledger.c.member.startswith, ("-", _ERASED))))


async def erase_from_books(connection: AsyncConnection, user_id: int, today: str, until: str) -> None:
    """Let a name that says nothing stand for a member up to a day, but for what still counts against their budgets."""
    alias, own = f"{_ERASED}{secrets.token_hex(6)}", str(user_id)
    # What is finished and not posted may wait for moderators, who may give its units back.
    may_be_rejected = or_(jobs.c.status == JobStatus.POSTING, jobs.c.in_review)
    is_open = and_(jobs.c.author_id == user_id, or_(reservations.c.state == "reserved", may_be_rejected))
    held = await connection.execute(select(reservations).join(jobs, jobs.c.id == reservations.c.job_id).where(is_open))
    may_come_back = {(account, row.day) for row in held for account in accounts_of(row)}

    def still_counts(account: Account, day: str) -> bool:
        return account.key(day) == account.key(today) or (account, day) in may_come_back

    await _rename(connection, and_(ledger.c.member == own, ledger.c.day <= until), {own: alias}, still_counts)
    for column in (audit.c.actor, audit.c.target):
        await connection.execute(update(audit).where(column == own).values({column: alias}))


async def empty_in_books(connection: AsyncConnection, spenders: Mapping[str, tuple[int, int]], before: str) -> None:
    """Book jobs that are over, and what they cost, under pseudonyms; spent is what nobody can give back any more.

    `spenders` are author and pseudonym by job; what was spent in a week or month that goes on after `before`, a day,
    still counts.
    """
    of_them = ledger.c.job_id.in_(spenders)
    await _rename(connection, of_them, _names(spenders.values()), _counts_after(before))


async def empty_carried_in_books(connection: AsyncConnection, before: str, pseudonym: Callable[[int], int]) -> None:
    """Do the same for what still counted when the jobs were emptied, and counts no more."""
    old = and_(_IS_PERSON, ledger.c.job_id == "", ledger.c.day < _still_counted(before))
    members = (await connection.execute(select(ledger.c.member).where(old).distinct())).scalars()
    names = {member: str(pseudonym(int(member))) for member in members}
    await _rename(connection, old, names, _counts_after(before))


async def forget_in_books(connection: AsyncConnection, day: str) -> None:
    """Delete what was counted in days, weeks and months that were over before a day; their lines name nobody."""
    for period, first in ((Period.DAY, "0"), (Period.WEEK, "w"), (Period.MONTH, "m")):
        is_old = budgets.c.day >= first, budgets.c.day < period.key(day)
        await connection.execute(delete(budgets).where(*is_old))
    old = and_(ledger.c.day < _still_counted(day), ledger.c.member != FORGOTTEN)
    await _carry_over(connection, old, day)
    values = {"member": FORGOTTEN, "roles": "", "accounts": "", "channel_id": _CHANNEL}
    await connection.execute(update(ledger).where(old).values(values))


async def _carry_over(connection: AsyncConnection, old: ColumnElement[bool], day: str) -> None:
    """Write in lines of their own what old ones, which are to say no more on what, have booked for ever."""
    total = func.sum(signed_units()).label("units")
    for_ever = ledger.c.accounts.contains(f"@{Period.EVER}", autoescape=True)
    rows = await connection.execute(select(ledger.c.accounts, total).where(old, for_ever).group_by(ledger.c.accounts))
    booked = Counter[Account]()
    for row in rows:
        booked.update({one: int(row.units) for one in read(row.accounts) if one.period is Period.EVER})
    if lines := [carried_over("", Entry.ADJUST, units, day, one) for one, units in sorted(booked.items()) if units]:
        await write_down(connection, *lines)


def _still_counted(day: str) -> str:
    """The first day of the week or month of a day, whichever began earlier."""
    return min(Period.WEEK.begins(day), Period.MONTH.begins(day))


def _counts_after(before: str) -> StillCounts:
    counted = (Period.WEEK, Period.MONTH)
    return lambda account, day: account.period in counted and account.key(day) >= account.key(before)


def _names(spenders: Collection[tuple[int, int]]) -> dict[str, str]:
    return {str(author_id): str(alias) for author_id, alias in spenders}


async def _rename(
    connection: AsyncConnection, which: ColumnElement[bool], names: Mapping[str, str], still_counts: StillCounts
) -> None:
    """Let other names stand for members in some lines, and in what these have booked."""
    total = func.sum(signed_units()).label("units")
    alike = ledger.c.member, ledger.c.accounts, ledger.c.day
    rows = await connection.execute(select(*alike, total).where(which, ledger.c.member.in_(names)).group_by(*alike))
    moved: Counter[tuple[str, Account, str]] = Counter()
    for row in rows:
        for account in read(row.accounts):
            if f"/{account.scope}".endswith(f"/member:{row.member}"):
                moved[row.member, account, row.day] += int(row.units)
    for member, name in names.items():
        accounts = func.replace(ledger.c.accounts, f"member:{member}@", f"member:{name}@")
        values: dict[str, Any] = {"member": name, "roles": "", "accounts": accounts, "channel_id": _CHANNEL}
        await connection.execute(update(ledger).where(which, ledger.c.member == member).values(values))
    for (member, account, day), units in sorted(moved.items()):
        if not await _is_counted(connection, account, day):
            continue  # forgotten with its time; one counter of that time alone would not fit its other lines
        alias = Account(f"{account.scope.removesuffix(member)}{names[member]}", account.period)
        await book(connection, {alias: units}, day, {})
        if still_counts(account, day):
            await write_down(connection, carried_over(member, Entry.ADJUST, units, day, account))
        else:
            await give_back(connection, [account], day, units)
    for member in names:
        own = or_(budgets.c.scope == f"member:{member}", budgets.c.scope.endswith(f"/member:{member}"))
        await connection.execute(delete(budgets).where(own, budgets.c.used == 0))


async def _is_counted(connection: AsyncConnection, account: Account, day: str) -> bool:
    """Tell whether there still is a counter of what was booked on an account on a day."""
    its = budgets.c.scope == account.scope, budgets.c.day == account.key(day)
    return (await connection.execute(select(budgets.c.used).where(*its))).first() is not None
