"""The web side between hand-written neighbours: what a link opens, what a drawing may be, what everybody is told."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import aiohttp
import discord
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from bot.domain.job import Actor, Job, JobStatus, Reach
from bot.domain.requests import Button
from bot.errors import SettingsError
from bot.links import DRAWING_LIFE_S, Links
from bot.services import Services
from bot.storage.units import Limits
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.mask_editor import MaskEditor, RegionPress
from bot.web.health import Health
from bot.web.limits import BURST, LinkLimits
from bot.web.region import MASK_LIMIT, RegionPage
from bot.web.server import HEADERS, build_app, serving
from tests.support.makers import ANA, BEN, TASK, UUID, make_job, make_place, make_result, make_settings, picture
from tests.support.ports import ManualClock

SIZE = (64, 48)
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
PUBLIC_URL = "https://draw.example/studio"
Web = TestClient[web.Request, web.Application]


class FakeChannel:
    """A channel that takes messages until it is told to refuse."""

    def __init__(self, channel_id: int) -> None:
        self.id = channel_id
        self.sent: list[dict[str, Any]] = []
        self.refuses = False

    async def send(self, content: str, **more: Any) -> Any:
        if self.refuses:
            response = cast(Any, type("Response", (), {"status": 403, "reason": "Forbidden"}))
            raise discord.Forbidden(response, "Missing Access")
        self.sent.append({"content": content, **more})
        return type("Message", (), {"id": 7000 + len(self.sent)})


class FakeDiscord:
    """What `MaskEditor` needs of the client: one channel and one direct message."""

    def __init__(self) -> None:
        self.channel = FakeChannel(301)
        self.direct = FakeChannel(901901)

    def get_partial_messageable(self, _channel_id: int, *, guild_id: int | None) -> FakeChannel:
        assert guild_id == 201
        return self.channel

    async def create_dm(self, _user: object) -> FakeChannel:
        return self.direct


@pytest.fixture
def talk() -> FakeDiscord:
    return FakeDiscord()


@pytest.fixture
def links(clock: ManualClock) -> Links:
    return Links("key", clock)


def editor_of(services: Services, talk: FakeDiscord) -> MaskEditor:
    client = cast(discord.Client, talk)
    return MaskEditor(client, services, OriginalPictures(client, services.pictures, services.jobs.deliveries))


@pytest.fixture
def drawings(services: Services, talk: FakeDiscord) -> MaskEditor:
    return editor_of(replace(services, settings=make_settings(public_url=PUBLIC_URL, web_port=8080)), talk)


@pytest.fixture
async def parent(services: Services) -> Job:
    """A finished picture of Ana's with its original kept."""
    job = make_job(JobStatus.DONE, task_id=TASK, result_message_id=500)
    result = make_result(REGION).model_copy(update={"picture": f"{job.id}.png"})
    services.pictures._path(f"{job.id}.png").write_bytes(picture(SIZE))
    await services.store.admissions.admit(job, Limits(100, None, None), "2026-11-22")
    await services.store.update(job.id, result=result, task_id=TASK, result_message_id=500)
    return replace(job, result=result)


@pytest.fixture
async def browser(drawings: MaskEditor, links: Links, services: Services, clock: ManualClock) -> AsyncIterator[Web]:
    page = RegionPage(drawings, services.pictures, links, clock)
    async with TestClient(TestServer(build_app(page.routes()))) as client:
        yield client


@pytest.fixture
async def token(drawings: MaskEditor, parent: Job) -> str:
    """Ana's link."""
    url = await drawings.url(RegionPress(ANA, make_place(), 500), parent, 0)
    assert url is not None
    return url.partition("#")[2]


def mask(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = (8, 8, 30, 30)) -> bytes:
    """A mask with one white rectangle."""
    image = Image.new("L", size)
    image.paste(255, box)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG that unfolds to a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def form(data: bytes, **fields: str) -> aiohttp.FormData:
    body = aiohttp.FormData(fields, default_to_multipart=True)
    body.add_field("mask", io.BytesIO(data), filename="mask.png", content_type="image/png")
    return body


async def ask(browser: Web, token: str, path: str = "region") -> tuple[int, Any]:
    async with browser.get(f"/draw/api/{path}", headers={"Authorization": f"Bearer {token}"}) as response:
        return response.status, await response.json()


