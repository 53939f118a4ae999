"""The callback: a hint from outside that moves a look forward, and nothing more."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath

import pytest
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from bot.links import CallbackLinks
from bot.web.callback import MAX_BODY_BYTES, Callback
from bot.web.limits import BURST, LinkLimits
from bot.web.server import build_app
from tests.support.ports import ManualClock

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
