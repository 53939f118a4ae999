"""The results that one member made and may see, for whoever hands them all over."""

from collections.abc import AsyncIterator

from sqlalchemy import select

from bot.domain.job import Job, JobStatus
from bot.storage.database import Database
from bot.storage.rows import read_jobs
from bot.storage.schema import jobs

READ_AT_ONCE = 200  # jobs, so that few of many are in memory
_FINISHED = (JobStatus.DONE, JobStatus.UNDELIVERABLE)


async def own_results(database: Database, author_id: int) -> AsyncIterator[Job]:
    """Read a member's finished jobs one after the other, the newest first.

    What waits for a moderator, was stopped, rejected or removed is left out; so is what is erased while this goes on.
    """
    mine = jobs.c.author_id == author_id, jobs.c.status.in_(_FINISHED), jobs.c.in_review.is_(False)
    listed = select(jobs.c.id).where(*mine).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    async with database.reading() as connection:
        ids = (await connection.execute(listed)).scalars().all()
    for start in range(0, len(ids), READ_AT_ONCE):
        some = ids[start : start + READ_AT_ONCE]
        async with database.reading() as connection:
            found = {job.id: job for job in await read_jobs(connection, select(jobs).where(jobs.c.id.in_(some), *mine))}
        for job_id in some:
            if job_id in found and found[job_id].may_be_seen:
                yield found[job_id]
