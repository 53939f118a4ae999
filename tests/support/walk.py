"""Jobs of Ana's, led through the real service to a point of their life."""

from typing import Any

from bot.domain.job import Job, Result
from bot.domain.outcomes import NeedsInput, Succeeded, Uncertain
from bot.domain.requests import Action, Imagine, Mode
from bot.services import Services
from tests.support.makers import ANA, PICK_2, TASK, make_place, make_result, make_token
from tests.support.ports import ScriptedEngine

CAT = Imagine(prompt="a cat")
REGION = Action(
    prompt="a cat", button=PICK_2.model_copy(update={"custom_id": "MJ::Inpaint::1::x"}), parent_task_id=TASK
)


async def received(services: Services, request: Any = CAT, **options: Any) -> Job:
    """A job of Ana's that waits for its card."""
    known: dict[str, Any] = {"mode": Mode.FAST, "token": make_token()} | options
    return await services.jobs.admission.request(ANA, make_place(), request, **known)


async def waiting(services: Services, request: Any = CAT, **options: Any) -> Job:
    """A job whose card stands."""
    job = await received(services, request, **options)
    await services.jobs.intake.card_shown(job, 401)
    return job


async def running(services: Services, request: Any = CAT, **options: Any) -> Job:
    """A job that the relay has taken."""
    job = await waiting(services, request, **options)
    await services.jobs.submission.submit(job.id)
    return services.jobs.live.running[job.id]


async def uncertain(services: Services, engine: ScriptedEngine) -> Job:
    """A job whose submit was sent, and nobody can say whether it was taken."""
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    engine.answers = []
    return await now(services, job)


async def asked(services: Services, engine: ScriptedEngine) -> Job:
    """A job whose question stands before its author."""
    engine.answers = [NeedsInput("7", "a cat")]
    job = await waiting(services, REGION)
    await services.jobs.submission.submit(job.id)
    await work_off(services)
    engine.answers = []
    return await now(services, job)


async def finished(services: Services, result: Result | None = None) -> Job:
    """A job whose result must be posted."""
    job = await running(services)
    await services.jobs.tracking.advance(job, Succeeded(result or make_result()))
    return await now(services, job)


async def now(services: Services, job: Job) -> Job:
    """The job as the database has it."""
    found = await services.store.get(job.id)
    assert found is not None
    return found


async def work_off(services: Services) -> None:
    """Make every delivery that is due."""
    for job_id in services.jobs.deliveries.due.take():
        await services.jobs.deliveries.deliver(job_id)
