"""What the gallery's page is given: its member's own, and files that say how they came about."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import discord
import pytest
from aiohttp.test_utils import TestClient, TestServer

from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus
from bot.domain.requests import Edit, Imagine, Request
from bot.links import GalleryLinks, GalleryPass
from bot.pictures.decoding.marks import Origin, origin_in
from bot.services import Services
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.details import Details
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import GalleryActs
from bot.ui.flows.gallery_orders import GalleryOrders
from bot.ui.flows.gallery_places import GalleryPlaces
from bot.ui.flows.mask_editor import MaskEditor
from bot.ui.flows.own_messages import OwnMessages
from bot.ui.flows.result_posts import ResultPosts
from bot.web.galleries import gallery_routes
from bot.web.server import build_app
from tests.support.makers import ANA, BEN, DAY, NO_LIMITS, make_job, make_result, picture
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
    places = GalleryPlaces(cast(discord.Client, None), services)
    acts = GalleryActs(services, places, cast(ResultPosts, None), cast(MaskEditor, None))
    routes = gallery_routes(gallery, acts, cast(GalleryOrders, None), Collecting(services), services.pictures, clock)
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


async def ask(page: Web, token: str, method: str, path: str, body: str = "") -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}"}
    async with page.request(method, f"/gallery/api/{path}", data=body, headers=headers) as response:
        return response.status, await response.json() if response.content_type == "application/json" else {}


async def token_of(gallery: Gallery, actor: Actor) -> str:
    return (await gallery.url(actor)).partition("#")[2]


async def test_collections_are_their_members_own(page: Web, gallery: Gallery, services: Services) -> None:
    mine, bens = await token_of(gallery, ANA), await token_of(gallery, BEN)
    job = await made(services, Imagine(prompt="a cat"))
    _status, cats = await ask(page, mine, "POST", "collections", " Cats \u202e& \n rain ")
    assert cats["name"] == "Cats & rain"
    own = f"collections/{cats['id']}"

    assert (await ask(page, mine, "POST", f"{own}/add", job.id))[0] == 200
    assert (await ask(page, bens, "PUT", own, "Dogs"))[0] == 403
    for method, path in (("POST", f"{own}/take"), ("DELETE", own)):
        await ask(page, bens, method, path, job.id)

    assert await ask(page, bens, "GET", "collections") == (200, {"collections": []})
    assert (await ask(page, bens, "GET", f"jobs?collection={cats['id']}"))[1]["entries"] == []
    _status, listed = await ask(page, mine, "GET", "collections")
    assert listed["collections"] == [{"id": cats["id"], "name": "Cats & rain", "count": 1}]
    (entry,) = (await ask(page, mine, "GET", f"jobs?collection={cats['id']}"))[1]["entries"]
    assert entry["id"] == job.id
    assert (await ask(page, mine, "GET", f"jobs/{job.id}"))[1]["collections"] == [cats["id"]]


@pytest.mark.parametrize(
    ("name", "said"), [("cats", "already have"), (" \u200b ", "1 to 60"), ("x" * 61, "1 to 60")], ids=len
)
async def test_a_name_that_is_none_or_taken_is_told(page: Web, gallery: Gallery, name: str, said: str) -> None:
    token = await token_of(gallery, ANA)
    await ask(page, token, "POST", "collections", "Cats")

    status, answer = await ask(page, token, "POST", "collections", name)

    assert (status, said in answer["text"]) == (403, True)


async def test_nothing_is_done_without_a_link_or_by_too_long_a_text(page: Web, gallery: Gallery) -> None:
    token = await token_of(gallery, ANA)

    assert (await ask(page, "", "POST", "collections", "Cats"))[0] == 401
    assert (await ask(page, token, "POST", "collections", "x" * 20_000))[0] == 413
    assert (await ask(page, token, "POST", "collections/0123456789abcdef/add", " ".join(["a"] * 201)))[0] == 403


async def test_why_a_job_came_to_nothing_is_told(page: Web, gallery: Gallery, services: Services) -> None:
    failure = Failure(kind=FailureKind.BANNED, detail="gore")
    job = make_job(JobStatus.REFUSED, actor=ANA, request=Imagine(prompt="a field of gore"), failure=failure)
    await services.store.admissions.admit(job, NO_LIMITS, DAY)

    _status, details = await ask(page, await token_of(gallery, ANA), "GET", f"jobs/{job.id}")

    assert details["text"] == (
        "The relay does not accept the word “gore”. Please change the prompt; nothing was charged."
    )
    assert details["facts"]["way"] == "Midjourney (fast)"
