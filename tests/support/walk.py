"""Jobs of Ana's, led through the real service to a point of their life."""

from typing import Any

from bot.domain.job import Job, Result
from bot.domain.outcomes import Succeeded
from bot.domain.requests import Imagine, Mode
from bot.jobs.service import JobService
from tests.support.makers import ANA, make_place, make_result, make_token

CAT = Imagine(prompt="a cat")


async def received(service: JobService, request: Any = CAT, **options: Any) -> Job:
    """A job of Ana's that waits for its card."""
    known: dict[str, Any] = {"mode": Mode.FAST, "token": make_token()} | options
    return await service.admission.request(ANA, make_place(), request, **known)


async def waiting(service: JobService, request: Any = CAT, **options: Any) -> Job:
    """A job whose card stands."""
    job = await received(service, request, **options)
    await service.card_shown(job, 401)
    return job


async def running(service: JobService, request: Any = CAT, **options: Any) -> Job:
    """A job that the relay has taken."""
    job = await waiting(service, request, **options)
    await service.submit(job.id)
    return service.running[job.id]


async def finished(service: JobService, result: Result | None = None) -> Job:
    """A job whose result must be posted."""
    job = await running(service)
    await service.advance(job, Succeeded(result or make_result()))
    return await now(service, job)


async def now(service: JobService, job: Job) -> Job:
    """The job as the database has it."""
    found = await service.store.get(job.id)
    assert found is not None
    return found


async def work_off(service: JobService) -> None:
    """Make every delivery that is due."""
    for job_id in service.deliveries.due.take():
        await service.deliveries.deliver(job_id)
