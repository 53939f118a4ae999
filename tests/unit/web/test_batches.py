"""Batches over the web: all that is kept of one batch, and nothing of any other."""

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import BatchLine, Group, GroupKind, Job, JobStatus, Result
from bot.domain.requests import Imagine
from bot.links import BATCH_LIFE_S, OriginalLinks
from bot.services import Services
from bot.web.batches import BURST, BatchArchives
from bot.web.server import build_app
from tests.support.makers import ANA, DAY, NO_LIMITS, START, make_job, make_place, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import Web

FOX, CAT = picture((40, 30)), picture((20, 10))


@dataclass
class Batch:
    """A browser before a batch of which one line is done, one was removed, and one failed."""

    web: Web
    links: OriginalLinks
    services: Services
    group: Group
    jobs: list[Job]

    def path(self) -> str:
        return f"/batch/{self.links.write_batch(self.group.id).rpartition('/')[2]}"

    async def archive(self) -> zipfile.ZipFile:
        async with self.web.get(self.path()) as response:
            assert (response.status, response.content_type) == (200, "application/zip")
            assert response.headers["Content-Disposition"].startswith("attachment; ")
            return zipfile.ZipFile(io.BytesIO(await response.read()))


@pytest.fixture
async def batch(services: Services, clock: ManualClock) -> AsyncIterator[Batch]:
    group = Group("a" * 16, GroupKind.PERMUTATION, ANA, make_place(), "cats.csv", START, 401, is_batch=True)
    ends = (JobStatus.DONE, JobStatus.DONE, JobStatus.REMOVED, JobStatus.FAILED)
    prompts = ("a red fox --seed 7", "=HYPERLINK(1)", "a secret", "a frog")
    jobs = [
        make_job(JobStatus.RECEIVED, group_id=group.id, request=Imagine(prompt=prompt), line=BatchLine(number, name))
        for number, (prompt, name) in enumerate(zip(prompts, ("", "../Katze 猫", "x", ""), strict=True), start=2)
    ]
    await services.store.admissions.admit_group(group, jobs, NO_LIMITS, DAY)
    for job, end, data in zip(jobs, ends, (FOX, CAT, CAT, None), strict=True):
        key = await services.pictures.keep_made(job.id, data) if data else None
        await services.store.update(job, result=Result(picture=key) if key else None)
        await services.store.move(job, [JobStatus.RECEIVED], end)
    links = OriginalLinks("key", "https://easel.example", clock)
    archives = BatchArchives(links, services.store, services.pictures, clock)
    async with TestClient(TestServer(build_app(archives.routes()))) as client:
        yield Batch(client, links, services, group, jobs)


async def test_what_is_kept_comes_byte_for_byte_with_a_table(batch: Batch) -> None:
    archive = await batch.archive()

    assert archive.testzip() is None
    assert set(archive.namelist()) == {"002-a-red-fox.png", "003-Katze-猫.png", "manifest.csv"}
    assert archive.read("002-a-red-fox.png") == FOX
    rows = list(csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig"))))
    assert [(row["line"], row["prompt"], row["status"], row["file"], row["seed"]) for row in rows] == [
        ("2", "a red fox --seed 7", "done", "002-a-red-fox.png", "7"),
        ("3", "'=HYPERLINK(1)", "done", "003-Katze-猫.png", ""),
        ("4", "", "removed", "", ""),
        ("5", "a frog", "failed", "", ""),
    ]


async def test_what_is_not_kept_any_more_is_left_out_of_both(batch: Batch) -> None:
    await batch.services.pictures.remove([f"{batch.jobs[0].id}.png"])

    archive = await batch.archive()

    assert set(archive.namelist()) == {"003-Katze-猫.png", "manifest.csv"}
    assert b"002-a-red-fox.png" not in archive.read("manifest.csv")


@pytest.mark.parametrize(
    ("status", "more"),
    [
        (JobStatus.POSTING, {}),
        (JobStatus.UNDELIVERABLE, {"in_review": True}),
        (JobStatus.UNDELIVERABLE, {"stopped": True}),
    ],
    ids=["moderators not asked yet", "waits for a moderator", "stopped"],
)
async def test_what_moderators_have_not_seen_is_left_out_of_both(
    batch: Batch, status: JobStatus, more: dict[str, Any]
) -> None:
    await batch.services.store.move(batch.jobs[0], [JobStatus.DONE], status, **more)

    archive = await batch.archive()

    assert set(archive.namelist()) == {"003-Katze-猫.png", "manifest.csv"}
    assert b"002-a-red-fox.png" not in archive.read("manifest.csv")


async def test_a_link_ends_after_a_day(batch: Batch, clock: ManualClock) -> None:
    path = batch.path()
    clock.pass_by(BATCH_LIFE_S + 1)

    async with batch.web.get(path) as response:
        assert response.status == 410
        assert "Download all" in await response.text()


@pytest.mark.parametrize("token", ["", "x", "WyJhIiwxXQ.x"])
async def test_a_link_that_is_none_opens_nothing(batch: Batch, token: str) -> None:
    async with batch.web.get(f"/batch/{token}") as response:
        assert response.status == 404


async def test_a_link_to_an_original_opens_no_batch(batch: Batch) -> None:
    token = batch.links.write(batch.group.id, 0).rpartition("/")[2]

    async with batch.web.get(f"/batch/{token}") as response:
        assert response.status == 404


async def test_one_batch_is_not_downloaded_without_end(batch: Batch) -> None:
    statuses = []
    for _number in range(int(BURST) + 1):
        async with batch.web.get(batch.path()) as response:
            await response.read()
            statuses.append(response.status)

    assert statuses == [200] * int(BURST) + [429]
