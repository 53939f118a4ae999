"""How many jobs there are that are not over, and how much is kept: for `/metrics`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select

from bot.domain.job import ENDED, JobStatus
from bot.storage.database import Database
from bot.storage.schema import jobs, pictures

# By the index of the status, so that those that are over, which may be millions, are not even touched.
_OPEN = (
    select(jobs.c.status, jobs.c.engine, func.count())
    .where(jobs.c.status.in_([status for status in JobStatus if status not in ENDED]))
    .group_by(jobs.c.status, jobs.c.engine)
)
_BYTES = select(func.coalesce(func.sum(pictures.c.bytes), 0))


@dataclass(frozen=True, slots=True)
class Counts:
    """Jobs that are not over by status and engine, of all processes, and the bytes of all kept pictures."""

    jobs: Mapping[tuple[JobStatus, str], int] = field(default_factory=dict)
    picture_bytes: int = 0


async def read_counts(database: Database) -> Counts:
    """Count."""
    async with database.reading() as connection:
        found = {(row[0], row[1]): row[2] for row in await connection.execute(_OPEN)}
        return Counts(found, int((await connection.execute(_BYTES)).scalar_one()))
