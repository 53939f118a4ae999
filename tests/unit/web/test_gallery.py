"""What the gallery's page is given: its member's own, and files that say how they came about."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import discord
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import Job, JobStatus
from bot.domain.requests import Edit, Imagine, Request
from bot.links import GalleryLinks, GalleryPass
from bot.pictures.decoding.marks import Origin, origin_in
from bot.services import Services
from bot.ui.flows.details import Details
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.own_messages import OwnMessages
from bot.web.gallery import GalleryPage
from bot.web.server import build_app
from tests.support.makers import ANA, DAY, NO_LIMITS, make_job, make_result, picture
from tests.support.ports import ManualClock
from tests.unit.web.browser import Web

PASS = GalleryPass(ANA.id, 0, "en-US")


@pytest.fixture
def gallery_links(clock: ManualClock) -> GalleryLinks:
    return GalleryLinks("key", "https://easel.example", clock)


@pytest.fixture
def gallery(services: Services, gallery_links: GalleryLinks) -> Gallery:
    client = cast(discord.Client, None)
    served = replace(services, gallery_links=gallery_links)
    return Gallery(client, served, OwnMessages(client, services), cast(Details, None))


@pytest.fixture
async def page(gallery: Gallery, services: Services, clock: ManualClock) -> AsyncIterator[Web]:
    routes = GalleryPage(gallery, services.pictures, clock).routes()
    async with TestClient(TestServer(build_app(routes))) as client:
        yield client


async def made(services: Services, request: Request, **changes: Any) -> Job:
    """A finished picture of Ana's whose original is kept, and says nothing of how it came about."""
    job = make_job(JobStatus.DONE, actor=ANA, request=request, **changes)
    services.pictures.stock.path(f"{job.id}.png").write_bytes(picture((64, 48)))
    await services.store.admissions.admit(job, NO_LIMITS, DAY)
    result = make_result().model_copy(update={"picture": f"{job.id}.png"})
    kept = await services.store.move(job, [job.status], job.status, result=result)
    assert kept is not None
    return kept


@pytest.mark.parametrize(
    ("request_", "origin"),
    [
        (Imagine(prompt="a cat"), Origin.MADE),
        (Edit(prompt="a hat", pictures=("given.png",)), Origin.COMPOSITE),
    ],
    ids=["made", "composite"],
)
async def test_a_thumbnail_says_that_it_was_generated_where_the_relay_did_not(
    page: Web, gallery: Gallery, services: Services, request_: Request, origin: Origin
) -> None:
    address = gallery.address(PASS, await made(services, request_), 0, is_thumbnail=True)

    async with page.get(f"/gallery/file/{address}") as response:
        assert origin_in(await response.read()) is origin
