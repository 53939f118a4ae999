"""What a job came from and what came of it, among the jobs of one member."""

from sqlalchemy import and_, select

from bot.domain.job import Job
from bot.domain.library import LISTED
from bot.storage.database import Database
from bot.storage.rows import read_jobs
from bot.storage.schema import jobs


async def read_family(database: Database, job: Job, *, most_parents: int, most: int) -> list[Job]:
    """Read a job's whole family, oldest first: up to its first ancestor, and all that came of that one.

    Others' jobs are left out, with what came of them; so is what was removed, but not what came of it.

    Args:
        database: where to read.
        job: whose family; its author's jobs alone belong to it.
        most_parents: how far up.
        most: how many in all.
    """
    its = jobs.alias()
    async with database.reading() as connection:
        up = select(its.c.id, its.c.parent_id).where(its.c.id == job.id).cte(recursive=True)
        above = and_(its.c.id == up.c.parent_id, its.c.author_id == job.actor.id)
        up = up.union(select(its.c.id, its.c.parent_id).join(up, above))
        found = (await connection.execute(select(up).limit(most_parents))).all()
        known = {row.id for row in found}
        first = next((row.id for row in found if row.parent_id not in known), job.id)
        down = select(its.c.id).where(its.c.id == first).cte(recursive=True)
        below = and_(its.c.parent_id == down.c.id, its.c.author_id == job.actor.id)
        down = down.union(select(its.c.id).join(down, below))
        family = select(jobs).where(jobs.c.id.in_(select(down.c.id).limit(most)), jobs.c.status.in_([*LISTED]))
        return await read_jobs(connection, family.order_by(jobs.c.created_at, jobs.c.id))
