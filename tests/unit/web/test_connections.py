"""The web side open to strangers: their connections, their rubbish, their curiosity."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from bot.clock import Clock
from bot.links import CallbackLinks
from bot.web import connections as guard
from bot.web.callback import Callback
from bot.web.connections import Connections
from bot.web.health import FRESH_S, Health
from bot.web.limits import LinkLimits
from bot.web.server import build_app, serving
from bot.web.uploads import UploadError, read_form
from tests.support.ports import ManualClock, until

HALF = b"GET / HTTP/1.1\r\nHost: easel.example\r\n"
LIMIT_S = 60.0


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


@asynccontextmanager
async def served(
    *routes: web.AbstractRouteDef, most: int = 20, per_address: int = 20
) -> AsyncIterator[tuple[int, Connections]]:
    """The port of a web side that takes so many connections."""
    port, open_now = unused_port(), Connections(most, per_address)
    async with serving(build_app([web.get("/", hello), *routes]), "127.0.0.1", port, open_now):
        yield port, open_now


async def said(port: int, request: bytes) -> bytes:
    """All that is answered to some bytes, until the connection is closed from there."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    try:
        async with asyncio.timeout(LIMIT_S):
            return await reader.read()
    finally:
        writer.close()


async def status_of(port: int) -> int:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/") as response:
        return response.status


async def test_half_sent_request_is_closed_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "HEAD_LIMIT_S", 0.05)
    async with served() as (port, open_now):
        assert await said(port, HALF) == b""

        await until(lambda: not len(open_now))


async def test_silent_connection_is_closed_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "HEAD_LIMIT_S", 0.05)
    async with served() as (port, _open_now):
        assert await said(port, b"") == b""


async def test_half_of_a_second_request_is_closed_after_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served() as (port, _open_now):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(LIMIT_S):
            await reader.readuntil(b"hello")
            monkeypatch.setattr(guard, "HEAD_LIMIT_S", 0.05)
            writer.write(HALF)
            assert await reader.read() == b""
        writer.close()


async def test_connection_ends_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "LIFE_S", 1.0)  # time enough for one answer
    async with served() as (port, _open_now):
        answer = await said(port, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.endswith(b"hello")


async def test_hundreds_of_half_sent_requests_leave_room_for_a_whole_one() -> None:
    async with served() as (port, open_now):
        writers = []
        for _number in range(300):
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HALF)
            writers.append(writer)
            assert len(open_now) <= 20

        assert await status_of(port) == 200

        assert len(open_now) <= 20
        for writer in writers:
            writer.transport.abort()


async def test_request_in_work_gives_way_to_nobody() -> None:
    go_on = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await go_on.wait()
        return web.Response(text="done")

    async with served(web.get("/slow", slow), most=2) as (port, open_now):
        slow_ones = [
            asyncio.create_task(said(port, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            for _number in range(2)
        ]
        await until(lambda: sum(one.is_at_work for one in open_now) == 2)

        with pytest.raises((aiohttp.ClientError, ConnectionError)):
            await status_of(port)

        go_on.set()
        assert [answer.endswith(b"done") for answer in await asyncio.gather(*slow_ones)] == [True, True]


async def test_each_address_has_its_share() -> None:
    async with served(most=20, per_address=3) as (port, open_now):
        mine = await asyncio.open_connection("127.0.0.1", port, local_addr=("127.0.0.2", 0))
        others = [await asyncio.open_connection("127.0.0.1", port) for _number in range(10)]
        await until(lambda: len(open_now) == 4)

        mine[1].write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert (await mine[0].read()).endswith(b"hello")
        for _reader, writer in [mine, *others]:
            writer.transport.abort()


@pytest.mark.parametrize(
    "rubbish",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"HELO mail\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nbroken header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\nabcd",
    ],
)
async def test_rubbish_costs_one_quiet_line_and_learns_nothing(
    rubbish: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with served() as (port, _open_now):
        caplog.clear()
        answer = await said(port, rubbish)

    lines = [record for record in caplog.records if "listens" not in record.message]
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 "))
    assert not [word for word in (b"Server:", b"aiohttp", b"Python") if word in answer]
    assert [(record.levelno, record.exc_info) for record in lines] == [(logging.INFO, None)]


@pytest.mark.parametrize("path", ["/", "/nothing"])
async def test_no_answer_names_the_software(path: str) -> None:
    async with served() as (port, _open_now):
        answer = await said(port, f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())

    assert not [word for word in (b"Server:", b"aiohttp", b"Python") if word in answer]


async def form_answer(body: bytes, caplog: pytest.LogCaptureFixture) -> str:
    """What reading a form comes to."""

    async def take(request: web.Request) -> web.Response:
        try:
            await read_form(request, {"mask": 1000})
        except UploadError as exc:
            return web.Response(text=str(exc.sentence), status=400)
        return web.Response(text="taken")

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    app = build_app([web.post("/", take)])
    async with TestClient(TestServer(app)) as client, client.post("/", data=body, headers=headers) as response:
        assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
        return f"{response.status} {await response.text()}"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Disposition: form-data; name=mask; filename=" + b"x" * 20_000,
        b"\r\n".join(b"X-%d: y" % number for number in range(2000)),
        b"no header at all",
        b"X: \xff\xfe\x00",
        b"Content-Type: multipart/mixed; boundary=" + b"y" * 100,
    ],
)
async def test_form_with_broken_parts_is_told_in_a_sentence(head: bytes, caplog: pytest.LogCaptureFixture) -> None:
    answer = await form_answer(b"--b\r\n" + head + b"\r\n\r\nabc\r\n--b--\r\n", caplog)

    assert answer.startswith("400 The drawing")


@pytest.mark.parametrize("name", ["a" * 5_000, "%C3%A4" * 200, "a/" * 2_500, "..%2f" * 600], ids=range(4))
async def test_file_that_no_system_could_have_is_quietly_not_found(
    name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(web.static("/assets", tmp_path)) as (port, _open_now):
        answer = await said(port, f"GET /assets/{name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())

    assert answer.startswith(b"HTTP/1.1 404")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_body_that_breaks_off_is_no_fault_of_ours(clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    links, changed = CallbackLinks("key", "https://easel.example"), asyncio.Event()

    async def note(_job_id: str, _task_id: str) -> None:
        changed.set()

    callback = Callback(links, LinkLimits(clock), note)
    path = links.write("0123456789abcdef").removeprefix("https://easel.example")
    async with served(*callback.routes()) as (port, open_now):
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode())
        await until(lambda: any(one.is_at_work for one in open_now))
        writer.transport.abort()
        await until(lambda: not len(open_now))
        await until(changed.is_set)

    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_health_is_answered_from_memory_for_a_second(clock: ManualClock) -> None:
    reads: list[float] = []

    async def read() -> None:
        reads.append(clock.monotonic())

    health = Health(lambda: True, dict, read, lambda: None, clock)
    async with TestClient(TestServer(build_app(health.routes()))) as client:

        async def asked() -> int:
            async with client.get("/healthz") as response:
                return response.status

        assert set(await asyncio.gather(*(asked() for _number in range(50)))) == {200}
        assert len(reads) == 1

        clock.pass_by(FRESH_S)
        await asked()
        assert len(reads) == 2


async def test_database_that_hangs_does_not_hang_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.health.READ_LIMIT_S", 0.01)
    read: Callable[[], object] = asyncio.Event().wait
    health = Health(lambda: True, dict, read, lambda: None, Clock())  # type: ignore[arg-type]
    async with TestClient(TestServer(build_app(health.routes()))) as client, client.get("/healthz") as response:
        assert response.status == 503
