"""The table of error shapes: what an answer of any status, code and body means for a request."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError
from bot.relay.http import RelayHttp, decode
from bot.relay.refusals import banned_word, refusal, refusal_in
from tests.support.loopback import Reply, ScriptedRelay

KEY = {"mj-api-secret": "the-key"}


def kind_of(status: int, body: Any) -> RefusalKind:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    with pytest.raises(RelayRefusedError) as caught:
        decode(status, {}, raw)
    return caught.value.kind


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


@pytest.mark.parametrize("value", [{"errcode": 0, "errmsg": "ok"}, {"error_code": "200", "message": "made"}])
def test_what_says_that_all_is_well_does_not_call_itself_an_error(value: dict[str, Any]) -> None:
    assert isinstance(refusal_in(value), RelayUnclearError)


@pytest.mark.parametrize("value", [{"errcode": 7, "errmsg": "hm"}, {"success": False, "message": "hm"}])
def test_what_calls_itself_an_error_is_a_clear_no(value: dict[str, Any]) -> None:
    assert isinstance(refusal_in(value), RelayRefusedError)
