"""Answers to submits in shapes of their own: nothing paid is called a failure, nothing is paid twice.

Sources of the shapes: docs/relay.md 3, 4, 5 and 11 (new-api, midjourney-proxy, evolink, apimart, jimeng-api).
"""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.job import FailureKind, Job, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Refused,
    Uncertain,
)
from bot.domain.requests import Action, Button, Imagine
from bot.errors import RefusalKind, RelayRefusedError
from bot.relay.refusals import refusal
from tests.support.loopback import Reply, ScriptedRelay, Seen
from tests.support.makers import TASK, UUID, make_action, make_job, picture
from tests.support.painting import submitted
from tests.support.relay_calls import ID, engines, known, midjourney, paid, submit_to, task


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 200, "description": "success", "result": ID},
        {"code": 0, "result": ID},
        {"code": "success", "data": {"task_id": ID}},
        {"code": 1, "result": float(ID)},
        {"code": "1", "data": {"taskId": ID}},
        {"code": 22, "message": "queued", "data": ID},
    ],
)
async def test_a_yes_is_a_yes_in_every_shape(answer: Any) -> None:
    outcome, relay = await submit_to(Reply(answer, 202))

    assert outcome == Accepted(ID)
    assert len(relay.seen) == 1


UNCLEAR = [
    {"code": 4, "description": "accepted_state_unknown; do not retry", "result": ID},
    {"code": 4, "description": "idempotency_conflict", "result": ID},
    {"code": 4, "description": "insert_midjourney_task_failed", "result": ID},
    {"code": 77, "description": "submitted to the pool", "result": ID},
    {"result": ID},
    {"status": "pending", "id": ID},
    {"code": 1, "description": "提交成功", "result": {"id": ID}},
    {"success": True, "code": 201, "result": [{"task_id": int(ID)}]},
]


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("answer", UNCLEAR, ids=str)
async def test_what_is_neither_yes_nor_no_is_looked_up_by_the_id_that_it_names(answer: Any, status: int) -> None:
    if status == 400 and answer not in UNCLEAR[:3]:
        return  # a plain refusal by its status
    outcome, relay = await submit_to(known(Reply(answer, status)))

    assert outcome == Accepted(ID)
    assert len(paid(relay)) == 1


@pytest.mark.parametrize("answer", UNCLEAR, ids=str)
async def test_it_stays_uncertain_where_the_relay_does_not_know_that_task(answer: Any) -> None:
    outcome, relay = await submit_to(known(answer, found=False))

    assert isinstance(outcome, Uncertain)
    assert outcome.was_answered
    assert len(paid(relay)) == 1


async def test_another_ones_task_is_not_taken_for_ours() -> None:
    def answer(seen: Seen) -> Any:
        return UNCLEAR[0] if seen.method == "POST" else task(id=ID, state="another's")

    outcome, _relay = await submit_to(answer)

    assert isinstance(outcome, Uncertain)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 4, "description": "accepted_state_unknown; do not retry"},
        Reply({"description": "insert_midjourney_task_failed", "type": "upstream_error", "code": 4}, 400),
        Reply({"error": {"message": "idempotency_conflict", "type": "new_api_error"}}, 409),
        Reply({"code": 4, "msg": "任务状态未知\uff0c请勿重试"}, 400),
        Reply({"errors": [{"message": "do not retry"}]}, 500),
        Reply(b"<html>200 OK</html>"),
        Reply({"message": "Moved"}, 302),
        {"code": 500, "msg": "internal"},
        {"code": 9, "description": "upstream request timed out"},
        Reply(b"", 499 + 1),
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "job",
    [
        make_job(task_id=None, request=Imagine(prompt="an image", pictures=("one",))),
        make_action("change::VARIATION::3", task_id=None),
        make_action(f"MJ::Job::PromptAnalyzer::1::{UUID}", task_id=None),
    ],
    ids=["pictures", "change", "pick"],
)
async def test_no_second_paid_call_follows_what_is_no_clear_no(answer: Any, job: Job) -> None:
    if isinstance(job.request, Action):
        job = job.with_(request=job.request.model_copy(update={"answer": "a dog"}))
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay, one=picture()) as engine:
        outcome = await engine.submit(job)

    assert isinstance(outcome, Uncertain)
    assert len(paid(relay)) == 1


