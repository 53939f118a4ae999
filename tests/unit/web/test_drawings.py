"""A drawing that comes back: what it may be, and what becomes of it."""

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from bot.domain.job import Reach
from bot.services import Services
from bot.web.region import MASK_LIMIT
from tests.support.makers import ANA, picture
from tests.unit.web.browser import SIZE, FakeDiscord, Web, ask, mask, send


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG that unfolds to a picture of this size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


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
        assert response.headers["Connection"] == "close"  # the rest is not read


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
