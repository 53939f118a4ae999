"""The callback: a hint from outside that moves a look forward, and nothing more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from typing import cast

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from bot.links import CallbackLinks
from bot.web.callback import MAX_BODY_BYTES, Callback, _task_id
from bot.web.limits import BURST, LinkLimits
from bot.web.server import build_app
from tests.support.ports import ManualClock
from tests.support.virtual_time import in_virtual_time

JOB = "0123456789abcdef"
LINKS = CallbackLinks("the-owner's-key", "https://studio.example.com/easel/")
Hints = list[tuple[str, str]]


def path_of(job_id: str) -> str:
    return f"/callback/{PurePosixPath(LINKS.write(job_id)).name}"


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, Hints]]:
    hints: Hints = []

    async def changed(job_id: str, task_id: str) -> None:
        hints.append((job_id, task_id))

    callback = Callback(LINKS, LinkLimits(ManualClock()), changed)
    async with TestServer(build_app(callback.routes())) as server:
        yield str(server.make_url("")).rstrip("/"), hints


async def post(address: str, body: bytes, *, times: int = 1) -> list[int]:
    async with ClientSession() as session:
        return [(await session.post(address, data=body)).status for _time in range(times)]


def test_the_address_stands_below_the_public_one() -> None:
    assert LINKS.write(JOB).startswith("https://studio.example.com/easel/callback/")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (b'{"id": "1320098173412546", "status": "SUCCESS"}', "1320098173412546"),
        (b'{"id": 1320098173412546}', "1320098173412546"),
        (b'{"status": "SUCCESS"}', ""),
        (b'{"id": ["x"]}', ""),
        (b"[]", ""),
        (b"<html>", ""),
        (b"\xff\xfe", ""),
        (b"", ""),
        (b'{"id": "' + b"9" * 500 + b'"}', "9" * 64),
        (b'{"x": "' + b"9" * MAX_BODY_BYTES + b'", "id": "1"}', ""),
    ],
)
async def test_of_the_body_nothing_counts_but_an_id(body: bytes, named: str) -> None:
    async with listening() as (base, hints):
        statuses = await post(base + path_of(JOB), body)

    assert (statuses, hints) == ([204], [(JOB, named)])


@pytest.mark.parametrize("token", [JOB, "x", "a.b", path_of(JOB)[10:] + "0", path_of(JOB)[10:].swapcase()])
async def test_a_forged_address_is_not_there(token: str) -> None:
    async with listening() as (base, hints):
        statuses = await post(f"{base}/callback/{token}", b'{"id": "1"}')

    assert (statuses, hints) == ([404], [])


async def test_a_flood_moves_nothing_after_the_first_few() -> None:
    async with listening() as (base, hints):
        statuses = await post(base + path_of(JOB), b"{}", times=100)

    assert statuses == [204] * 100
    assert len(hints) == BURST


def test_a_callback_of_an_older_key_is_still_taken() -> None:
    address = CallbackLinks("old", "https://x.example").write("job-1")

    assert CallbackLinks("new", "https://x.example", ["old"]).read(address.rpartition("/")[2]) == "job-1"


class Body:
    """A body as it comes in: pieces of a size, and then nothing for ever, if it is not over."""

    def __init__(self, pieces: int, size: int, *, is_over: bool) -> None:
        self.content = self
        self.read = 0
        self._pieces, self._size, self._is_over = pieces, size, is_over

    async def iter_any(self) -> AsyncIterator[bytes]:
        for _piece in range(self._pieces):
            self.read += 1
            yield b"9" * self._size
        if not self._is_over:
            await asyncio.Event().wait()


def test_a_body_that_trickles_is_not_waited_for_without_end() -> None:
    assert in_virtual_time(_task_id(cast(web.Request, Body(3, 1, is_over=False)))) == ""


async def test_of_an_endless_body_the_beginning_is_read() -> None:
    body = Body(100, MAX_BODY_BYTES // 2, is_over=True)

    assert await _task_id(cast(web.Request, body)) == ""

    assert body.read == 2
