"""What a relay may take in a day: the units of a job are booked on its relay too, while they are there."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import RELAY, Account, Budget, Entry, relay_account, written
from bot.domain.job import Job
from bot.storage.ledger import carried_over, write_down
from bot.storage.schema import reservations
from bot.storage.units import accounts_of, book, give_back


async def book_at_relay(connection: AsyncConnection, job: Job, most: int) -> None:
    """Book what is set aside for a job on its relay as well, for the day on which it is sent.

    Raises:
        LimitReachedError: that would be more than `most` units.
    """
    held = await _held(connection, job)
    if held is None:
        return
    account = relay_account(job.relay, job.began_at.date().isoformat())
    await book(connection, {account: held.units}, held.day, {account: Budget(account, most)})
    await _change(connection, held, [*accounts_of(held), account], account, held.units)


async def leave_relay(connection: AsyncConnection, job: Job) -> None:
    """Take a job that was not taken off its relay's account again."""
    held = await _held(connection, job)
    if held is None:
        return
    accounts = accounts_of(held)
    for account in [one for one in accounts if one.scope.startswith(RELAY)]:
        await give_back(connection, [account], held.day, held.units)
        await _change(connection, held, [one for one in accounts if one != account], account, -held.units)


async def _held(connection: AsyncConnection, job: Job) -> Row[Any] | None:
    query = select(reservations).where(reservations.c.job_id == job.id, reservations.c.state == "reserved")
    return (await connection.execute(query)).one_or_none()


async def _change(
    connection: AsyncConnection, held: Row[Any], accounts: Sequence[Account], account: Account, units: int
) -> None:
    """Keep what a reservation is booked on, and write down what that changed; it is about no member's spending."""
    changed = update(reservations).where(reservations.c.job_id == held.job_id).values(accounts=written(accounts))
    await connection.execute(changed)
    await write_down(connection, carried_over("", Entry.ADJUST, units, held.day, account))
