"""The relay client on real sockets: what certainly never left, what may have arrived, and the table of error shapes."""

import asyncio
import base64
import contextlib
import json
import secrets
import socket
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RefusalKind, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.relay import http
from bot.relay.http import ENCODED_AT_ONCE_BYTES, Base64, RelayHttp, data_url, decode
from bot.relay.refusals import banned_word, refusal
from tests.support.loopback import Fault, Reply, ScriptedRelay

KEY = {"mj-api-secret": "the-key"}


def kind_of(status: int, body: Any) -> RefusalKind:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RelayRefusedError) as caught:
        decode(status, {}, raw)
    return caught.value.kind


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

    assert [request.path for request in relay.seen] == ["/mj/submit/imagine"]


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

    assert len(relay.seen) == 1


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


# The table of error shapes.


@pytest.mark.parametrize("label", ["application/json", "text/plain; charset=utf-8", "text/html"])
async def test_json_is_read_whatever_its_label_says(label: str) -> None:
    answer = Reply({"code": 1}, headers={"Content-Type": label})

    async with ScriptedRelay.serving(answer) as relay, RelayHttp.opened(relay.url, KEY) as client:
        assert await client.look("/mj/x") == {"code": 1}


@pytest.mark.parametrize("raw", [b"", b"  \n", b"null"])
def test_empty_success_is_none(raw: bytes) -> None:
    assert decode(200, {}, raw) is None


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        # A': the proxy's envelope with an HTTP status of its own
        (404, {"code": 3, "description": "关联任务不存在或已失效"}, RefusalKind.NOT_FOUND),
        (400, {"code": 4, "description": "validation error", "result": None, "properties": {}}, RefusalKind.INVALID),
        # B: the common gateway
        (400, {"description": "quota_not_enough ", "type": "upstream_error", "code": 4}, RefusalKind.QUOTA),
        (400, {"description": "task_not_found", "type": "upstream_error", "code": 4}, RefusalKind.NOT_FOUND),
        (400, {"description": "task_no_found ", "type": "upstream_error", "code": 4}, RefusalKind.NOT_FOUND),
        (400, {"description": "task_status_not_success", "type": "upstream_error", "code": 4}, RefusalKind.INVALID),
        (400, {"description": "system failure", "type": "upstream_error", "code": 5}, RefusalKind.FAILED),
        (429, {"description": "当前分组负载已饱和", "type": "upstream_error", "code": 30}, RefusalKind.BUSY),
        # C: OpenAI style
        (401, {"error": {"message": "invalid key (request id: 1)", "type": "new_api_error"}}, RefusalKind.AUTH),
        (401, {"error": {"message": "该令牌额度已用尽", "type": "new_api_error"}}, RefusalKind.QUOTA),
        (401, {"error": {"message": "key quota exhausted", "type": "new_api_error"}}, RefusalKind.QUOTA),
        (403, {"error": {"message": "user banned", "type": "new_api_error"}}, RefusalKind.AUTH),
        (503, {"error": {"message": "no channel for mj_upload", "code": "model_not_found"}}, RefusalKind.UNSUPPORTED),
        (503, {"error": {"message": "queue full"}}, RefusalKind.BUSY),
        (400, {"error": {"message": "unknown_action: foo", "type": "new_api_error"}}, RefusalKind.UNSUPPORTED),
        (400, {"error": {"message": "Invalid request, unreadable"}}, RefusalKind.INVALID),
        (429, {"error": {"message": "slow down", "code": "relay_admission_overloaded"}}, RefusalKind.BUSY),
        (402, {"error": {"message": "payment required"}}, RefusalKind.QUOTA),
        (403, {"error": {"message": "insufficient balance"}}, RefusalKind.QUOTA),
        # C': a sibling
        (401, {"error": {"message": "Invalid signature", "type": "401"}}, RefusalKind.AUTH),
        # D: plain text, and E: nothing at all
        (401, b"Authorization header missing.", RefusalKind.AUTH),
        (403, b"forbidden", RefusalKind.AUTH),
        (401, b"", RefusalKind.AUTH),
        (403, b"", RefusalKind.AUTH),
        (429, b"", RefusalKind.BUSY),
        (429, b"too many requests", RefusalKind.BUSY),
        (400, {"error": {"message": "The size 7x7 is not supported", "code": "invalid_size"}}, RefusalKind.INVALID),
        (
            422,
            {"detail": [{"loc": ["body", "size"], "msg": "不支持该尺寸", "type": "value_error"}]},
            RefusalKind.INVALID,
        ),
        (501, {"error": {"message": "this operation is not supported", "code": ""}}, RefusalKind.UNSUPPORTED),
        (404, b"404 page not found", RefusalKind.UNSUPPORTED),
        (404, b"<html>not found</html>", RefusalKind.UNSUPPORTED),
        # what frameworks say by themselves
        (404, {"detail": "Not Found"}, RefusalKind.UNSUPPORTED),
        (400, ["odd"], RefusalKind.INVALID),
        (400, "odd", RefusalKind.INVALID),
        (418, {}, RefusalKind.FAILED),
        (500, {"description": "invalid character '<'", "type": "upstream_error", "code": 4}, RefusalKind.INVALID),
    ],
)
def test_refusals_are_understood_in_every_shape(status: int, body: Any, kind: RefusalKind) -> None:
    assert kind_of(status, body) is kind


