"""Which process works on a job: claims of what nobody works on, and word to the owner of what others changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Group, Job
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import DatabaseTime
from bot.storage.moves import is_held, is_unfinished
from bot.storage.notifications import Changed
from bot.storage.processes import unowned
from bot.storage.rows import group_of, job_of
from bot.storage.schema import groups, jobs

LOOK_BACK_S = 60.0  # how far a process looks back for what others changed, when it begins to look


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a process took over: jobs by their ids, and groups."""

    job_ids: list[str]
    groups: list[Group]


class Ownership:
    """Jobs and groups by the process that works on them; each row has one owner at a time, or none."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._me = database.process

    def is_ours(self, work: Job | Group) -> bool:
        """Whether this process works on a job, as far as it was read; what is not stored yet is its maker's."""
        return work.owner in ("", self._me)

    def of_mine(self) -> tuple[ColumnElement[bool], ...]:
        """Find the jobs of this process that still need something done."""
        return is_unfinished(), jobs.c.owner == self._me

    @property
    def touching(self) -> dict[str, Any]:
        """Columns that change with a row of another process, so that it looks at it again."""
        if not self._database.is_shared:
            return {}
        is_anothers = jobs.c.owner.is_distinct_from(self._me)
        return {"touched_at": case((is_anothers, DatabaseTime(0)), else_=jobs.c.touched_at)}

    @property
    def taking(self) -> dict[str, Any]:
        """Columns that change with a row which this process owns from now on; its last owner's writes match nothing."""
        return {"owner": self._me, "epoch": jobs.c.epoch + 1}

    def handed_on(self, otherwise: ColumnElement[Any] | None = None) -> dict[str, Any]:
        """Columns that change with a row that was at rest: who has its group's card goes on with it, and hears of it.

        Where nobody has one it is this process, or `otherwise`. Its last owner's writes match nothing.
        """
        of_group = groups.c.id == jobs.c.group_id, groups.c.told.is_(False), ~unowned(groups.c.owner)
        group_owner = select(groups.c.owner).where(*of_group).scalar_subquery()
        owner = func.coalesce(group_owner, literal(self._me) if otherwise is None else otherwise)
        columns = {"owner": owner, "epoch": jobs.c.epoch + 1}
        if self._database.is_shared:
            is_anothers = or_(jobs.c.owner.is_distinct_from(self._me), owner != self._me)
            columns["touched_at"] = case((is_anothers, DatabaseTime(0)), else_=jobs.c.touched_at)
        return columns

    async def announce(self, connection: AsyncConnection, job: Job) -> None:
        """Tell the owner of a job, if it is another process, that something was changed for it."""
        if job.owner is not None and not self.is_ours(job):
            await self._database.notifications.announce(connection, Changed.JOB, job.id)

    @retried
    async def touch(self, job: Job) -> None:
        """Let the process that works on a job, if it is another one, look at it soon."""
        if self.is_ours(job):
            return
        async with self._database.transaction() as connection:
            await connection.execute(update(jobs).where(is_held(job)).values(self.touching))
            await self.announce(connection, job)

    async def touched_since(self, moment: datetime | None) -> list[tuple[datetime, Job]]:
        """Return what was changed by other processes than the owner since a moment, and when; None = a minute ago."""
        query = select(jobs).where(jobs.c.touched_at >= (moment or DatabaseTime(-LOOK_BACK_S)))
        async with self._database.reading() as connection:
            return [(row.touched_at, job_of(row)) for row in await connection.execute(query)]

    @retried
    async def claim(self, at_most: int) -> Claimed:
        """Take over what needs something done and nobody works on, the oldest first: `at_most` jobs and as many groups.

        What an earlier owner of a job writes from now on is lost.
        """
        theirs = groups.alias()
        is_anothers = theirs.c.owner.is_distinct_from(self._me) & theirs.c.told.is_(False)
        one = jobs.alias()
        # A group's card is the affair of one process, and its jobs with it.
        in_their_group = exists().where(theirs.c.id == one.c.group_id, is_anothers)
        free_groups = select(groups.c.id).where(groups.c.told.is_(False), unowned(groups.c.owner)).limit(at_most)
        free_jobs = select(one.c.id).where(is_unfinished(), unowned(one.c.owner), ~in_their_group)
        free_jobs = free_jobs.order_by(one.c.created_at).limit(at_most)
        async with self._database.transaction() as connection:
            taken = update(groups).where(groups.c.id.in_(free_groups.with_for_update(skip_locked=True)))
            group_rows = await connection.execute(taken.values(owner=self._me).returning(*groups.c))
            claimed_groups = [group_of(row) for row in group_rows]
            ours = update(jobs).where(jobs.c.id.in_(free_jobs.with_for_update(skip_locked=True, of=one)))
            job_ids = (await connection.execute(ours.values(self.taking).returning(jobs.c.id))).scalars()
            return Claimed(list(job_ids), claimed_groups)
