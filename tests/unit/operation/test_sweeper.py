"""Kept pictures go when their time is over, unless an unfinished job needs them."""

import asyncio
import contextlib
import os
from pathlib import Path

import pytest

from bot.domain.job import Job, JobStatus, ResultImage
from bot.domain.requests import Blend
from bot.operation.sweeper import DAY_S, HOUR_S
from bot.pictures.folder import Pictures
from bot.pictures.places import MB
from bot.storage.jobs import JobStore
from tests.support.loops import make_sweeper
from tests.support.makers import NO_LIMITS, START, make_job, make_result
from tests.support.ports import PATIENCE_S, ManualClock, until

KEEP_DAYS = 90


def keep(folder: Path, name: str, days_ago: float) -> None:
    path, moment = folder / name, START.timestamp() - days_ago * DAY_S
    path.write_bytes(b"pixels")
    os.utime(path, (moment, moment))


def kept(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def stored(store: JobStore, status: JobStatus, picture: str | None = None, inputs: tuple[str, ...] = ()) -> Job:
    job = make_job(JobStatus.RECEIVED, request=Blend(pictures=inputs))
    await store.admissions.admit(job, NO_LIMITS, "2026-11-22")
    result = make_result().model_copy(
        update={"picture": picture, "more": (ResultImage(picture="second.png"), ResultImage())}
    )
    moved = await store.move(job, [job.status], status, result=result)
    assert moved is not None
    return moved


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


async def test_what_the_owner_keeps_for_ever_stays(store: JobStore, pictures: Pictures, folder: Path) -> None:
    job = await stored(store, JobStatus.DONE)
    keep(folder, "old.png", KEEP_DAYS + 1)
    clock = ManualClock()
    clock.pass_by(400 * DAY_S)

    await make_sweeper(store, pictures, clock, keep_pictures_days=0, keep_jobs_days=500).sweep_once()
    assert kept(folder) == {"old.png"}
    await make_sweeper(store, pictures, clock, keep_pictures_days=1).sweep_once()

    assert (kept(folder), await store.get(job.id) is not None) == (set(), True)


async def test_pictures_that_other_jobs_need_outlive_what_is_forgotten(
    store: JobStore, pictures: Pictures, folder: Path
) -> None:
    await stored(store, JobStatus.DONE, "made.png")
    clock = ManualClock()
    clock.pass_by(31 * DAY_S)
    await stored(store, JobStatus.RUNNING, None, ("made.png",))
    keep(folder, "made.png", 0)
    keep(folder, "second.png", 0)

    await make_sweeper(store, pictures, clock, keep_pictures_days=0, keep_jobs_days=30).sweep_once()

    assert "made.png" in kept(folder)


async def test_old_pictures_go_and_young_ones_stay(store: JobStore, pictures: Pictures, folder: Path) -> None:
    keep(folder, "old.png", KEEP_DAYS + 1)
    keep(folder, "left-behind.part", KEEP_DAYS + 1)
    keep(folder, "young.png", KEEP_DAYS - 1)

    await make_sweeper(store, pictures, ManualClock(), keep_pictures_days=KEEP_DAYS).sweep_once()

    assert kept(folder) == {"young.png"}


@pytest.mark.parametrize(
    ("status", "is_needed"),
    [
        (JobStatus.RUNNING, True),
        (JobStatus.UNCERTAIN, True),
        (JobStatus.UNDELIVERABLE, True),
        (JobStatus.DONE, False),
        (JobStatus.EXPIRED, False),
    ],
)
async def test_unfinished_jobs_keep_what_they_need(
    status: JobStatus, is_needed: bool, store: JobStore, pictures: Pictures, folder: Path
) -> None:
    names = {"original.png", "second.png", "input1.png", "mask.png"}
    for name in names:
        keep(folder, name, KEEP_DAYS + 1)
    await stored(store, status, "original.png", ("input1.png", "mask.png"))

    await make_sweeper(store, pictures, ManualClock(), keep_pictures_days=KEEP_DAYS).sweep_once()

    assert kept(folder) == (names if is_needed else set())


async def test_zero_days_keep_for_ever(store: JobStore, pictures: Pictures, folder: Path) -> None:
    keep(folder, "old.png", 10_000)

    async with asyncio.timeout(PATIENCE_S):
        await make_sweeper(store, pictures, ManualClock(), keep_pictures_days=0).run()

    assert kept(folder) == {"old.png"}


async def test_each_day_it_sweeps_again(store: JobStore, pictures: Pictures, folder: Path) -> None:
    keep(folder, "young.png", KEEP_DAYS - 5)
    clock = ManualClock()
    sweeper = asyncio.create_task(make_sweeper(store, pictures, clock, keep_pictures_days=KEEP_DAYS).run())

    await until(lambda: not kept(folder))

    sweeper.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await sweeper
    assert set(clock.slept) == {DAY_S}
    assert len(clock.slept) >= 5


def in_room(folder: Path, *names: str) -> None:
    """One picture of a megabyte after the other."""
    for days_ago, name in zip(range(len(names), 0, -1), names, strict=True):
        keep(folder, name, days_ago)
        with (folder / name).open("r+b") as file:
            file.truncate(MB)
        os.utime(folder / name, (START.timestamp() - days_ago * DAY_S,) * 2)


async def test_where_pictures_take_too_much_room_the_oldest_go_that_nobody_needs(
    store: JobStore, pictures: Pictures, folder: Path
) -> None:
    in_room(folder, "1.png", "2.png", "3.png", "4.png")
    await stored(store, JobStatus.RUNNING, None, ("1.png",))

    sweeper = make_sweeper(store, pictures, ManualClock(), keep_pictures_days=0, max_pictures_mb=2)
    await sweeper.sweep_once()
    await sweeper.make_room()

    assert kept(folder) == {"1.png", "4.png"}


async def test_each_hour_it_is_seen_how_much_room_pictures_take(
    store: JobStore, pictures: Pictures, folder: Path
) -> None:
    in_room(folder, "1.png", "2.png")
    clock, only_room = ManualClock(), {"keep_pictures_days": 0, "max_pictures_mb": 1}
    async with asyncio.TaskGroup() as group:
        sweeping = group.create_task(make_sweeper(store, pictures, clock, **only_room).run())
        await until(lambda: kept(folder) == {"2.png"} and HOUR_S in clock.slept)
        sweeping.cancel()