@pytest.mark.parametrize("status", [400, 405, 413, 415])
def test_a_page_with_a_4xx_is_a_clear_no(status: int) -> None:
    assert kind_of(status, b"<html><h1>Request Entity Too Large</h1></html>") in (
        RefusalKind.INVALID,
        RefusalKind.FAILED,
    )


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (3, "无可用的账号实例", RefusalKind.NOT_FOUND),
        (4, "prompt不能为空", RefusalKind.INVALID),
        (5, "system failure", RefusalKind.FAILED),
        (9, "系统异常", RefusalKind.FAILED),
        (9, "Queue full, try later", RefusalKind.BUSY),
        (23, "队列已满,请稍后尝试", RefusalKind.BUSY),
        (24, "可能包含敏感词", RefusalKind.BANNED),
        (24, "quota full of banned words", RefusalKind.BANNED),
        (30, "saturated", RefusalKind.BUSY),
        (4, "quota_not_enough", RefusalKind.QUOTA),
        (4, "swap face not supported", RefusalKind.UNSUPPORTED),
        (4, "该账号不支持此操作", RefusalKind.UNSUPPORTED),
        (77, "something new", RefusalKind.FAILED),
    ],
)
def test_codes_in_a_success_are_understood(code: int, text: str, kind: RefusalKind) -> None:
    no = refusal(200, code, text)

    assert isinstance(no, RelayRefusedError)
    assert no.kind is kind


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (400, 4, "Invalid parameter in: a quota of cats --foo", RefusalKind.INVALID),
        (200, 4, "Invalid parameter in: A Quota of cats --foo", RefusalKind.INVALID),
        (400, 4, "unknown word: quota", RefusalKind.INVALID),
        (400, 4, "quota_not_enough", RefusalKind.QUOTA),
        (403, None, "user quota is not enough: insufficient_user_quota", RefusalKind.QUOTA),
        (403, None, "用户额度不足", RefusalKind.QUOTA),
        (402, None, "a quota of cats", RefusalKind.QUOTA),
        (429, None, "a quota of cats", RefusalKind.BUSY),
        (401, None, "a quota of cats", RefusalKind.AUTH),
    ],
)
def test_what_a_refusal_quotes_of_the_prompt_is_not_taken_for_the_relays_words(
    status: int, code: int | None, text: str, kind: RefusalKind
) -> None:
    no = refusal(status, code, text, "a quota of cats --foo")

    assert isinstance(no, RelayRefusedError)
    assert no.kind is kind


@pytest.mark.parametrize(
    "prompt", ["a quota of cats", "billing office", "a queue full of cats", "saturated", "they do not support it"]
)
def test_an_accident_that_quotes_the_prompt_stays_unclear(prompt: str) -> None:
    raw = json.dumps({"error": {"message": f"upstream timed out: {prompt}"}}).encode()

    with pytest.raises(RelayUnclearError):
        decode(504, {}, raw, prompt)


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"error": {"message": "Request Timeout"}}', b"<html>timeout</html>"])
def test_nobody_knows_how_much_of_a_request_that_took_too_long_arrived(raw: bytes) -> None:
    with pytest.raises(RelayUnclearError):
        decode(408, {}, raw)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("999999", 3600.0),
        ("inf", 3600.0),
        ("nan", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("", None),
    ],
)
def test_retry_after_is_taken_when_it_is_seconds(header: str, seconds: float | None) -> None:
    with pytest.raises(RelayRefusedError) as caught:
        decode(429, {"Retry-After": header}, b"")

    assert caught.value.retry_after_s == seconds


def test_banned_word_comes_along() -> None:
    with pytest.raises(RelayRefusedError) as caught:
        decode(400, {}, b'{"code": 24, "properties": {"bannedWord": "nude"}}')

    assert caught.value.word == "nude"


@pytest.mark.parametrize("properties", [None, [], "x", {}, {"bannedWord": None}, {"bannedWord": ""}])
def test_banned_word_may_be_missing(properties: Any) -> None:
    assert banned_word({"code": 24, "properties": properties}) is None


KEYS = ("code", "description", "message", "error", "detail", "properties", "result", "bannedWord")
leaves = st.none() | st.booleans() | st.integers(-100, 1000) | st.sampled_from(["", "quota", "busy"])
objects = st.dictionaries(st.sampled_from(KEYS), leaves | st.fixed_dictionaries({"message": leaves}), max_size=4)


@given(
    status=st.sampled_from([200, 204, 301, 400, 401, 404, 429, 500, 502, 503]),
    value=leaves | objects | st.lists(leaves, max_size=2),
)
def test_any_json_is_an_answer_or_one_of_our_errors(status: int, value: Any) -> None:
    try:
        answer = decode(status, {}, json.dumps(value).encode())
    except (RelayRefusedError, RelayUnclearError):
        assert status >= 300
    else:
        assert answer == value


@given(status=st.sampled_from([200, 400, 401, 500, 503]), raw=st.binary(max_size=60))
def test_any_bytes_are_an_answer_or_one_of_our_errors(status: int, raw: bytes) -> None:
    try:
        decode(status, {}, raw)
    except (RelayRefusedError, RelayUnclearError):
        return
    assert status < 300


async def test_refusal_that_quotes_a_form_is_not_taken_at_its_word() -> None:
    typed = "a queue full of cats"
    told = Reply({"code": 4, "description": "the words about cats that queue full are wrong"}, 400)
    async with ScriptedRelay.serving(told) as relay, RelayHttp.opened(relay.url, KEY) as client:
        with pytest.raises(RelayRefusedError) as caught:
            await client.submit_form("/edit", {"prompt": typed})

    assert caught.value.kind is RefusalKind.INVALID


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
