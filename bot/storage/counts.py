"""How many jobs there are that are not over, how long they wait, and how much is kept."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, or_, select, true

from bot.domain.job import ENDED, JobStatus
from bot.storage.database import Database
from bot.storage.schema import groups, jobs, pictures

# By the index of the status, so that those that are over, which may be millions, are not even touched.
_OPEN = (
    select(jobs.c.status, jobs.c.engine, func.count(), jobs.c.in_review, jobs.c.stopped)
    .where(jobs.c.status.in_([status for status in JobStatus if status not in ENDED]))
    .group_by(jobs.c.status, jobs.c.engine, jobs.c.in_review, jobs.c.stopped)
)
_BYTES = select(func.coalesce(func.sum(pictures.c.bytes), 0))
IN_REVIEW = "in_review"
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs that are not over by status and engine, of all processes, and the bytes of all kept pictures.

    A result that waits for a moderator counts as `IN_REVIEW`, one that its author stopped too late as `STOPPED`:
    neither was to be posted.
    """

    jobs: Mapping[tuple[str, str], int] = field(default_factory=dict)
    picture_bytes: int = 0

    def of(self, status: str) -> int:
        """Return how many stand so, at whatever engine."""
        return sum(count for (one, _engine), count in self.jobs.items() if one == status)


async def read_counts(database: Database) -> Counts:
    """Count."""
    async with database.reading() as connection:
        found: Counter[tuple[str, str]] = Counter()
        for status, engine, count, in_review, stopped in await connection.execute(_OPEN):
            found[_counted_as(status, in_review=in_review, stopped=stopped), engine] += count
        return Counts(found, int((await connection.execute(_BYTES)).scalar_one()))


def _counted_as(status: JobStatus, *, in_review: bool, stopped: bool) -> str:
    if status is not JobStatus.UNDELIVERABLE:
        return status
    return IN_REVIEW if in_review else STOPPED if stopped else status


async def read_oldest_waiting(database: Database, paused_guilds: Collection[int]) -> datetime | None:
    """Return since when the job waits that has waited longest, without those that people paused; None = none does."""
    unpaused = or_(groups.c.is_paused.is_(None), groups.c.is_paused.is_(False))
    elsewhere = or_(jobs.c.guild_id.is_(None), jobs.c.guild_id.not_in(paused_guilds)) if paused_guilds else true()
    waiting = jobs.outerjoin(groups, groups.c.id == jobs.c.group_id)
    query = (
        select(func.min(jobs.c.created_at))
        .select_from(waiting)
        .where(jobs.c.status == JobStatus.RECEIVED, unpaused, elsewhere)
    )
    async with database.reading() as connection:
        oldest: datetime | None = (await connection.execute(query)).scalar_one()
        return oldest
