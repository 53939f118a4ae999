"""What is counted and logged of jobs as they go on: how long each stage took, their units, and one line at the end."""

import logging
from collections.abc import Iterable

from bot import metrics
from bot.clock import Clock
from bot.domain.job import Group, Job

logger = logging.getLogger(__name__)

WAIT, SUBMIT, RUN, POST = "wait", "submit", "run", "post"  # the stages


def count_stage(job: Job, stage: str, seconds: float) -> None:
    """Count how long a stage of a job took, in real seconds."""
    metrics.job_seconds(job.engine, job.operation, stage).observe(max(0.0, seconds))


def tell_received(job: Job) -> None:
    """Count what was set aside for a new job, and log that it is there."""
    count_reserved(job, job.units)
    logger.info("job received job_id=%s operation=%s", job.id, job.operation)


def tell_group_received(group: Group, members: Iterable[Job]) -> None:
    """Do the same for jobs that were asked for together."""
    jobs = list(members)
    for job in jobs:
        count_reserved(job, job.units)
    logger.info("group received group_id=%s jobs=%d", group.id, len(jobs))


def count_reserved(job: Job, units: int) -> None:
    """Count units that were set aside for a job; less than 0 where it became cheaper."""
    kind = "reserved" if units > 0 else "released"
    metrics.units(job.engine, job.operation, job.speed, kind).inc(abs(units))


def count_wait(job: Job) -> None:
    """Count how long a job that the relay has just taken had waited in our queue."""
    if job.submitted_at is not None:
        count_stage(job, WAIT, (job.submitted_at - job.created_at).total_seconds())


def tell_end(job: Job, clock: Clock) -> None:
    """Count how a job has ended, and log all that one wants to know of it in one line."""
    metrics.jobs_ended(job.engine, job.operation, job.status).inc()
    logger.info(
        "job ended job_id=%s outcome=%s kind=%s engine=%s operation=%s mode=%s units=%d guild_id=%s took_ms=%d"
        " waited_ms=%s",
        job.id,
        job.status,
        job.failure and job.failure.kind,
        job.engine,
        job.operation,
        job.speed,
        job.units,
        job.place.guild_id and str(job.place.guild_id),  # too long a number for many readers of JSON
        round((clock.now() - job.created_at).total_seconds() * 1000),
        job.submitted_at and round((job.submitted_at - job.created_at).total_seconds() * 1000),
    )
