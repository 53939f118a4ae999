"""Fixtures of the tests beside this file."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import Job, JobStatus
from bot.links import Links, OwnerLinks
from bot.services import Services
from bot.storage.units import Limits
from bot.ui.components.names import Names
from bot.ui.flows.mask_editor import MaskEditor, RegionPress
from bot.ui.flows.owner_page import OwnerPage
from bot.web.region import RegionPage
from bot.web.server import build_app
from bot.web.studio import StudioPage
from tests.support.discord_bench import DiscordBench
from tests.support.makers import ANA, TASK, make_job, make_place, make_result, make_settings, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import PUBLIC_URL, REGION, SIZE, FakeDiscord, Web, editor_of
from tests.unit.web.owned import BASE, Owned


@pytest.fixture
def talk() -> FakeDiscord:
    return FakeDiscord()


@pytest.fixture
def links(clock: ManualClock) -> Links:
    return Links("key", clock)


@pytest.fixture
def mask_editor(services: Services, talk: FakeDiscord) -> MaskEditor:
    return editor_of(replace(services, settings=make_settings(public_url=PUBLIC_URL, web_port=8080)), talk)


@pytest.fixture
async def parent(services: Services) -> Job:
    """A finished picture of Ana's with its original kept."""
    job = make_job(JobStatus.DONE, task_id=TASK, result_message_id=500)
    result = make_result(REGION).model_copy(update={"picture": f"{job.id}.png"})
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture(SIZE))
    await services.store.admissions.admit(job, Limits(100, None, None), "2026-11-22")
    await services.store.update(job, result=result, task_id=TASK, result_message_id=500)
    return replace(job, result=result)


@pytest.fixture
async def browser(mask_editor: MaskEditor, links: Links, services: Services, clock: ManualClock) -> AsyncIterator[Web]:
    page = RegionPage(mask_editor, services.pictures, links, clock)
    async with TestClient(TestServer(build_app(page.routes()))) as client:
        yield client


@pytest.fixture
async def token(mask_editor: MaskEditor, parent: Job) -> str:
    """Ana's link."""
    url = await mask_editor.url(RegionPress(ANA, make_place(), 500), parent, 0)
    assert url is not None
    return url.partition("#")[2]


@pytest.fixture
async def owned(services: Services, clock: ManualClock) -> AsyncIterator[Owned]:
    links = OwnerLinks("the owner's key", BASE, clock)
    served = replace(services, owner_links=links)
    async with DiscordBench.serving() as bench:
        page = OwnerPage(bench.client, served)
        studio = StudioPage(page, served, Names(bench.client, clock), clock)
        async with TestClient(TestServer(build_app(studio.routes()))) as browser:
            yield Owned(page, browser, bench, served, links)
