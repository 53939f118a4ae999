"""Jobs in a real database, in one line: admitted, moved along, and counted."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, func, select

from bot.domain.job import Job, JobStatus
from bot.storage.jobs import JobStore
from bot.storage.schema import budgets, reservations
from bot.storage.units import Limits
from tests.support.makers import (
    DAY,
    NO_LIMITS,
    make_job,
)


def received(**changes: Any) -> Job:
    return make_job(JobStatus.RECEIVED, **changes)


async def admitted(store: JobStore, job: Job | None = None, limits: Limits = NO_LIMITS, day: str = DAY) -> Job:
    job = job or received()
    await store.admissions.admit(job, limits, day)
    return job.with_(owner=store.database.process)


async def moved(store: JobStore, job: Job, *way: JobStatus, **changes: Any) -> Job:
    """The job after a walk through some statuses."""
    for status in way:
        now = await store.move(job, [job.status], status, **changes)
        assert now is not None
        job = now
    return job


async def units_used(store: JobStore, scope: str = "all") -> int:
    query = select(func.coalesce(func.sum(budgets.c.used), 0)).where(budgets.c.scope == scope)
    async with store.database.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def reservation_of(store: JobStore, job: Job) -> str:
    query = select(reservations.c.state).where(reservations.c.job_id == job.id)
    async with store.database.engine.connect() as connection:
        return str((await connection.execute(query)).scalar_one())


async def refusals(attempts: Sequence[Any]) -> list[BaseException]:
    """What went wrong among attempts made at once."""
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    return [error for error in outcomes if isinstance(error, BaseException)]


@contextmanager
def counted(store: JobStore) -> Iterator[list[str]]:
    """The statements that are run inside."""
    statements: list[str] = []
    engine = store.database.engine.sync_engine

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
