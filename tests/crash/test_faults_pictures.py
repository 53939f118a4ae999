"""Pictures that cannot be had, in every known way: fetched again and posted once, or told; nothing large is held."""

import asyncio
import io
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image
from yarl import URL

from bot.clock import Clock
from bot.errors import PictureError
from bot.pictures.folder import Pictures
from bot.pictures.sources import Source
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.relay import fetch
from bot.relay.fetch import PictureFetcher
from sandbox.message_view import Message, faces
from tests.e2e.studio import CAT, Ordered, Studio, open_studio
from tests.support.makers import picture
from tests.support.ports import ListedInMemory

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Previews come from such addresses as well, but their names end in the percentage.
PICTURES = "/attachments/*[0-9a-f][0-9a-f][0-9a-f][0-9a-f].png"
ENDLESS = 10_000  # times
MEGABYTE = 1_000_000
MOST_HELD = 10 * MEGABYTE  # bytes, of whatever size a picture claims to be or is


def bomb(width: int, height: int) -> bytes:
    """A small PNG that claims to be very large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(64))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def film() -> bytes:
    """A GIF of three frames."""
    frames = [Image.new("RGB", (64, 16), colour) for colour in ("red", "green", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return buffer.getvalue()


AT_FIRST: dict[str, dict[str, Any]] = {
    "404": {"status": 404, "body": "This content is no longer available."},
    "expired": {"status": 403, "body": "expired"},
    "server error": {"status": 500},
    "redirect inside": {"status": 302, "headers": {"Location": "http://169.254.169.254/latest/meta-data"}},
    "wrong type": {"status": 200, "body": {"not": "a picture"}},
    "html": {"status": 200, "body": "<html><body>Sign in</body></html>"},
    "svg": {"status": 200, "body": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"},
    "0 bytes": {"status": 200},
    "truncated": {"status": 200, "body": picture((96, 64), noise=True)[:4000]},
    "60,000 x 60,000": {"status": 200, "body": bomb(60_000, 60_000)},
    "reset": {"drop": "before"},
    "cut off": {"drop": "after"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    async with open_studio(tmp_path_factory.mktemp("pictures"), speed=60.0) as opened:
        await opened.result(await opened.imagine())  # painted once for all
        yield opened
        opened.clear_faults()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hopeless(studio: Studio) -> Ordered:
    """A job whose picture can never be had; it takes a while to give up."""
    job = await studio.imagine()
    task = await studio.running(job)
    name = studio.relay._tasks.tasks_by_id[task["id"]].job
    studio.relay_fault("GET", f"/attachments/*{name}.png", status=200, body=bomb(60_000, 60_000), times=ENDLESS)
    return job


@pytest.mark.usefixtures("hopeless")
async def test_pictures_that_cannot_be_had_at_first_are_posted_after_all(studio: Studio) -> None:
    jobs = await asyncio.gather(*(studio.imagine() for _ in AT_FIRST))
    before = len(studio.relay.wire.faults)
    for fault in AT_FIRST.values():
        studio.relay_fault("GET", PICTURES, **fault)

    results = [await studio.result(job) for job in jobs]

    assert [fault.times for fault in studio.relay.wire.faults[before:]] == [0] * len(AT_FIRST)
    for job, result in zip(jobs, results, strict=True):
        assert result["attachments"][0]["filename"] == f"easel-{job.id}.png"


async def test_a_picture_that_can_never_be_had_is_told_with_a_way_to_it(studio: Studio, hopeless: Ordered) -> None:
    def posted() -> list[Message]:
        found = [m for m in studio.messages() if f"easel:press:{hopeless.id}:0" in str(m["components"])]
        return found if studio.card(hopeless) is None else []

    (message,) = await studio.eventually(posted, "the result without its picture")

    assert "The picture could not be attached" in message["content"]
    assert studio.relay.base_url in message["content"]
    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]


async def test_an_animated_picture_stays_animated(studio: Studio) -> None:
    job = await studio.imagine(CAT)
    task = await studio.running(job)
    name = studio.relay._tasks.tasks_by_id[task["id"]].job
    studio.relay_fault("GET", f"/attachments/*{name}.png", status=200, body=film())

    message = await studio.result(job)

    stored = studio.sandbox.discord.state.message(int(message["id"]))
    assert stored is not None
    assert [(file.filename, file.data) for file in stored.attachments] == [(f"easel-{job.id}.gif", film())]


# What is too large or too slow, at the wire.


class Stream:
    """A picture server that sends as much as is taken, at its own pace."""

    def __init__(self, size: int, pause_s: float, claims: int | None) -> None:
        self.sent = 0
        self.over = asyncio.Event()
        self._size, self._pause_s, self._claims = size, pause_s, claims
        app = web.Application()
        app.router.add_get("/a.png", self._answer)
        self._server = TestServer(app)

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[tuple[PictureFetcher, str]]:
        """A fetcher that trusts this server, and the address of its picture."""
        await self._server.start_server()
        url = self._server.make_url("/a.png")
        try:
            async with PictureFetcher.opened([URL(str(url))]) as opened:
                yield opened, str(url)
        finally:
            await self._server.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={} if self._claims is None else {"Content-Length": f"{self._claims}"})
        await response.prepare(request)
        try:
            while self.sent < self._size:
                piece = bytes(MEGABYTE if self._pause_s == 0 else 1)
                await response.write(piece)
                self.sent += len(piece)
                await asyncio.sleep(self._pause_s)
        except ConnectionError:
            pass  # enough was taken
        finally:
            self.over.set()
        return response


@pytest.mark.parametrize("claims", [None, 300 * MEGABYTE], ids=["says nothing", "says so"])
@pytest.mark.parametrize(("keep", "limit"), [("keep_original", 100), ("keep_input", 25), ("preview", 25)])
async def test_three_hundred_megabytes_are_neither_taken_nor_held(
    tmp_path: Path, workers: Workers, keep: str, limit: int, claims: int | None
) -> None:
    stream = Stream(300 * MEGABYTE, 0, claims)
    async with stream.fetcher() as (fetcher, url):
        address = Source(url, is_attachment=True) if keep == "keep_input" else url
        pictures = Pictures(Stock(tmp_path, ListedInMemory(), Clock()), fetcher, workers, relay_limit=MEGABYTE)
        tracemalloc.start()
        try:
            with pytest.raises(PictureError):
                await getattr(pictures, keep)("huge", address)
            held = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        await stream.over.wait()

    assert stream.sent < (limit + 30) * MEGABYTE
    assert held < MOST_HELD
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 - one look at an empty folder


async def test_a_picture_that_drips_is_given_up_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "TIME_LIMIT_S", 0.3)
    stream = Stream(MEGABYTE, 0.02, None)
    async with stream.fetcher() as (fetcher, address):
        with pytest.raises(PictureError):
            await fetcher.fetch(address, tmp_path / "drip", is_trusted=True)
        await stream.over.wait()

    assert 0 < stream.sent < 100
