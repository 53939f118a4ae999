"""The ledger: a line for each step of a job's units, written in the transaction that takes the step."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Account, Entry, written
from bot.domain.job import Job
from bot.storage.dialects import DatabaseTime
from bot.storage.schema import ledger

# Built once: building a statement takes longer than running it.
NEW_LINE = insert(ledger)
_LINE_OF_NOW = insert(ledger).values(at=DatabaseTime(0))


_SIGNS = {Entry.RESERVE: 1, Entry.ADJUST: 1, Entry.RELEASE: -1}


def signed_units() -> ColumnElement[int]:
    """Return what a line adds to its accounts."""
    sign = case(*((ledger.c.kind == kind, sign) for kind, sign in _SIGNS.items()), else_=0)
    return ledger.c.units * sign


def line_of(job: Job, kind: Entry, units: int, day: str, accounts: Sequence[Account]) -> dict[str, Any]:
    """Return the line of a step, without its moment."""
    return {
        "day": day,
        "kind": kind,
        "job_id": job.id,
        "guild_id": job.place.guild_id,
        "channel_id": job.place.channel_id,
        "member": str(job.actor.id),
        "roles": " ".join(map(str, job.actor.roles)),
        "engine": job.engine,
        "operation": job.operation,
        "mode": job.mode or "",
        "units": units,
        "accounts": written(accounts),
    }


def carried_over(member: str, kind: Entry, units: int, day: str, account: Account | None) -> dict[str, Any]:
    """Return the line of units that are about no job, on one account or none; without its moment."""
    return {
        "day": day,
        "kind": kind,
        "job_id": "",
        "guild_id": None,
        "channel_id": None,
        "member": member,
        "roles": "",
        "engine": "",
        "operation": "",
        "mode": "",
        "units": units,
        "accounts": str(account) if account else "",
    }


async def write_down(connection: AsyncConnection, *lines: dict[str, Any]) -> None:
    """Write lines about what happens now, by the clock of the database."""
    await connection.execute(_LINE_OF_NOW, list(lines))