@pytest.mark.parametrize("code", [4, 9])
@pytest.mark.parametrize(
    "text",
    [
        "Accepted, but state is unknown",
        "accepted-state-unknown",
        "Task may have been submitted, please do not re-submit",
        "It was accepted, but its state could not be determined",
        "Duplicate request",
        "Idempotency-Key conflict",
        "任務狀態未知\uff0c請勿重試",
        "任务可能已提交\uff0c请不要重新提交",
        "请求已受理\uff0c状态不明",
        "タスクは受け付けられましたが\u3001状態は不明です",
        "Задача принята, не повторяйте",
        "EOF",
        "read tcp 10.0.0.1:443: connection reset by peer",
        "do_request_failed",
        "unmarshal_response_body_failed",
        "bad response status code 504",
        "请求超时",
    ],
)
async def test_what_may_have_been_taken_is_uncertain_in_every_language(code: int, text: str) -> None:
    for job in (make_job(task_id=None), make_action("change::VARIATION::3", task_id=None)):
        outcome, relay = await submit_to({"code": code, "description": text}, job)
        assert isinstance(outcome, Uncertain), text
        assert len(paid(relay)) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"message": "Task submitted, please wait"},
        {"code": 77, "description": "提交成功"},
        {"status": "ok", "msg": "queued for processing"},
        {"code": 1700, "message": "request accepted"},
    ],
    ids=str,
)
async def test_what_sounds_like_a_yes_is_no_refusal(answer: Any) -> None:
    outcome, relay = await submit_to(answer)
    assert isinstance(outcome, Uncertain)
    assert len(paid(relay)) == 1
    for make, job in engines():
        outcome, _seen = await submitted(make, job, answer)
        assert isinstance(outcome, Uncertain), (job.engine, outcome)


@pytest.mark.parametrize("text", ["The task could not be accepted", "submit failed", "提交失败", "未提交成功"])
async def test_what_sounds_like_a_no_is_one(text: str) -> None:
    outcome, _relay = await submit_to({"code": 77, "description": text})

    assert isinstance(outcome, Refused)


@pytest.mark.parametrize("text", ["prompt too long", "duplicate parameter --ar", "图片下载超时", "--ar is given twice"])
async def test_what_was_certainly_not_sent_is_refused(text: str) -> None:
    outcome, _relay = await submit_to({"code": 4, "description": text})

    assert isinstance(outcome, Refused)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"code":1,"result":"%b"}\n{"progress":1}\n',
        b'data: {"code":1,"result":"%b"}\n\n',
        b'\xef\xbb\xbf{"code":"1.0","result":"%b"}',
        '{"code":" 1 ","description":"提交成功","result":"%b"}'.encode("gbk"),
        b'{"code":1,"jobId":"%b"}',
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
async def test_a_yes_is_read_however_it_is_written(raw: bytes, pack: Callable[[bytes], bytes]) -> None:
    outcome, _relay = await submit_to(Reply(pack(raw % ID.encode()), headers={"Content-Type": "text/html"}))

    assert outcome == Accepted(ID)


@pytest.mark.parametrize("answer", [ID, int(ID), [ID], {"code": 1, "result": [ID]}, [{"code": 77, "result": ID}]])
async def test_an_id_without_its_envelope_is_looked_up(answer: Any) -> None:
    outcome, relay = await submit_to(known(Reply(answer)))

    assert outcome == Accepted(ID)
    assert len(paid(relay)) == 1


@pytest.mark.parametrize("answer", [{"code": 1, "result": 0}, {"code": 1, "result": -1}, {"code": 1, "result": "0"}])
async def test_a_number_that_is_no_id_is_none(answer: Any) -> None:
    outcome, _relay = await submit_to(answer)

    assert isinstance(outcome, Uncertain)


