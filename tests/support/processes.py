"""Processes on one database, as the database sees them: leases that end, jobs whose owner is gone."""

from sqlalchemy import update

from bot.domain.job import Job
from bot.storage.dialects import DatabaseTime
from bot.storage.jobs import JobStore
from bot.storage.schema import jobs, processes


async def end_lease_of(store: JobStore, watched_by: JobStore) -> None:
    """Let the database hold a process for gone; it does not know yet."""
    async with watched_by.database.transaction() as connection:
        mine = processes.c.id == store.database.process
        await connection.execute(update(processes).where(mine).values(lease_until=DatabaseTime(-1)))


async def orphaned(store: JobStore, job: Job, owner: str | None) -> None:
    async with store.database.transaction() as connection:
        await connection.execute(update(jobs).where(jobs.c.id == job.id).values(owner=owner))
