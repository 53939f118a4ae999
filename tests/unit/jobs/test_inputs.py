"""Members' pictures on the disk: they go with jobs that were never sent, and never fill it."""

import asyncio
import os
import shutil
from collections import namedtuple
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.domain.job import Actor, Failure, FailureKind, GroupKind, Job, JobStatus
from bot.domain.outcomes import NeedsInput, Refused
from bot.domain.requests import Blend, Imagine, Mode, Request
from bot.domain.rules import offer_of
from bot.errors import PictureError
from bot.jobs.intake import Prepare, Prepared
from bot.pictures.sources import Source
from bot.services import Services
from bot.settings import Settings
from tests.support.makers import (
    ANA,
    BEN,
    NO_LIMITS,
    START,
    make_job,
    make_place,
    make_result,
    make_settings,
    make_token,
)
from tests.support.ports import RecordingPresenter, ScriptedEngine, ShelfFetcher, until
from tests.support.walk import REGION, now, waiting, work_off

MB = 1_000_000
GRID = Source("https://img.example.com/grid.png", is_attachment=True)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def settings() -> Settings:
    return make_settings(max_input_mb_per_member=10, max_input_mb=20, keep_free_mb=100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def taking(services: Services, *sources: Source) -> Prepare:
    """What a job's start does with the pictures of an order."""

    async def prepare(job: Job) -> Prepared:
        keep = services.pictures.keep_input
        return Prepared([await keep(f"{job.id}-input{number}", one) for number, one in enumerate(sources, start=1)])

    return prepare


async def order(services: Services, *sources: Source, actor: Actor = ANA) -> Job:
    """An order with pictures, as it waits to be sent."""
    job = await services.jobs.admission.request(actor, make_place(), Blend(), mode=None, token=make_token())
    await services.jobs.intake.card_shown(job, 401, taking(services, *sources))
    return job


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def all_settled(services: Services) -> None:
    """Let go of all that ended unsent until now."""
    while not services.jobs.inputs._ended.empty():
        await services.jobs.inputs.settle_one()


async def old_input(
    services: Services, folder: Path, mb: int, *, days: float, actor: Actor = ANA, **job: object
) -> str:
    """A picture of a job that is over, or as is said."""
    one = make_job(**{"status": JobStatus.RECEIVED, "actor": actor, "request": Blend()} | job)  # type: ignore[arg-type]
    key = f"{one.id}-input1.png"
    await services.store.admissions.admit(one.with_(request=Blend(pictures=(key,))), NO_LIMITS, "2026-11-22")
    (folder / key).write_bytes(bytes(mb * MB))
    moment = START.timestamp() - days * 24 * 3600
    os.utime(folder / key, (moment, moment))
    await services.pictures.stock.take_stock()
    return key


async def end(services: Services, key: str) -> None:
    job = await services.store.get(key.partition("-")[0])
    assert job is not None
    await services.store.move(job, [job.status], JobStatus.DONE, told=True, result=make_result())


async def test_pictures_of_a_cancelled_order_go(services: Services, folder: Path) -> None:
    job = await order(services, GRID, GRID)
    assert len(kept(folder)) == 2

    await services.jobs.controls.cancel(job)
    await all_settled(services)

    assert kept(folder) == set()


async def test_pictures_of_an_order_that_fails_midway_go(services: Services, folder: Path) -> None:
    job = await order(services, GRID, GRID, Source("https://img.example.com/nothing.png", is_attachment=True))
    await all_settled(services)

    assert (await now(services, job)).status is JobStatus.REFUSED
    assert kept(folder) == set()


async def test_pictures_of_an_order_that_may_not_be_sent_go(services: Services, folder: Path) -> None:
    job = await order(services, GRID)
    for _time in range(2):
        services.jobs.relays.offers.refuse(offer_of(job.request))

    await services.jobs.submission.submit(job.id)
    await all_settled(services)

    assert ((await now(services, job)).status, kept(folder)) == (JobStatus.REFUSED, set())


async def test_pictures_of_an_order_that_the_relay_refused_stay_for_another_try(
    services: Services, engine: ScriptedEngine, folder: Path
) -> None:
    engine.answers = [Refused(Failure(kind=FailureKind.RELAY))]
    job = await order(services, GRID)

    await services.jobs.submission.submit(job.id)
    await all_settled(services)

    refused = await now(services, job)
    assert (refused.status, kept(folder)) == (JobStatus.REFUSED, set(refused.request.pictures))


async def test_pictures_of_a_job_that_is_stopped_while_the_relay_asks_about_it_go(
    services: Services, engine: ScriptedEngine, folder: Path
) -> None:
    key = f"{'ab' * 8}-mask.png"
    (folder / key).write_bytes(b"pixels")
    job = await waiting(services, REGION.model_copy(update={"pictures": (key,)}))
    engine.answers = [NeedsInput("7", "")]
    engine.gate.clear()
    submit = asyncio.create_task(services.jobs.submission.submit(job.id), name="submit")
    await engine.arrived.wait()
    await services.jobs.controls.cancel(job)
    engine.gate.set()
    await submit

    await all_settled(services)

    assert ((await now(services, job)).status, kept(folder)) == (JobStatus.CANCELLED, set())


async def test_pictures_that_were_being_taken_in_when_their_order_was_cancelled_go(
    services: Services, folder: Path
) -> None:
    job = await services.jobs.admission.request(ANA, make_place(), Blend(), mode=None, token=make_token())
    seen: list[set[str]] = []

    async def slow(one: Job) -> Prepared:
        prepared = await taking(services, GRID)(one)
        seen.append(kept(folder))
        await services.jobs.controls.cancel(one)
        return prepared

    await services.jobs.intake.card_shown(job, 401, slow)
    await all_settled(services)

    assert len(seen[0]) == 1
    assert job.id not in services.jobs.live.waiting
    assert kept(folder) == set()


async def test_pictures_that_another_try_goes_by_stay(services: Services, folder: Path) -> None:
    job = await order(services, GRID)
    first = await now(services, job)
    again = make_job(JobStatus.RECEIVED, request=first.request)
    await services.store.admissions.admit(again, NO_LIMITS, "2026-11-22")

    await services.jobs.controls.cancel(job)
    await all_settled(services)
    assert kept(folder) == set(first.request.pictures)

    await services.jobs.controls.cancel(again)
    await all_settled(services)
    assert kept(folder) == set()


async def test_pictures_of_a_result_stay_when_somebody_elses_job_from_it_is_cancelled(
    services: Services, folder: Path
) -> None:
    key = await old_input(services, folder, 1, days=2)
    await end(services, key)
    bens = make_job(JobStatus.RECEIVED, actor=BEN, request=Blend(pictures=(key,)))
    await services.store.admissions.admit(bens, NO_LIMITS, "2026-11-22")

    await services.jobs.controls.cancel(bens)
    await all_settled(services)

    assert kept(folder) == {key}


async def test_job_that_is_asked_about_its_mask_keeps_it(services: Services, folder: Path) -> None:
    job = await services.jobs.admission.request(ANA, make_place(), Blend(), mode=None, token=make_token())

    async def doubtful(one: Job) -> Prepared:
        return Prepared((await taking(services, GRID)(one)).keys, FailureKind.MASK_EMPTY)

    await services.jobs.intake.card_shown(job, 401, doubtful)
    await all_settled(services)

    assert len(kept(folder)) == 1


async def test_what_an_order_that_broke_off_left_is_swept(services: Services, folder: Path) -> None:
    known = await old_input(services, folder, 1, days=1)
    for name in ("0123456789abcdef-input1.png", "0123456789abcdef-mask.png"):
        (folder / name).write_bytes(b"pixels")
        os.utime(folder / name, (START.timestamp() - 7200, START.timestamp() - 7200))
    failed = await old_input(services, folder, 1, days=1)
    await services.store.move(
        make_job(JobStatus.RECEIVED, id=failed.partition("-")[0]), [JobStatus.RECEIVED], JobStatus.FAILED
    )
    (folder / "fedcba9876543210-input1.png").write_bytes(b"just now")
    (folder / "fedcba9876543210.png").write_bytes(b"a result")
    os.utime(folder / "fedcba9876543210.png", (0, 0))

    await services.jobs.inputs.sweep_once()

    assert kept(folder) == {known, failed, "fedcba9876543210-input1.png", "fedcba9876543210.png"}


async def test_oldest_pictures_of_a_member_go_when_they_hold_too_much(services: Services, folder: Path) -> None:
    keys = [await old_input(services, folder, 4, days=days) for days in (9, 8, 7)]
    bens = await old_input(services, folder, 4, days=30, actor=BEN)
    for key in (*keys, bens):
        await end(services, key)

    await services.jobs.inputs.check(ANA)

    assert kept(folder) == {keys[1], keys[2], bens}


async def test_member_whose_unfinished_jobs_need_all_is_told_so(services: Services, folder: Path) -> None:
    for days in (9, 8, 7):
        await old_input(services, folder, 4, days=days)

    job = await order(services, GRID)

    ended = await now(services, job)
    assert (ended.status, ended.failure and ended.failure.kind) == (JobStatus.REFUSED, FailureKind.PICTURE)
    assert "10 MB" in str(ended.failure)
    assert (await now(services, await order(services, GRID, actor=BEN))).status is JobStatus.RECEIVED


async def test_all_together_hold_only_so_much(services: Services, folder: Path) -> None:
    keys = [await old_input(services, folder, 6, days=9 - number, actor=Actor(1000 + number)) for number in range(4)]
    for key in keys:
        await end(services, key)

    await services.jobs.inputs.check(ANA)

    assert kept(folder) == set(keys[2:])


@pytest.fixture
def free_mb(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What is free on the disk, as a list of one."""
    free = [1000]
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, free[0] * MB))
    return free


async def test_no_pictures_are_taken_below_the_floor_and_the_owner_is_told_once(
    services: Services, presenter: RecordingPresenter, fetcher: ShelfFetcher, free_mb: list[int]
) -> None:
    free_mb[0] = 99
    for _number in range(3):
        job = await order(services, GRID)
        ended = await now(services, job)
        assert (ended.status, ended.failure and ended.failure.kind) == (JobStatus.REFUSED, FailureKind.PICTURE)
        assert "nearly full" in str(ended.failure)

    assert len(presenter.alerts) == 1
    assert not fetcher.fetched

    for free, alerts in ((105, 1), (99, 1), (500, 1), (99, 2)):
        free_mb[0] = free
        await services.jobs.inputs.is_low()
        assert len(presenter.alerts) == alerts


async def test_result_is_posted_but_not_kept_below_the_floor(
    services: Services, presenter: RecordingPresenter, folder: Path, free_mb: list[int]
) -> None:
    free_mb[0] = 1
    job = make_job(JobStatus.RECEIVED, token=make_token())
    await services.store.admissions.admit(job, NO_LIMITS, "2026-11-22")
    await services.store.move(job, [JobStatus.RECEIVED], JobStatus.POSTING, result=make_result())

    await services.jobs.deliveries.deliver(job.id)

    posted = [known.result for known, _attempt in presenter.posted if known.status is JobStatus.POSTING]
    assert [result.picture for result in posted if result] == [f"{job.id}.png"]
    assert (await now(services, job)).status is JobStatus.DONE
    assert kept(folder) == set()


async def test_orders_of_one_member_keep_no_other_waiting(services: Services) -> None:
    begun: list[int] = []
    never = asyncio.Event()

    async def hanging(job: Job) -> Prepared:
        begun.append(job.actor.id)
        await never.wait()
        raise PictureError(None)  # type: ignore[arg-type]

    async def begin(actor: Actor) -> asyncio.Task[None]:
        job = await services.jobs.admission.request(actor, make_place(), Blend(), mode=None, token=make_token())
        return asyncio.create_task(services.jobs.intake.card_shown(job, 401, hanging))

    tasks: Sequence[asyncio.Task[None]] = [await begin(actor) for actor in (*[ANA] * 5, BEN)]
    await until(lambda: BEN.id in begun)

    assert begun.count(ANA.id) == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_pictures_that_come_after_their_job_has_ended_go_again(services: Services, folder: Path) -> None:
    job = await services.jobs.admission.request(ANA, make_place(), Blend(), mode=None, token=make_token())
    keep = taking(services, GRID)

    async def too_late(one: Job) -> Prepared:
        prepared = await keep(one)
        await services.store.move(one, [JobStatus.RECEIVED], JobStatus.CANCELLED)
        return prepared

    await services.jobs.intake.card_shown(job, 401, too_late)
    await all_settled(services)

    assert kept(folder) == set()


async def test_pictures_of_the_last_hour_stay_whatever_a_member_holds(services: Services, folder: Path) -> None:
    keys = [await old_input(services, folder, 4, days=0.5 / 24) for _number in range(3)]
    for key in keys:
        await end(services, key)

    with pytest.raises(PictureError, match="10 MB"):
        await services.jobs.inputs.check(ANA)

    assert kept(folder) == set(keys)


@pytest.mark.parametrize("settings", [make_settings(max_input_mb_per_member=0, max_input_mb=0, keep_free_mb=100)])
async def test_without_bounds_pictures_are_taken_and_stay(services: Services, folder: Path) -> None:
    key = await old_input(services, folder, 4, days=9)
    await end(services, key)

    job = await order(services, GRID)

    assert (await now(services, job)).status is JobStatus.RECEIVED
    assert kept(folder) > {key}


@pytest.mark.parametrize("stopped", [1, 2])
async def test_pictures_of_a_group_go_when_all_of_it_is_stopped(stopped: int, services: Services, folder: Path) -> None:
    cats: list[tuple[Request, Mode | None]] = [(Imagine(prompt=prompt), Mode.FAST) for prompt in ("a cat", "b cat")]
    group, members = await services.jobs.admission.request_group(
        ANA, make_place(), GroupKind.PERMUTATION, "{a, b} cat", cats, token=make_token()
    )

    async def prepare(job: Job) -> Prepared:
        prepared = await taking(services, GRID)(job)
        for one in reversed(members[:stopped]):  # the first, under whose name they are made ready, comes last
            await services.jobs.controls.cancel(one)
            await work_off(services)
        await all_settled(services)
        return prepared

    await services.jobs.intake.group_shown(group, members, 401, prepare)
    await all_settled(services)

    left = set((await now(services, members[1])).request.pictures) if stopped < 2 else set()
    assert (kept(folder), len(left)) == (left, 2 - stopped)
