"""Exports over the web: what is kept of the link's member, until it ends or the data is erased."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import JobStatus, Result
from bot.links import EXPORT_LIFE_S, OriginalLinks
from bot.services import Services
from bot.web.exports import BURST, ExportArchives
from bot.web.server import build_app
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_job, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import Web

FOX, CAT = picture((40, 30)), picture((20, 10))


@dataclass
class Exports:
    """A browser before what Ana and Ben made."""

    web: Web
    links: OriginalLinks
    services: Services

    async def path(self, member_id: int = ANA.id) -> str:
        grant_id = await self.services.personal_export.grant(member_id)
        return self.written(member_id, grant_id)

    def written(self, member_id: int, grant_id: str) -> str:
        return f"/export/{self.links.write_export(member_id, grant_id).rpartition('/')[2]}"

    async def refusal(self, path: str) -> tuple[int, str]:
        async with self.web.get(path) as response:
            return response.status, await response.text()


@pytest.fixture
async def exports(services: Services, clock: ManualClock) -> AsyncIterator[Exports]:
    for actor, data in ((ANA, FOX), (BEN, CAT)):
        job = make_job(JobStatus.RECEIVED, actor=actor)
        await services.store.admissions.admit(job, NO_LIMITS, DAY)
        result = Result(picture=await services.pictures.keep_made(job.id, data))
        await services.store.move(job, [JobStatus.RECEIVED], JobStatus.DONE, result=result)
    links = OriginalLinks("key", "https://easel.example", clock)
    archives = ExportArchives(links, services.personal_export, clock)
    async with TestClient(TestServer(build_app(archives.routes()))) as client:
        yield Exports(client, links, services)


async def test_a_link_gives_its_members_pictures_byte_for_byte(exports: Exports) -> None:
    async with exports.web.get(await exports.path()) as response:
        assert (response.status, response.content_type) == (200, "application/zip")
        assert response.headers["Cache-Control"] == "private, no-store"
        archive = zipfile.ZipFile(io.BytesIO(await response.read()))

    data, fox = archive.namelist()
    assert archive.testzip() is None
    assert archive.read(fox) == FOX
    assert str(BEN.id) not in archive.read(data).decode()


async def test_a_link_ends_after_a_day(exports: Exports, clock: ManualClock) -> None:
    path = await exports.path()
    clock.pass_by(EXPORT_LIFE_S + 1)

    status, said = await exports.refusal(path)

    assert (status, "/privacy" in said) == (410, True)


async def test_a_link_opens_nothing_once_the_data_is_erased(exports: Exports) -> None:
    path = await exports.path()
    await exports.services.personal_data.erase(ANA)

    status, said = await exports.refusal(path)

    assert (status, "erased" in said) == (410, True)


async def test_somebody_elses_grant_opens_nothing(exports: Exports) -> None:
    grant_id = await exports.services.personal_export.grant(BEN.id)

    assert (await exports.refusal(exports.written(ANA.id, grant_id)))[0] == 410


@pytest.mark.parametrize("token", ["", "x", "WyJhIiwxXQ.x"])
async def test_a_link_that_is_none_opens_nothing(exports: Exports, token: str) -> None:
    assert (await exports.refusal(f"/export/{token}"))[0] == 404


async def test_a_link_to_a_batch_opens_no_export(exports: Exports) -> None:
    token = exports.links.write_batch("a" * 16).rpartition("/")[2]

    assert (await exports.refusal(f"/export/{token}"))[0] == 404


async def test_one_members_data_is_not_downloaded_without_end(exports: Exports) -> None:
    statuses = []
    for _number in range(int(BURST) + 1):
        async with exports.web.get(await exports.path()) as response:
            await response.read()
            statuses.append(response.status)

    assert statuses == [200] * int(BURST) + [429]