async def send(browser: Web, token: str, data: bytes, **fields: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with browser.post("/draw/api/region", data=form(data, **fields), headers=headers) as response:
        return response.status, await response.json()


# The prompt.


async def test_doubtful_prompt_is_asked_about_on_the_page(
    browser: Web, token: str, services: Services, talk: FakeDiscord
) -> None:
    status, asked = await send(browser, token, mask(), prompt="a harbour --stylze 50")
    nothing = await services.store.unfinished()

    sent, _answer = await send(browser, token, mask(), prompt=asked["fixed"], as_typed="yes")

    assert (status, asked["error"], asked["fixed"]) == (422, "question", "a harbour --stylize 50")
    assert nothing == []
    assert sent == 200
    assert [job.prompt for job in await services.store.unfinished()] == ["a harbour --stylize 50"]
    assert len(talk.channel.sent) == 1


async def test_slips_on_the_page_are_put_right(browser: Web, token: str, services: Services) -> None:
    status, _answer = await send(browser, token, mask(), prompt="a harbour \u2014ar 3\uff1a2\r\n at night")

    assert status == 200
    assert [job.prompt for job in await services.store.unfinished()] == ["a harbour at night --ar 3:2"]


@pytest.mark.parametrize("prompt", ["{a, b} harbour", "a harbour --repeat 20"])
async def test_prompt_for_several_jobs_starts_none_from_the_page(
    prompt: str, browser: Web, token: str, services: Services
) -> None:
    asked, _question = await send(browser, token, mask(), prompt=prompt)
    refused, why = await send(browser, token, mask(), prompt=prompt, as_typed="yes")

    assert (asked, refused, why["error"]) == (422, 403, "refused")
    assert await services.store.unfinished() == []


# The link.


async def test_a_link_stands_behind_the_public_address(drawings: MaskEditor, parent: Job) -> None:
    url = await drawings.url(RegionPress(ANA, make_place(), 500), parent, 0)

    assert url is not None
    assert url.startswith(f"{PUBLIC_URL}/draw/#")
    assert len(url) <= 512, "Discord's limit"


async def test_without_a_public_address_there_is_no_link(talk: FakeDiscord, parent: Job, services: Services) -> None:
    editor = editor_of(services, talk)

    assert await editor.url(RegionPress(ANA, make_place(), 500), parent, 0) is None


async def test_it_opens_size_prompt_and_words(browser: Web, token: str) -> None:
    status, body = await ask(browser, token)

    assert status == 200
    assert body["picture"] == {"width": 64, "height": 48}
    assert body["prompt"] == "a cat in the rain --v 7"
    assert body["texts"]["repaint"] == "Repaint"


async def test_nothing_of_the_relay_leaves(browser: Web, token: str) -> None:
    _status, body = await ask(browser, token)

    assert TASK not in str(body)
    assert UUID not in str(body)


async def test_the_picture_is_the_kept_original(browser: Web, token: str) -> None:
    async with browser.get("/draw/api/picture", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.content_type == "image/png"
        assert await response.read() == picture(SIZE)
        assert response.headers["Cache-Control"] == "no-store"


async def test_an_expired_link_is_refused_in_its_members_language(
    browser: Web, drawings: MaskEditor, parent: Job, clock: ManualClock
) -> None:
    url = await drawings.url(RegionPress(Actor(901, "zh-CN"), make_place(), 500), parent, 0)
    clock.pass_by(DRAWING_LIFE_S + 1)

    status, body = await ask(browser, str(url).partition("#")[2])

    assert (status, body["error"]) == (410, "expired")


@pytest.mark.parametrize("change", [{"member_id": BEN.id}, {"job_id": "0" * 16}, {"key": 1}, {"id": "6" * 24}])
async def test_a_ticket_that_was_never_given_out_opens_nothing(
    browser: Web, links: Links, token: str, change: dict[str, Any]
) -> None:
    """Even if somebody had the owner's key: member, job and button are those of the press."""
    forged = links.write(replace(links.read(token), **change))

    status, _body = await ask(browser, forged)

    assert status in (403, 410)


async def test_a_damaged_link_is_refused_in_the_browsers_language(browser: Web) -> None:
    headers = {"Authorization": "Bearer nonsense", "Accept-Language": "zh-TW,zh;q=0.9"}
    async with browser.get("/draw/api/region", headers=headers) as response:
        body = await response.json()

    assert (response.status, body["error"], body["locale"]) == (401, "damaged", "zh-CN")


@pytest.mark.parametrize("language", ["", "../../../etc", "de", "x" * 5000])
async def test_a_strange_language_is_english(browser: Web, language: str) -> None:
    async with browser.get("/draw/api/region", headers={"Accept-Language": language}) as response:
        assert (await response.json())["locale"] == "en-US"


async def test_a_blocked_member_is_refused(browser: Web, token: str, services: Services) -> None:
    await services.jobs.moderation.block(201, ANA.id)

    assert (await ask(browser, token))[0] == 403
    assert (await send(browser, token, mask()))[0] == 403


async def test_a_removed_picture_is_refused(browser: Web, token: str, services: Services, parent: Job) -> None:
    await services.store.update(parent.id, status=JobStatus.REMOVED)

    assert (await send(browser, token, mask()))[0] == 403


async def test_old_notes_of_links_are_swept(
    drawings: MaskEditor, parent: Job, services: Services, clock: ManualClock, token: str, links: Links
) -> None:
    old = links.read(token)
    clock.pass_by(2 * DRAWING_LIFE_S)
    await drawings.url(RegionPress(ANA, make_place(), 500), parent, 0)

    assert await services.store.notes.get(f"drawing:{old.id}") is None


# The drawing.


async def test_a_drawing_becomes_a_job_with_its_mask(
    browser: Web, token: str, services: Services, talk: FakeDiscord
) -> None:
    status, body = await send(browser, token, mask(), prompt="  a boat ")

    (job,) = services.jobs.live.waiting.values()
    kept = Image.open(io.BytesIO(await services.pictures.read(job.request.pictures[0])))
    assert (status, body) == (200, {"address": "https://discord.com/channels/201/301/7001"})
    assert (job.prompt, job.actor, job.reply_to, job.token) == ("a boat", ANA, 500, None)
    assert (kept.mode, kept.size, kept.getbbox()) == ("L", SIZE, (8, 8, 30, 30))
    assert len(talk.channel.sent) == 1


async def test_an_empty_prompt_is_the_pictures_own(browser: Web, token: str, services: Services) -> None:
    await send(browser, token, mask(), prompt=" ")

    assert [job.prompt for job in services.jobs.live.waiting.values()] == ["a cat in the rain --v 7"]


async def test_shades_become_black_and_white(browser: Web, token: str, services: Services) -> None:
    image = Image.linear_gradient("L").resize(SIZE)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")

    await send(browser, token, buffer.getvalue())

    (job,) = services.jobs.live.waiting.values()
    kept = Image.open(io.BytesIO(await services.pictures.read(job.request.pictures[0])))
    assert [shade for _count, shade in kept.getcolors() or []] == [0, 255]


@pytest.mark.parametrize(
    "data",
    [mask((63, 48)), mask((128, 96)), b"", b"GIF89a", picture(SIZE, "JPEG"), mask()[:60], bomb(), bomb(6000, 6000)],
    ids=["a pixel less", "double", "empty", "no picture", "JPEG", "cut off", "bomb", "smaller bomb"],
)
async def test_what_is_no_mask_of_this_picture_is_refused(
    browser: Web, token: str, services: Services, data: bytes
) -> None:
    status, body = await send(browser, token, data)

    assert (status, body["error"]) == (400, "mask")
    assert body["text"].endswith(".")
    assert services.jobs.live.waiting == {}


@pytest.mark.parametrize(("box", "word"), [((0, 0, 0, 0), "Nothing"), ((0, 0, 64, 48), "whole")])
async def test_an_empty_or_full_mask_is_asked_about_and_taken_when_meant(
    browser: Web, token: str, services: Services, box: tuple[int, int, int, int], word: str
) -> None:
    status, body = await send(browser, token, mask(box=box))
    assert (status, body["error"]) == (422, "doubt")
    assert word in body["text"]
    assert services.jobs.live.waiting == {}

    assert (await send(browser, token, mask(box=box), sure="yes"))[0] == 200


async def test_fifty_megabytes_are_refused_before_they_are_read(browser: Web, token: str, services: Services) -> None:
    status, body = await send(browser, token, bytes(50 * 1024 * 1024))

    assert (status, body["error"]) == (413, "too_large")
    assert services.jobs.live.waiting == {}


async def test_a_body_that_hides_its_size_is_cut_off(browser: Web, token: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="mask"; filename="m"\r\n\r\n'
        for _number in range(MASK_LIMIT // 65_536 + 2):
            yield bytes(65_536)

    headers = {"Authorization": f"Bearer {token}", "Content-Type": "multipart/form-data; boundary=x"}
    async with browser.post("/draw/api/region", data=endless(), headers=headers) as response:
        assert response.status == 413


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "multipart/form-data; boundary=zz"])
async def test_a_body_that_is_no_form_is_refused(browser: Web, token: str, kind: str) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    async with browser.post("/draw/api/region", data=b"{}", headers=headers) as response:
        assert response.status == 400


async def test_a_used_link_leads_to_its_job(browser: Web, token: str) -> None:
    await send(browser, token, mask())

    status, body = await send(browser, token, mask())

    assert (status, body["error"]) == (409, "used")
    assert body["address"].startswith("https://discord.com/channels/201/301")
    assert (await ask(browser, token))[0] == 409


async def test_sent_four_times_at_once_it_is_one_job(browser: Web, token: str, services: Services) -> None:
    answers = await asyncio.gather(*(send(browser, token, mask()) for _number in range(4)))

    assert sorted(status for status, _body in answers) == [200, 409, 409, 409]
    assert len(services.jobs.live.waiting) == 1


async def test_a_job_that_ends_without_a_result_gives_its_link_back(
    browser: Web, token: str, services: Services
) -> None:
    await send(browser, token, mask())
    (job,) = services.jobs.live.waiting.values()
    await services.jobs.controls.cancel(job)

    assert (await send(browser, token, mask()))[0] == 200


async def test_where_the_channel_refuses_it_goes_on_in_a_direct_message(
    browser: Web, token: str, services: Services, talk: FakeDiscord
) -> None:
    talk.channel.refuses = True

    status, body = await send(browser, token, mask())

    (job,) = services.jobs.live.waiting.values()
    stored = await services.store.get(job.id)
    assert (status, body["address"]) == (200, "https://discord.com/channels/@me/901901/7001")
    assert stored is not None
    assert (stored.place.reach, stored.place.channel_id, stored.reply_to) == (Reach.DM, 901901, None)


async def test_where_nobody_can_be_told_nothing_starts(
    browser: Web, token: str, services: Services, talk: FakeDiscord
) -> None:
    talk.channel.refuses = talk.direct.refuses = True

    status, body = await send(browser, token, mask())
    talk.channel.refuses = False

    assert (status, services.jobs.live.waiting) == (403, {})
    assert "nothing was sent or charged" in body["text"]
    assert (await send(browser, token, mask()))[0] == 200


# Everything that is served.


@pytest.mark.parametrize("path", ["/draw/", "/draw/assets/js/main.js", "/draw/api/region", "/nowhere"])
async def test_every_answer_has_the_security_headers(browser: Web, path: str) -> None:
    async with browser.get(path) as response:
        assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
        assert "Set-Cookie" not in response.headers
        assert not any(name.startswith("Access-Control") for name in response.headers)
        assert "Server" not in response.headers


async def test_the_page_has_nothing_inline_and_nothing_from_elsewhere(browser: Web) -> None:
    async with browser.get("/draw/") as response:
        text = await response.text()

    assert "style=" not in text
    assert "//" not in text.replace("<!doctype html>", "").replace("http://www.w3.org", "")
    assert "<script>" not in text
    assert " on" not in "".join(part.split(">")[0] for part in text.split("<button")[1:])


async def test_other_sites_may_not_send(browser: Web) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    async with browser.options("/draw/api/region", headers=headers) as response:
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", ["/draw/assets/", "/draw/assets/../region.py", "/draw/assets/%2e%2e/index.html"])
async def test_nothing_but_assets_is_served_as_assets(browser: Web, path: str) -> None:
    async with browser.get(path) as response:
        assert response.status in (403, 404)


async def test_a_link_may_not_ask_too_often(browser: Web, token: str, clock: ManualClock) -> None:
    answers = [(await ask(browser, token))[0] for _number in range(int(BURST) + 1)]
    clock.pass_by(2)

    assert answers == [200] * int(BURST) + [429]
    assert (await ask(browser, token))[0] == 200


def test_limits_forget_links_that_were_silent_longest(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.rate_limits.REMEMBERED", 2)
    limits = LinkLimits(clock)

    for name in ("a", "b", "a", "c"):
        limits.take(name)

    assert list(limits._buckets) == ["a", "c"]


async def test_a_fault_of_ours_tells_a_reference_and_no_more() -> None:
    async def broken(_request: web.Request) -> web.Response:
        raise RuntimeError("a secret")

    async with TestClient(TestServer(build_app([web.get("/", broken)]))) as client, client.get("/") as response:
        assert response.status == 500
        assert "secret" not in await response.text()


@pytest.mark.parametrize(("gateway", "database", "status"), [(True, True, 200), (False, True, 503), (True, False, 503)])
async def test_health_tells_what_stands(clock: ManualClock, gateway: bool, database: bool, status: int) -> None:
    async def read() -> None:
        if not database:
            raise OSError("gone")

    seen = clock.monotonic()
    clock.pass_by(4)
    health = Health(lambda: gateway, read, lambda: seen, clock)
    async with TestClient(TestServer(build_app(health.routes()))) as client, client.get("/healthz") as response:
        assert response.status == status
        assert await response.json() == {
            "process": True,
            "gateway": gateway,
            "database": database,
            "relay_seen_s_ago": 4.0,
        }


async def test_a_port_that_is_taken_is_one_line_for_the_owner(closed_port: int) -> None:
    with pytest.raises(SettingsError, match=f"WEB_PORT {closed_port} cannot be opened"):
        async with serving(build_app([]), "127.0.0.1", closed_port):
            pass
