"""Envelopes, ids, lists and reasons, read in whatever shape a relay writes them."""

from typing import Any

import pytest

from bot.domain.job import FailureKind
from bot.domain.outcomes import (
    Failed,
    Refused,
)
from bot.domain.requests import Imagine
from bot.errors import RelayRefusedError
from bot.relay.answers import find_pictures, find_task_id, find_tasks, loads
from bot.relay.meanings import Meaning, meaning_of, readable
from bot.relay.refusals import refusal_in
from tests.support.loopback import ScriptedRelay
from tests.support.makers import TASK, make_job
from tests.support.relay_calls import midjourney, submit_to, task


@pytest.mark.parametrize(
    "value",
    [
        {"message": "bad shape"},
        {"msg": "bad shape", "code": 400},
        {"error": "bad shape"},
        {"error": {"message": "bad shape"}},
        {"error": {"msg": "bad shape"}},
        {"errors": ["bad shape"]},
        {"errors": [{"message": "bad shape"}]},
        {"detail": "bad shape"},
        {"detail": [{"msg": "bad shape"}]},
        {"error_code": 7, "error_msg": "bad shape"},
        {"code": 7, "data": {"message": "bad shape"}},
        {"success": False, "description": "bad shape"},
        {"code": 7, "data": None, "error_message": "bad shape"},
    ],
    ids=str,
)
async def test_an_error_is_read_under_all_its_names(value: Any) -> None:
    no = refusal_in(value)

    assert isinstance(no, RelayRefusedError)
    assert no.text == "bad shape"
    outcome, _relay = await submit_to(value)
    assert isinstance(outcome, Refused)
    assert outcome.failure.detail == "bad shape"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("17958667129788961.0", 17958667129788961),
        ("1.795866712978896e15", 1795866712978896),
        ("0.31", 0.31),
        ("1e400", float("inf")),
    ],
)
def test_whole_floats_keep_all_their_digits(raw: str, value: float) -> None:
    assert loads(raw) == value


@pytest.mark.parametrize("value", [None, 7, "x", [], [7], {}, {"result": True}, {"result": "success"}, {"data": {}}])
def test_what_names_no_task_has_no_id(value: Any) -> None:
    assert find_task_id(value) == ""


@pytest.mark.parametrize("value", [None, 7, "x", {}, {"code": 4, "description": "x"}])
def test_what_is_no_list_has_no_tasks(value: Any) -> None:
    assert find_tasks(value) is None


def test_inputs_and_links_to_look_at_are_no_pictures() -> None:
    answer = {"status_url": "https://q.example/1", "prompt": "https://x.example/a.png", "urls": {"get": "https://q/1"}}

    assert find_pictures(answer) == []


# Reasons.


@pytest.mark.parametrize(
    "reason",
    [
        "Image denied by moderators",
        "[Banned prompt detected] ...",
        "图片审核不通过",
        "提示词包含敏感词",
        "内容违规",
        "Potential NSFW content detected",
        "Your request was rejected as a result of our safety system",
        "prompt moderation: blocked",
        "圖片審核失敗",
        "Filtered by Midjourney's image filters",
        "画像は不適切なコンテンツとして拒否されました",
    ],
)
async def test_a_moderated_end_is_one_in_every_language(reason: str) -> None:
    job = make_job(task_id=TASK, request=Imagine(prompt="a cat --no nsfw"))
    answer = [task(id=TASK, status="FAILURE", failReason=reason)]
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        assert (await engine.look([job]))[job.id] == Failed(reason, FailureKind.POLICY)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("任务超时", Meaning.TIMEOUT),
        ("Invalid parameter: --foo", Meaning.PARAMETER),
        ("队列已满", Meaning.QUEUE_FULL),
        ("无可用的账号实例", Meaning.NO_ACCOUNT),
        ("余额不足", Meaning.CREDIT),
        ("Invalid link", Meaning.LINK),
        ("取消任务", Meaning.CANCELLED),
        ("who knows", None),
    ],
)
def test_reasons_are_understood(text: str, meaning: Meaning | None) -> None:
    assert meaning_of(text) is meaning


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>x</body></html>", "502 Bad Gateway"),
        ("<html><body><h1>Oops</h1><script>alert(1)</script></body></html>", "Oops"),
        ("a\x1b[31mred\n2026-01-01 ERROR forged", "a [31mred 2026-01-01 ERROR forged"),
        ('{"error": {"message": "it broke"}}', "it broke"),
        ("a &lt; b", "a < b"),
        ("x" * 1000, "x" * 299 + "…"),
    ],
)
def test_reasons_are_readable(text: str, shown: str) -> None:
    assert readable(text) == shown
