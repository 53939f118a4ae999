"""What a change of status brings with it, told in columns: stops on the way to a paid call, and tokens."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, and_, case, literal, literal_column, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import ENDED, Failure, FailureKind, Job, JobStatus
from bot.storage.conditions import UNFINISHED
from bot.storage.rows import columns_of, job_of
from bot.storage.schema import jobs
from bot.storage.units import settle

# From these a paid call may still leave; a job that was stopped comes to none of them, but ends.
BEFORE_PAID_CALLS = frozenset({JobStatus.RECEIVED, JobStatus.SUBMITTING, JobStatus.AWAITING_INPUT})
_STOPPED: dict[str, object] = {
    "status": JobStatus.CANCELLED,
    "failure": Failure(kind=FailureKind.STOPPED),
    "told": False,
    "once_key": None,
}
# What can be sent again, and ends of a job after which its second try may be sent all the same.
REPLACEABLE = frozenset({JobStatus.UNCERTAIN, JobStatus.EXPIRED})
# Nobody works on these any more, as long as nobody asks: whoever moves a job out of them takes it.
RESTING = frozenset({*ENDED, JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN})
NOT_PAID = frozenset({JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.FAILED})


def is_unfinished() -> ColumnElement[bool]:
    """Find jobs that still need something done: not ended, or ended and not yet told."""
    return literal_column(UNFINISHED, Boolean())


def is_held(job: Job) -> ColumnElement[bool]:
    """Find the row of a job, unless it has changed hands since we read it: then nothing of ours is written any more."""
    return and_(jobs.c.id == job.id, jobs.c.epoch == job.epoch)


def has_token_of(job: Job) -> ColumnElement[bool]:
    """Tell whether a row still has the token that we know of a job."""
    return jobs.c.token.is_not_distinct_from(job.token.sealed if job.token else None)


def cancelled_where_stopped(values: dict[str, Any]) -> dict[str, Any]:
    """Return the same columns for a row that may have been stopped: then it ends as one that nothing was paid for."""
    stopped = columns_of(_STOPPED)
    return {
        name: case((jobs.c.stopped, literal(ended, jobs.c[name].type)), else_=_bound(values, name))
        for name, ended in stopped.items()
    }


async def changed(
    connection: AsyncConnection, values: Mapping[str, Any], *still: ColumnElement[bool]
) -> Row[Any] | None:
    """Return the row of a job after a change, if it still stands as it should."""
    found = await connection.execute(update(jobs).where(*still).values(values).returning(*jobs.c))
    return found.one_or_none()


async def settled(connection: AsyncConnection, row: Row[Any]) -> Job:
    """Return the job of a row that was just changed; if it has ended, its units are spent or given back."""
    job = job_of(row)
    await settle(connection, job)
    return job


def _bound(values: dict[str, Any], name: str) -> ColumnElement[Any]:
    return literal(values[name], jobs.c[name].type) if name in values else jobs.c[name]
