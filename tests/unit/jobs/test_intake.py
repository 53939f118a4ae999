"""The card: pictures are made ready, and a job without one is withdrawn."""

import asyncio
from contextlib import ExitStack

import pytest

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.requests import Describe
from bot.errors import PictureError
from bot.jobs.intake import Prepared
from bot.language import _
from bot.services import Services
from bot.storage.database import FEW
from tests.support.makers import (
    ANA,
    make_place,
    make_token,
)
from tests.support.ports import PATIENCE_S, ScriptedEngine
from tests.support.walk import now, received

S = JobStatus


async def test_job_waits_for_its_card(services: Services) -> None:
    job = await received(services)

    assert job.id not in services.jobs.live.waiting

    await services.jobs.intake.card_shown(job, 401)
    assert services.jobs.live.queue.take() == [job.id]
    assert (await now(services, job)).card_id == 401


async def test_pictures_are_ready_before_the_job_may_be_sent(services: Services) -> None:
    job = await received(services)

    async def prepare(asked: Job) -> Prepared:
        assert (await now(services, asked)).waiting_for == Wait.PICTURES
        assert asked.id not in services.jobs.live.waiting
        return Prepared(["one.png", "two.png"])

    await services.jobs.intake.card_shown(job, 401, prepare)

    assert services.jobs.live.waiting[job.id].request == (await now(services, job)).request
    assert (await now(services, job)).request.pictures == ("one.png", "two.png")


async def test_useless_picture_ends_the_job_before_anything_is_spent(
    services: Services, engine: ScriptedEngine
) -> None:
    async def prepare(_job: Job) -> Prepared:
        raise PictureError(_("Larger than {limit} MB.", limit=5))

    job = await received(services)
    await services.jobs.intake.card_shown(job, 401, prepare)

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (S.REFUSED, Failure(kind=FailureKind.PICTURE, detail="Larger than 5 MB."))
    assert engine.submitted == []


async def test_doubt_about_a_mask_ends_the_job_with_its_pictures_kept(services: Services) -> None:
    async def prepare(_job: Job) -> Prepared:
        return Prepared(["mask.png"], FailureKind.MASK_EMPTY)

    job = await received(services)
    await services.jobs.intake.card_shown(job, 401, prepare)

    ended = await now(services, job)
    assert ended.failure == Failure(kind=FailureKind.MASK_EMPTY)
    assert ended.request.pictures == ("mask.png",)


async def test_withdrawn_job_is_never_sent(services: Services, engine: ScriptedEngine) -> None:
    job = await received(services)

    await services.jobs.intake.withdraw(job)

    assert (await now(services, job)).status is S.CANCELLED
    await services.jobs.submission.submit(job.id)
    assert engine.submitted == []


async def test_cancelling_a_job_stops_what_is_being_made_ready_for_it(services: Services) -> None:
    begun, stopped = asyncio.Event(), asyncio.Event()

    async def prepare(_job: Job) -> Prepared:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return Prepared([])

    job = await services.jobs.admission.request(ANA, make_place(), Describe(), mode=None, token=make_token())
    shown = asyncio.create_task(services.jobs.intake.card_shown(job, 401, prepare))
    await begun.wait()
    await services.jobs.controls.cancel(job)
    for _turn in range(20):
        await asyncio.sleep(0)

    assert stopped.is_set()
    await shown
    assert (await now(services, job)).status is JobStatus.CANCELLED


async def test_job_without_a_card_can_move(services: Services) -> None:
    job = await received(services, reply_to=5)

    moved = await services.jobs.intake.move_to(job, make_place(channel_id=302))

    assert await now(services, job) == moved.with_(owner=services.store.database.process)
    assert (moved.place.channel_id, moved.reply_to) == (302, None)


async def test_a_job_that_is_stopped_while_others_are_answered_is_not_sent(
    services: Services, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fairness.HELD_BACK_S", PATIENCE_S)  # however busy the machine is
    job = await received(services)
    intake, controls = services.jobs.intake, services.jobs.controls

    async with asyncio.TaskGroup() as group:
        following = [
            group.create_task(intake.card_shown(job, 401), name="shown"),
            group.create_task(controls.cancel(job), name="cancel"),
        ]
        with ExitStack() as answers:
            for _ in range(FEW + 1):
                answers.enter_context(services.store.database.answers_first.answering())
            assert (await now(services, job)).card_id is None
            assert not any(one.done() for one in following)
    await services.jobs.submission.submit(job.id)

    assert (engine.submitted, services.jobs.live.waiting) == ([], {})
    assert (await now(services, job)).status is S.CANCELLED
