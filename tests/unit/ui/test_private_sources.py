"""What comes of somebody's own private or covered job is shown like it, whichever way it is made."""

import pytest

from bot.domain.job import Group, GroupKind, Job, JobStatus, Result, new_job_id
from bot.domain.requests import Button, EngineRequest
from bot.jobs.preferences import Switch
from bot.services import Services
from bot.ui.components.job_actions import JobAction
from bot.ui.components.modals import ModalContext, ModalKind
from tests.support.hands import Hands
from tests.support.makers import ANA, DAY, NO_LIMITS, START, TASK, make_job, make_place, make_result, picture

S = JobStatus
STUDIO = make_place()
SEVERAL = "a {red, blue} cat of mine"


@pytest.fixture
async def hands(services: Services) -> Hands:
    services.jobs.engines._by_name = dict.fromkeys(("midjourney", "painter"), services.jobs.engines.get("midjourney"))
    return await Hands.of(services)


async def kept(services: Services, job: Job) -> Job:
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    await services.store.update(job, result=job.result, task_id=job.task_id, result_message_id=500)
    return job


async def waiting(services: Services) -> list[Job]:
    return [job for job in await services.store.unfinished() if job.status is S.RECEIVED]


async def test_several_from_a_private_description_are_refused(hands: Hands, services: Services) -> None:
    text = Result(text="1\ufe0f\u20e3 a cat\n2\ufe0f\u20e3 a dog", buttons=(Button(custom_id="x"),))
    job = await kept(services, make_job(S.DONE, is_private=True, task_id=TASK, result=text))

    typed = await hands.answer(ModalContext(ModalKind.SAY, job.id), ANA.id, STUDIO, SEVERAL)

    assert "Several pictures at once can't be private" in str(typed.said)
    assert await waiting(services) == []


async def test_several_by_a_private_picture_are_refused(hands: Hands, services: Services) -> None:
    request = EngineRequest(engine="painter", kind="generate", prompt="a cat")
    job = make_job(S.DONE, is_private=True, engine="painter", request=request)
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture())
    job = await kept(services, job.with_(result=make_result().model_copy(update={"picture": f"{job.id}.png"})))
    (modal,) = (await hands.press(JobAction.TO_MIDJOURNEY, job.id, ANA.id, STUDIO)).answer.modals
    draft_id = modal.custom_id.split(":")[2]

    typed = await hands.answer(ModalContext(ModalKind.PICTURE, draft_id), ANA.id, STUDIO, SEVERAL)

    assert "Several pictures at once can't be private" in str(typed.said)
    assert await waiting(services) == []


async def test_what_failed_of_a_covered_group_is_covered_again(hands: Hands, services: Services) -> None:
    group = Group(new_job_id(), GroupKind.PERMUTATION, ANA, STUDIO, "{a, b} cat", START, 501)
    jobs = [make_job(status, group_id=group.id, is_spoiler=True) for status in (S.FAILED, S.DONE)]
    await services.store.admissions.admit_group(group, jobs, NO_LIMITS, DAY)

    await hands.press(JobAction.RETRY_FAILED, group.id, ANA.id, STUDIO)

    assert [job.is_spoiler for job in await waiting(services)] == [True]


async def test_a_public_job_is_private_again_once_its_member_wants_all_so(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.DONE, task_id=TASK, result=make_result()))
    await services.preferences.turn(Switch.PRIVATE, ANA)

    await hands.press(JobAction.RUN_AGAIN, job.id, ANA.id, STUDIO)

    assert [job.is_private for job in await waiting(services)] == [True]


async def test_what_is_edited_and_run_again_is_private_for_who_wants_all_so(hands: Hands, services: Services) -> None:
    job = await kept(services, make_job(S.DONE, task_id=TASK, result=make_result()))
    await services.preferences.turn(Switch.PRIVATE, ANA)
    (modal,) = (await hands.press(JobAction.EDIT_JOB, job.id, ANA.id, STUDIO)).answer.modals

    await hands.answer(ModalContext(ModalKind.EDIT, modal.custom_id.split(":")[2]), ANA.id, STUDIO, "a secret cat")

    assert [job.is_private for job in await waiting(services)] == [True]
