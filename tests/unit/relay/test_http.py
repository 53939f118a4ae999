"""The relay client on real sockets: how requests leave, what certainly never left, and what may have arrived."""

import asyncio
import base64
import contextlib
import secrets
import socket
from typing import Any

import pytest

from bot.errors import RelayNotReachedError, RelayUnclearError
from bot.relay import http
from bot.relay.http import ENCODED_AT_ONCE_BYTES, Base64, RelayHttp, data_url
from bot.relay.unrouted import ROUTED
from tests.support.loopback import Fault, Reply, ScriptedRelay

KEY = {"mj-api-secret": "the-key"}


# The way there.


@pytest.mark.parametrize("ending", ["", "/", "/mj", "/mj/"])
async def test_base_url_may_end_in_mj_or_a_slash(ending: str) -> None:
    async with ScriptedRelay.serving([]) as relay, RelayHttp.opened(relay.url + ending, KEY) as client:
        await client.look("/mj/task/list-by-condition", {"ids": []})

    assert relay.seen[0].path == "/mj/task/list-by-condition"


async def test_base_url_keeps_its_own_path() -> None:
    async with ScriptedRelay.serving({}) as relay, RelayHttp.opened(relay.url + "/gate/mj/", KEY) as client:
        await client.submit("/mj-relax/mj/submit/imagine", {})

    assert relay.seen[0].path == "/gate/mj-relax/mj/submit/imagine"


async def test_requests_carry_the_key_and_json() -> None:
    async with ScriptedRelay.serving({}) as relay, RelayHttp.opened(relay.url, KEY) as client:
        await client.submit("/mj/submit/imagine", {"prompt": "猫"})

    request = relay.seen[0]
    assert (request.method, request.body) == ("POST", {"prompt": "猫"})
    assert request.headers["mj-api-secret"] == "the-key"
    assert request.headers["Content-Type"].startswith("application/json")


def test_data_url_names_what_the_bytes_are() -> None:
    assert data_url(b"\x89PNG\r\n").prefix == "data:image/png;base64,"
    assert data_url(b"\xff\xd8\xff").prefix == "data:image/jpeg;base64,"


async def test_look_without_a_body_is_a_get() -> None:
    async with ScriptedRelay.serving({"id": "1"}) as relay, RelayHttp.opened(relay.url, KEY) as client:
        answer = await client.look("/mj/task/1/fetch")

    assert (relay.seen[0].method, answer) == ("GET", {"id": "1"})


async def test_paid_requests_never_share_a_connection() -> None:
    async with ScriptedRelay.serving({}) as relay, RelayHttp.opened(relay.url, KEY) as client:
        await client.submit("/mj/submit/imagine", {})

    assert relay.seen[0].headers["Connection"] == "close"


async def test_pictures_in_a_body_arrive_whole_and_let_others_work_while_they_are_encoded() -> None:
    pictures = [secrets.token_bytes(size) for size in (0, 1, ENCODED_AT_ONCE_BYTES, 5 * ENCODED_AT_ONCE_BYTES + 2)]
    body = {"state": "1", "base64Array": [Base64(one, "data:image/png;base64,") for one in pictures]}
    turns = 0

    async def work() -> None:
        nonlocal turns
        while not relay.seen:
            turns += 1
            await asyncio.sleep(0)

    async with ScriptedRelay.serving({"code": 1}) as relay, RelayHttp.opened(relay.url, KEY) as client:
        await asyncio.gather(work(), client.submit("/mj/submit/imagine", body))

    assert relay.seen[0].body["state"] == "1"
    sent = [url.split(",") for url in relay.seen[0].body["base64Array"]]
    assert {head for head, _tail in sent} == {"data:image/png;base64"}
    assert [base64.b64decode(tail) for _head, tail in sent] == pictures
    assert turns > 7


async def test_redirects_are_not_followed() -> None:
    elsewhere = Reply(b"<html>moved</html>", 302, {"Location": "/elsewhere"})

    async with ScriptedRelay.serving(elsewhere) as relay, RelayHttp.opened(relay.url, KEY) as client:
        with pytest.raises(RelayUnclearError):
            await client.submit("/mj/submit/imagine", {})

    assert [request.path for request in relay.seen] == ["/mj/submit/imagine", ROUTED]


