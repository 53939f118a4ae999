"""What the owner looks at over all servers: jobs by how they stand, and what moderators did; a page at a time."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select, tuple_

from bot.domain.budgets import Entry
from bot.domain.job import ENDED, Job, JobStatus
from bot.storage.database import Database
from bot.storage.library import Spot
from bot.storage.rows import job_of, read_jobs
from bot.storage.schema import audit, jobs, ledger
from bot.storage.usage import Span, Usage, UsageBy, read_usage


class Overview:
    """Reads what stands in all servers; each answer is bounded, and found by an index."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self) -> dict[JobStatus, int]:
        """Count the jobs that are not over, by how they stand; of finished ones those that nobody kept back."""
        query = select(jobs.c.status, func.count()).where(jobs.c.status.in_(_OPEN), _LOST).group_by(jobs.c.status)
        async with self._database.reading() as connection:
            return {status: int(count) for status, count in await connection.execute(query)}

    async def standing(self, statuses: Collection[JobStatus], count: int, before: Spot | None) -> list[Job]:
        """Return jobs that stand so, newest first, as `counts` has them; `before` is where the page before ended."""
        query = select(jobs).where(jobs.c.status.in_(statuses), _LOST)
        if before is not None:
            query = query.where(tuple_(jobs.c.created_at, jobs.c.id) < tuple_(before.created_at, before.job_id))
        async with self._database.reading() as connection:
            return await read_jobs(connection, query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(count))

    async def ended(self, count: int, before: int | None) -> list[tuple[int, Job]]:
        """Return jobs that are over, those that were asked for last first, with the numbers that pages go by.

        The ledger is in that order, and has one line for each job that was let in.
        """
        query = select(ledger.c.id.label("line"), *jobs.c).join(jobs, jobs.c.id == ledger.c.job_id)
        query = query.where(ledger.c.kind == Entry.RESERVE, jobs.c.status.in_(ENDED))
        if before is not None:
            query = query.where(ledger.c.id < before)
        async with self._database.reading() as connection:
            found = await connection.execute(query.order_by(ledger.c.id.desc()).limit(count))
            return [(int(row.line), job_of(row)) for row in found]

    async def usage(self, by: UsageBy, span: Span, guild_id: int | None = None) -> list[Usage]:
        """Return what was spent in some days, or in one server, the most first."""
        async with self._database.reading() as connection:
            return await read_usage(connection, by, span, guild_id=guild_id)

    async def ended_so(self, statuses: Collection[JobStatus], span: Span) -> int:
        """Count the jobs of some days that ended so."""
        query = select(func.count()).select_from(ledger.join(jobs, jobs.c.id == ledger.c.job_id))
        query = query.where(ledger.c.kind == Entry.RESERVE, *span.within(ledger.c.day), jobs.c.status.in_(statuses))
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def acts(self, count: int, before: int | None) -> Sequence[Any]:
        """Return the rows of the last acts anywhere, newest first; `before` is the number of the last one known."""
        query = select(audit).order_by(audit.c.id.desc()).limit(count)
        if before is not None:
            query = query.where(audit.c.id < before)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).all()


# What could be posted nowhere: neither waits it for a moderator, nor did its author stop it too late.
_LOST = (jobs.c.status != JobStatus.UNDELIVERABLE) | ~(jobs.c.in_review | jobs.c.stopped)
_OPEN = [status for status in JobStatus if status not in ENDED]
