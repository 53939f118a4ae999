"""Comparisons: results stand in the group's card, or speak for themselves where there is none."""

import asyncio

import pytest

from bot.domain.job import GroupKind, JobStatus
from bot.domain.outcomes import Finished
from bot.domain.requests import EngineRequest, Imagine, Mode, Request
from bot.services import Services
from tests.support.groups import CARD, finish, started, statuses
from tests.support.makers import make_result
from tests.support.ports import RecordingPresenter, ScriptedEngine, until
from tests.support.stored import moved
from tests.support.walk import now

S = JobStatus


COMPARED: list[tuple[Request, Mode | None]] = [
    (Imagine(prompt="a cat"), Mode.FAST),
    (EngineRequest(engine="painter", kind="generate", prompt="a cat"), None),
]


async def test_results_of_a_comparison_stand_in_the_card_alone(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Finished(make_result())]
    group, members = await started(services, GroupKind.COMPARISON, COMPARED)
    for job in members:
        await services.jobs.deliveries.deliver(job.id)
    assert not [job for job, _attempt in presenter.posted if job.status is S.POSTING]

    await services.jobs.groups.refresh(group.id)

    assert await statuses(services, group) == [S.DONE, S.DONE]
    group_state = await services.store.groups.get(group.id)
    assert group_state is not None
    assert {job.result_message_id for job in group_state.jobs} == {CARD}


async def test_the_own_card_of_a_compared_job_goes_when_its_result_stands(
    services: Services, presenter: RecordingPresenter
) -> None:
    group, (job, _other) = await started(services, GroupKind.COMPARISON, COMPARED)
    await services.store.update(job, card_id=702)
    await finish(services, job)

    await services.jobs.groups.refresh(group.id)
    for job_id in services.jobs.deliveries.due.take():
        await services.jobs.deliveries.deliver(job_id)

    assert [shown.status for shown, _attempt in presenter.posted if shown.id == job.id] == [S.DONE]


async def test_results_of_a_comparison_without_a_card_speak_for_themselves(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [Finished(make_result())]
    group, members = await started(services, GroupKind.COMPARISON, COMPARED)
    presenter.has_group_card = False
    for job in members:
        await services.jobs.deliveries.deliver(job.id)
    await services.jobs.groups.refresh(group.id)

    for job in members:
        await services.jobs.deliveries.deliver(job.id)

    assert await statuses(services, group) == [S.DONE, S.DONE]
    assert len([job for job, _attempt in presenter.posted if job.status is S.POSTING]) == 2
    assert await services.store.groups.list_open() == []


@pytest.mark.parametrize("is_shown", [True, False], ids=["shown", "being shown"])
async def test_result_that_is_removed_from_a_comparison_stays_removed(
    is_shown: bool, services: Services, presenter: RecordingPresenter
) -> None:
    group, (job, _other) = await started(services, GroupKind.COMPARISON, COMPARED)
    await finish(services, job)
    if is_shown:
        await services.jobs.groups.refresh(group.id)
    presenter.group_gate.clear()
    before = len(presenter.group_states)
    show = asyncio.create_task(services.jobs.groups.refresh(group.id), name="show")
    await until(lambda: len(presenter.group_states) > before)
    await moved(services.store, await now(services, job), *([] if is_shown else [S.DONE]), S.REMOVED)
    presenter.group_gate.set()
    await show

    await services.jobs.groups.refresh(group.id)

    assert (await statuses(services, group))[0] is S.REMOVED
    assert presenter.group_states[-1].jobs[0].status is S.REMOVED
