"""Originals over the web: one file of one job, in pieces, and nothing else of anybody's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import Failure, FailureKind, Job, JobStatus, Result, ResultImage
from bot.jobs.original_addresses import OriginalAddresses
from bot.links import ORIGINAL_LIFE_S, OriginalLinks
from bot.services import Services
from bot.storage.units import Limits
from bot.web.originals import BURST, OriginalFiles
from bot.web.server import HEADERS, build_app
from tests.support.makers import make_job, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import Web

FILM = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 8
SECOND = b"\0\0\0\x18ftypisom" + b"another film"


@dataclass
class Originals:
    """A browser before the originals of one finished job, and who makes links to them."""

    web: Web
    links: OriginalLinks
    services: Services
    job: Job

    def path(self, number: int = 0) -> str:
        return f"/original/{self.links.write(self.job.id, number).rpartition('/')[2]}"

    async def change(self, **changes: object) -> None:
        await self.services.store.update(self.job, **changes)


@pytest.fixture
async def originals(services: Services, clock: ManualClock) -> AsyncIterator[Originals]:
    job = make_job(JobStatus.DONE)
    keys = [await services.pictures.keep_made(f"{job.id}{end}", data) for end, data in (("", FILM), ("-1", SECOND))]
    more = (ResultImage(picture=keys[1]),)
    await services.store.admissions.admit(job, Limits(100, None, None), "2026-11-22")
    job = replace(job, result=Result(image_url="https://i.example/0.mp4", picture=keys[0], more=more))
    await services.store.update(job, result=job.result)
    links = OriginalLinks("key", "https://easel.example", clock)
    pages = OriginalFiles(OriginalAddresses((), links), services.store, services.pictures, clock)
    async with TestClient(TestServer(build_app(pages.routes()))) as client:
        yield Originals(client, links, services, job)


@pytest.mark.parametrize(("number", "data", "name"), [(0, FILM, ""), (1, SECOND, "-2")])
async def test_each_link_opens_its_file(originals: Originals, number: int, data: bytes, name: str) -> None:
    async with originals.web.get(originals.path(number)) as response:
        assert await response.read() == data
        assert response.content_type == "video/mp4"
        assert response.headers["Content-Disposition"] == f'inline; filename="easel-{originals.job.id}{name}.mp4"'
        assert response.headers["Cache-Control"] == "private, no-cache"
        kept = {name: value for name, value in HEADERS.items() if name != "Content-Security-Policy"}
        assert {name: response.headers.get(name) for name in kept} == kept
        assert "script" not in response.headers["Content-Security-Policy"]
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


async def test_players_get_the_pieces_that_they_ask_for(originals: Originals) -> None:
    async with originals.web.get(originals.path(), headers={"Range": "bytes=100-199"}) as response:
        assert (response.status, await response.read()) == (206, FILM[100:200])
        assert response.headers["Content-Range"] == f"bytes 100-199/{len(FILM)}"
    async with originals.web.get(originals.path(), headers={"Range": f"bytes={len(FILM)}-"}) as response:
        assert response.status == 416
    async with originals.web.head(originals.path()) as response:
        assert (response.headers["Accept-Ranges"], response.content_length) == ("bytes", len(FILM))


@pytest.mark.parametrize(
    "withheld",
    [
        {"status": JobStatus.UNDELIVERABLE, "in_review": True},
        {"status": JobStatus.FAILED, "failure": Failure(kind=FailureKind.POLICY, is_rejected=True)},
    ],
    ids=["waits", "rejected"],
)
async def test_what_moderators_keep_back_is_opened_by_no_link(originals: Originals, withheld: dict[str, Any]) -> None:
    await originals.change(**withheld)

    async with originals.web.get(originals.path()) as response:
        assert response.status == 410


async def test_what_no_browser_should_show_is_a_download(originals: Originals) -> None:
    svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    originals.services.pictures.stock.path(f"{originals.job.id}.mp4").with_suffix(".svg").write_bytes(svg)
    await originals.change(result=Result(picture=f"{originals.job.id}.svg"))

    async with originals.web.get(originals.path()) as response:
        assert await response.read() == svg
        assert response.content_type == "application/octet-stream"
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_picture_can_be_looked_at(originals: Originals) -> None:
    key = await originals.services.pictures.keep_made("other", picture())
    await originals.change(result=Result(picture=key))

    async with originals.web.get(originals.path()) as response:
        assert (response.content_type, await response.read()) == ("image/png", picture())


@pytest.mark.parametrize("number", [2, 9, 10**9, -1])
async def test_a_number_that_there_is_not_opens_nothing(originals: Originals, number: int) -> None:
    async with originals.web.get(originals.path(number)) as response:
        assert (response.status, await response.text()) == (410, "This file is no longer stored.\n")


async def test_link_of_a_job_that_was_removed_opens_nothing(originals: Originals) -> None:
    await originals.change(status=JobStatus.REMOVED)

    async with originals.web.get(originals.path()) as response:
        assert response.status == 410


@pytest.mark.parametrize("token", ["x", "a.b", "..%2f..%2fetc%2fpasswd", "A" * 200])
async def test_forged_links_open_nothing(originals: Originals, token: str) -> None:
    async with originals.web.get(f"/original/{token}") as response:
        assert (response.status, await response.text()) == (
            404,
            "This link is damaged. Please open it again from Discord.\n",
        )


async def test_a_link_that_ended_says_how_to_get_a_new_one(originals: Originals, clock: ManualClock) -> None:
    path = originals.path()
    clock.pass_by(ORIGINAL_LIFE_S + 2)

    async with originals.web.get(path) as response:
        assert (response.status, "Use /show" in await response.text()) == (410, True)


async def test_what_is_not_kept_any_more_may_be_at_the_relay(originals: Originals) -> None:
    for shot in ("", "-1"):
        await originals.services.pictures.discard(f"{originals.job.id}{shot}.mp4")

    async with originals.web.get(originals.path(0), allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "https://i.example/0.mp4")
    async with originals.web.get(originals.path(1), allow_redirects=False) as response:
        assert response.status == 410


async def test_a_link_may_not_ask_too_often(originals: Originals, clock: ManualClock) -> None:
    async def statuses(times: int) -> list[int]:
        return [(await originals.web.get(originals.path())).status for _time in range(times)]

    assert await statuses(int(BURST) + 1) == [200] * int(BURST) + [429]
    assert (await originals.web.get(originals.path(1))).status == 200
    clock.pass_by(1)
    assert await statuses(1) == [200]