@pytest.mark.parametrize("text", ["invalid image parameter", "bad request about an image", "quota of images"])
async def test_a_refused_value_is_not_sent_another_way(text: str) -> None:
    job = make_job(task_id=None, request=Imagine(prompt="an image, a quota of images", pictures=("one",)))
    async with (
        ScriptedRelay.serving({"code": 4, "description": text}) as relay,
        midjourney(relay, one=picture()) as one,
    ):
        outcome = await one.submit(job)

    assert isinstance(outcome, Refused)
    assert len(relay.seen) == 1


async def test_a_press_of_a_button_keeps_its_answer_when_it_is_looked_up() -> None:
    button = Button(custom_id=f"MJ::JOB::upsample::1::{UUID}")
    job = make_job(task_id=None, request=Action(button=button, parent_task_id=TASK))
    outcome, relay = await submit_to(known(UNCLEAR[3]), job)

    assert outcome == Accepted(ID)
    assert len(paid(relay)) == 1


# What a member typed.


@pytest.mark.parametrize("typed", ["quota", "积分不足 余额 quota credit", "queue full", "model_not_found"])
async def test_what_a_member_typed_is_never_the_relays_own_word(typed: str) -> None:
    refused = Reply({"error": {"message": f"unknown model: {typed}", "code": "bad"}}, 400)
    for make, job in engines():
        typing = job.request.model_copy(update={"options": {"model": typed}})
        outcome, _seen = await submitted(make, job.with_(request=typing), refused)
        assert isinstance(outcome, Refused), outcome
        assert outcome.failure.kind in (FailureKind.INVALID, FailureKind.RULE)  # the relay's no, or ours before it


@pytest.mark.parametrize(
    "text",
    ["积分不足", "您的积分不足\uff0c请充值", "余额不足", "点数不足", "次数已用完", "insufficient credits", "账户欠费"],
)
async def test_being_out_of_credit_is_understood_in_chinese_too(text: str) -> None:
    for make, job in engines():
        outcome, _seen = await submitted(make, job, Reply({"code": -1000, "message": text}, 500))
        assert outcome == Busy(Wait.CREDIT, 60.0)
    outcome, _relay = await submit_to({"code": 4, "description": text})
    assert outcome == Busy(Wait.CREDIT, 60.0)


# What is not offered.


@pytest.mark.parametrize(
    ("status", "code", "text", "kind"),
    [
        (200, -1000, "不支持的参数: size", RefusalKind.INVALID),
        (400, -1000, "不支持的参数: size", RefusalKind.INVALID),
        (200, 4, "该任务不支持重新生成", RefusalKind.INVALID),
        (200, 4, "当前账号不支持 remix\uff0c请开启 remix 功能", RefusalKind.INVALID),
        (200, 4, "服务不支持", RefusalKind.INVALID),
        (400, 4, "aspect ratio 7:1 is not supported", RefusalKind.INVALID),
        (200, 4, "this resolution is not supported for the operation", RefusalKind.INVALID),
        (200, 4, "不支持该操作", RefusalKind.UNSUPPORTED),
        (200, 4, "换脸功能未开放", RefusalKind.UNSUPPORTED),
        (400, None, "unknown_action: foo", RefusalKind.UNSUPPORTED),
        (503, None, "no available channel for mj_imagine", RefusalKind.UNSUPPORTED),
        (503, None, "当前分组下无可用渠道", RefusalKind.UNSUPPORTED),
        (404, None, "page not found", RefusalKind.UNSUPPORTED),
        (501, None, "", RefusalKind.UNSUPPORTED),
    ],
)
def test_only_a_clear_word_about_the_operation_says_that_it_is_not_offered(
    status: int, code: int | None, text: str, kind: RefusalKind
) -> None:
    no = refusal(status, code, text)

    assert isinstance(no, RelayRefusedError)
    assert no.kind is kind
