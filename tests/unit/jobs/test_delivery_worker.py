"""Deliveries: at once, in lanes that do not wait for each other, never two of one job."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typing_extensions import override

from bot.domain.job import Actor, Job, JobStatus
from bot.domain.outcomes import Delivery
from bot.domain.requests import Imagine
from bot.jobs.delivery_worker import PLACES, DeliveryWorker
from bot.jobs.stages import Stage
from bot.services import Services
from bot.settings import Settings
from tests.support.makers import ANA, BEN, make_place, make_result, make_settings, make_token, picture
from tests.support.ports import RecordingPresenter, ShelfFetcher, until

BUSY, QUIET = 311, 312  # channels
SLOW = "https://slow.example.com"


class SlowPlaces(RecordingPresenter):
    """Posts in the busy channel wait for its gate."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = asyncio.Event()
        self.begun: list[str] = []  # by job, in the busy channel

    @override
    async def post(self, job: Job, attempt: int) -> Delivery:
        if job.place.channel_id == BUSY:
            self.begun.append(job.id)
            await self.busy.wait()
        return await super().post(job, attempt)


class SlowHost(ShelfFetcher):
    """Downloads from the slow host do not end; how many were begun is counted."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = 0

    @override
    async def fetch(self, address: str, into: Path, *, limit: int = 100_000_000, is_trusted: bool) -> None:
        if address.startswith(SLOW):
            self.begun += 1
            await asyncio.Event().wait()
        await super().fetch(address, into, limit=limit, is_trusted=is_trusted)


@pytest.fixture
def presenter() -> SlowPlaces:
    return SlowPlaces()


@pytest.fixture
def fetcher() -> SlowHost:
    return SlowHost()


@pytest.fixture
def settings() -> Settings:
    return make_settings(max_waiting_per_member=1000)


@pytest.fixture
async def delivery_worker(services: Services) -> AsyncIterator[None]:
    loop = asyncio.create_task(DeliveryWorker(services.jobs.deliveries).run(), name="delivery_worker")
    yield
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop


async def to_post(
    services: Services, channel: int = 301, actor: Actor = ANA, url: str = "https://img.example.com/grid.png"
) -> Job:
    """A finished job that is due to be posted."""
    place, request = make_place(channel_id=channel), Imagine(prompt="a cat")
    job = await services.jobs.admission.request(actor, place, request, mode=None, token=make_token())
    posting = await services.store.move(job, [JobStatus.RECEIVED], JobStatus.POSTING, result=make_result(url=url))
    assert posting is not None
    services.jobs.deliveries.due.put(job.id)
    return posting


def order_of(presenter: RecordingPresenter) -> list[str]:
    """The jobs whose results were posted, in this order."""
    return [job.id for job, _attempt in presenter.posted if job.status is JobStatus.POSTING]


def posts_of(presenter: RecordingPresenter, job: Job) -> int:
    posted = [known.id for known, _attempt in presenter.posted if known.status is JobStatus.POSTING]
    return posted.count(job.id)


@pytest.mark.usefixtures("delivery_worker")
async def test_what_is_due_is_delivered(services: Services, presenter: RecordingPresenter) -> None:
    jobs = [await to_post(services) for _number in range(3)]

    await until(lambda: len(presenter.posted) == 6)

    assert [posts_of(presenter, job) for job in jobs] == [1, 1, 1]


@pytest.mark.usefixtures("delivery_worker")
async def test_two_tries_of_one_job_never_overlap(services: Services, presenter: RecordingPresenter) -> None:
    presenter.gate.clear()
    job = await to_post(services)
    await until(lambda: presenter.posted)

    services.jobs.deliveries.due.put(job.id)
    for _turn in range(20):
        await asyncio.sleep(0)

    assert posts_of(presenter, job) == 1
    presenter.gate.set()


@pytest.mark.usefixtures("delivery_worker")
async def test_busy_channel_holds_up_no_other(services: Services, presenter: SlowPlaces) -> None:
    busy = [await to_post(services, BUSY) for _number in range(12)]
    quiet = await to_post(services, QUIET)

    await until(lambda: posts_of(presenter, quiet))

    assert not any(posts_of(presenter, job) for job in busy)
    assert all(services.jobs.live.holds(job.id, JobStatus.POSTING) for job in busy)  # none of them is an orphan


@pytest.mark.usefixtures("delivery_worker")
async def test_what_waits_for_a_channel_costs_no_tasks(services: Services, presenter: SlowPlaces) -> None:
    for _number in range(12):
        await to_post(services, BUSY)
    quiet = await to_post(services, QUIET)
    await until(lambda: posts_of(presenter, quiet))

    lanes = [task for task in asyncio.all_tasks() if task.get_name().startswith("lane-")]

    assert len(lanes) <= sum(PLACES.values())


@pytest.mark.usefixtures("delivery_worker")
async def test_results_come_one_by_one_in_their_order(services: Services, presenter: SlowPlaces) -> None:
    jobs = [await to_post(services, BUSY) for _number in range(5)]
    quiet = await to_post(services, QUIET)
    await until(
        lambda: (
            all(services.pictures.stock.path(f"{job.id}.png").is_file() for job in jobs) and posts_of(presenter, quiet)
        )
    )
    assert presenter.begun == [jobs[0].id]

    presenter.busy.set()
    await until(lambda: len(order_of(presenter)) == 6)

    assert order_of(presenter) == [quiet.id, *(job.id for job in jobs)]


@pytest.mark.usefixtures("delivery_worker")
async def test_job_that_is_asked_for_while_it_is_posted_is_looked_at_again(
    services: Services, presenter: SlowPlaces
) -> None:
    job = await to_post(services, BUSY)
    await until(lambda: presenter.begun)

    services.jobs.deliveries.due.put(job.id)
    quiet = await to_post(services, QUIET)
    await until(lambda: posts_of(presenter, quiet))

    assert job.id in services.jobs.deliveries.due


@pytest.mark.usefixtures("delivery_worker")
async def test_pictures_of_one_job_are_not_fetched_twice_at_once(
    services: Services, presenter: SlowPlaces, fetcher: SlowHost
) -> None:
    job = await to_post(services, url=f"{SLOW}/grid.png")
    await until(lambda: fetcher.begun)

    services.jobs.deliveries.due.put(job.id)
    quiet = await to_post(services, QUIET)
    await until(lambda: posts_of(presenter, quiet))

    assert fetcher.begun == 1


@pytest.mark.usefixtures("delivery_worker")
async def test_what_was_delivered_is_looked_at_no_more(services: Services, presenter: SlowPlaces) -> None:
    job = await to_post(services, BUSY)
    presenter.busy.set()
    await until(lambda: posts_of(presenter, job) and not services.jobs.deliveries.due.in_hand)

    services.jobs.deliveries.due.put(job.id)
    quiet = await to_post(services, QUIET)
    await until(lambda: posts_of(presenter, quiet) and not services.jobs.deliveries.due.in_hand)

    assert len(services.jobs.deliveries.due) == 0


@pytest.mark.usefixtures("delivery_worker")
async def test_members_of_one_channel_take_turns(services: Services, presenter: SlowPlaces) -> None:
    many = [await to_post(services, BUSY) for _number in range(10)]
    one = await to_post(services, BUSY, BEN)
    quiet = await to_post(services, QUIET)  # it comes through the same steps after them
    await until(
        lambda: (
            all(services.pictures.stock.path(f"{job.id}.png").is_file() for job in [*many, one])
            and posts_of(presenter, quiet)
        )
    )

    presenter.busy.set()
    await until(lambda: len(order_of(presenter)) == 12)

    assert order_of(presenter).index(one.id) <= 3


@pytest.mark.usefixtures("delivery_worker")
async def test_slow_host_holds_up_no_other(services: Services, presenter: SlowPlaces, fetcher: SlowHost) -> None:
    for _number in range(12):
        await to_post(services, url=f"{SLOW}/grid.png")
    fetcher.shelf["https://fast.example.com/grid.png"] = picture()
    fast = await to_post(services, url="https://fast.example.com/grid.png")

    await until(lambda: posts_of(presenter, fast))

    assert fetcher.begun == PLACES[Stage.FETCH]


@pytest.mark.usefixtures("delivery_worker")
async def test_one_jobs_trouble_does_not_stop_the_others(
    services: Services, presenter: RecordingPresenter, caplog: pytest.LogCaptureFixture
) -> None:
    presenter.says = [RuntimeError("a bug")]
    first, second = await to_post(services), await to_post(services)

    await until(lambda: len(presenter.posted) == 3)

    assert posts_of(presenter, first) == posts_of(presenter, second) == 1
    assert first.id in services.jobs.deliveries.due or second.id in services.jobs.deliveries.due
    assert "delivery failed" in caplog.text
