"""What *Details and files* tells of a result."""

import pytest

from bot.domain.job import Job, JobStatus
from bot.domain.requests import Describe, EngineRequest
from bot.services import Services
from tests.support.hands import ATTACHMENT, Hands
from tests.support.makers import ANA, DAY, NO_LIMITS, make_job, make_place, make_result


@pytest.fixture
async def hands(services: Services) -> Hands:
    return await Hands.of(services)


async def told(hands: Hands, services: Services, job: Job, monkeypatch: pytest.MonkeyPatch) -> str:
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    await services.store.update(job, result=job.result)
    monkeypatch.setitem(ATTACHMENT, "filename", f"easel-{job.id}.png")
    return str((await hands.context("Details and files", ANA.id, make_place())).said)


async def test_a_job_without_a_prompt_is_called_by_what_it_was(
    hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_job(JobStatus.DONE, request=Describe(), result=make_result())

    assert "**Description**" in await told(hands, services, job, monkeypatch)


async def test_a_seed_that_came_with_the_result_is_told(
    hands: Hands, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = EngineRequest(engine="midjourney", kind="generate", prompt="a cat")
    result = make_result().model_copy(update={"facts": {"seed": "281243578"}})
    job = make_job(JobStatus.DONE, request=request, result=result)

    assert "**seed** 281243578" in await told(hands, services, job, monkeypatch)