# Never left, or nobody knows.


async def test_refused_connection_was_certainly_not_sent(closed_port: int) -> None:
    async with RelayHttp.opened(f"http://127.0.0.1:{closed_port}", KEY) as client:
        with pytest.raises(RelayNotReachedError):
            await client.submit("/mj/submit/imagine", {})


async def test_unknown_host_was_certainly_not_sent() -> None:
    async with RelayHttp.opened("http://relay.invalid", KEY) as client:
        with pytest.raises(RelayNotReachedError):
            await client.submit("/mj/submit/imagine", {})


async def test_failed_tls_was_certainly_not_sent() -> None:
    async with ScriptedRelay.serving({}) as relay, RelayHttp.opened(f"https{relay.url[4:]}", KEY) as client:
        with pytest.raises(RelayNotReachedError):
            await client.submit("/mj/submit/imagine", {})

    assert relay.seen == []


@pytest.mark.parametrize(
    "answer",
    [
        Fault.RESET,
        Fault.CUT,
        Reply(b'{"code": 1, "result": "12'),
        Reply(b"<html>502 Bad Gateway</html>", headers={"Content-Type": "text/html"}),
        Reply(b"<html>502 Bad Gateway</html>", 502),
        Reply(b"", 500),
        Reply(b"", 503),
        Reply({"error": {"message": "upstream timeout"}}, 503),
        Reply({"code": 500, "description": "oops"}, 500),
        Reply({"error": {"message": "upstream timed out"}}, 504),
        Reply(b"[" + b" " * http.MAX_ANSWER_BYTES + b"]"),
        Reply(b"[" * 100_000),
        Reply(b"\xff\xfe\x00"),
    ],
    ids=lambda answer: str(answer)[:50],
)
async def test_submit_without_a_readable_answer_may_have_arrived(answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, RelayHttp.opened(relay.url, KEY) as client:
        with pytest.raises(RelayUnclearError):
            await client.submit("/mj/submit/imagine", {})

    assert [request.path for request in relay.seen if request.method == "POST"] == ["/mj/submit/imagine"]


async def test_silence_ends_at_the_time_limit_as_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SUBMIT_TIME_LIMIT_S", 0.05)

    async with ScriptedRelay.serving(Fault.STALL) as relay, RelayHttp.opened(relay.url, KEY) as client:
        with pytest.raises(RelayUnclearError):
            await client.submit("/mj/submit/imagine", {})


def test_submits_wait_longer_than_common_gateways_do() -> None:
    assert http.SUBMIT_TIME_LIMIT_S > 70 > http.LOOK_TIME_LIMIT_S


async def test_one_slow_submit_does_not_hold_up_another() -> None:
    async with ScriptedRelay.serving(Fault.STALL, {"code": 1}) as relay, RelayHttp.opened(relay.url, KEY) as client:
        slow = asyncio.create_task(client.submit("/mj/submit/imagine", {}), name="slow")
        await relay.arrived.wait()
        answer = await client.submit("/mj/submit/imagine", {})
        slow.cancel()

    assert answer == {"code": 1}


async def test_connection_that_never_stood_was_certainly_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT_TIME_LIMIT_S", 0.05)
    with contextlib.ExitStack() as stack:
        silent = stack.enter_context(socket.socket())
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        for _each in range(4):  # fill its queue: what comes then is neither taken nor refused
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(silent.getsockname())

        async with RelayHttp.opened(f"http://127.0.0.1:{silent.getsockname()[1]}", KEY) as client:
            with pytest.raises(RelayNotReachedError):
                await client.submit("/mj/submit/imagine", {})


async def test_answer_that_is_too_large_was_one() -> None:
    long = Reply(b"[" + b" " * 100 + b"]")
    async with ScriptedRelay.serving(long) as relay, RelayHttp.opened(relay.url, KEY, max_answer_bytes=50) as client:
        with pytest.raises(RelayUnclearError) as caught:
            await client.submit("/mj/submit/imagine", {})

    assert caught.value.answered


def test_whatever_was_written_is_known_however_deep_it_stands() -> None:
    body = {"prompt": "a cat", "words": ["a dog", {"more": ("a bird", 7)}]}

    assert http.written_in(body).splitlines() == ["a cat", "a dog", "a bird", "7"]
