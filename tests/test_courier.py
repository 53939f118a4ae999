"""Deliveries: at once, several side by side, never two of one job."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.jobs.courier import DELIVERIES_AT_ONCE, Courier
from bot.jobs.models import Imagine, Job, JobStatus
from bot.jobs.service import JobService
from tests.makers import ANA, make_place, make_result, make_token
from tests.ports import RecordingPresenter, until


@pytest.fixture
async def courier(service: JobService) -> AsyncIterator[None]:
    loop = asyncio.create_task(Courier(service).run(), name="courier")
    yield
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop


async def to_post(service: JobService) -> Job:
    """A finished job that is due to be posted."""
    job = await service.admission.request(ANA, make_place(), Imagine(prompt="a cat"), mode=None, token=make_token())
    posting = await service.store.move(job, [JobStatus.RECEIVED], JobStatus.POSTING, result=make_result())
    assert posting is not None
    service.deliveries.due.put(job.id)
    return posting


def posts_of(presenter: RecordingPresenter, job: Job) -> int:
    posted = [known.id for known, _attempt in presenter.posted if known.status is JobStatus.POSTING]
    return posted.count(job.id)


@pytest.mark.usefixtures("courier")
async def test_what_is_due_is_delivered(service: JobService, presenter: RecordingPresenter) -> None:
    jobs = [await to_post(service) for _number in range(3)]

    await until(lambda: len(presenter.posted) == 6)

    assert [posts_of(presenter, job) for job in jobs] == [1, 1, 1]


@pytest.mark.usefixtures("courier")
async def test_two_tries_of_one_job_never_overlap(service: JobService, presenter: RecordingPresenter) -> None:
    presenter.gate.clear()
    job = await to_post(service)
    await until(lambda: presenter.posted)

    service.deliveries.due.put(job.id)
    for _turn in range(20):
        await asyncio.sleep(0)

    assert posts_of(presenter, job) == 1
    presenter.gate.set()


@pytest.mark.usefixtures("courier")
async def test_only_so_many_deliveries_go_on_at_once(service: JobService, presenter: RecordingPresenter) -> None:
    presenter.gate.clear()
    for _number in range(DELIVERIES_AT_ONCE - 1):
        await to_post(service)

    await until(lambda: len(presenter.posted) == DELIVERIES_AT_ONCE - 1)
    for _number in range(3):
        await to_post(service)
    await until(lambda: len(presenter.posted) == DELIVERIES_AT_ONCE)

    presenter.gate.set()
    await until(lambda: len(presenter.posted) == 2 * (DELIVERIES_AT_ONCE + 2))


@pytest.mark.usefixtures("courier")
async def test_one_jobs_trouble_does_not_stop_the_others(
    service: JobService, presenter: RecordingPresenter, caplog: pytest.LogCaptureFixture
) -> None:
    presenter.says = [RuntimeError("a bug")]
    first, second = await to_post(service), await to_post(service)

    await until(lambda: len(presenter.posted) == 3)

    assert posts_of(presenter, first) == posts_of(presenter, second) == 1
    assert first.id in service.deliveries.due or second.id in service.deliveries.due
    assert "delivery failed" in caplog.text
