"""What relays answer in shapes of their own: nothing paid is called a failure, nothing is paid twice.

Sources of the shapes: docs/relay.md 3, 4, 5 and 11 (new-api, midjourney-proxy, evolink, apimart, jimeng-api).
"""

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from yarl import URL

from bot.domain.addresses import at_relay, is_open_to_all, resolved
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Failed,
    Finished,
    Missing,
    Observation,
    Refused,
    SubmitOutcome,
    Succeeded,
    Uncertain,
    Unread,
    Working,
)
from bot.domain.requests import Action, Button, Imagine
from bot.errors import RefusalKind, RelayRefusedError, RelayUnclearError
from bot.relay.answers import find_pictures, find_task_id, find_tasks, loads
from bot.relay.fal import Fal
from bot.relay.ideogram import Ideogram
from bot.relay.jimeng import Jimeng
from bot.relay.kling import Kling
from bot.relay.meanings import Meaning, meaning_of, readable
from bot.relay.midjourney import LIST_TRIES, NO_LIST_FOR_S
from bot.relay.midjourney_models import read_task
from bot.relay.refusals import refusal, refusal_in
from bot.ui.text.job_lines import failure_sentence
from tests.support.loopback import Fault, Reply, ScriptedRelay, Seen
from tests.support.makers import TASK, UUID, make_action, make_job, picture, png_url
from tests.support.painting import Shelf, opened, paint_job, submitted
from tests.unit.relay.test_midjourney import midjourney, task

ID = "1795866712978896"
SUBMITS = ("/submit/", "/images/generations", "/ideogram/", "/fal-ai/", "/kling/")


def paid(relay: ScriptedRelay) -> list[str]:
    """The paths of the calls that a relay would charge."""
    return [seen.path for seen in relay.seen if seen.method == "POST" and "list-by-condition" not in seen.path]


def known(submit: Any, *, found: bool = True, **changes: Any) -> Any:
    """A relay that answers each submit so, and knows its task or not."""

    def answer(seen: Seen) -> Any:
        if seen.method == "POST":
            return submit
        return task(id=seen.path.split("/")[-2], status="IN_PROGRESS", state="", **changes) if found else Reply(b"")

    return answer


async def submit_to(answer: Any, job: Job | None = None) -> tuple[SubmitOutcome, ScriptedRelay]:
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        return await engine.submit(job or make_job(task_id=None)), relay


# Submits of Midjourney.


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


# The other engines.


def engines() -> list[tuple[Any, Job]]:
    return [
        (lambda http, shelf: Jimeng(http, shelf, ["jimeng-4.0"]), paint_job("jimeng", "generate")),
        (Ideogram, paint_job("ideogram", "generate")),
        (lambda http, shelf: Fal(http, shelf, ["flux"], {}), paint_job("fal", "generate")),
        (Kling, paint_job("kling", "imagine")),
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"created": 1},
        {"ok": 1, "who": "knows"},
        Reply(b"<html>fine</html>"),
        Reply({"error": {"message": "accepted_state_unknown; do not retry"}}, 400),
        Reply({"message": "already submitted"}, 409),
        Reply(b"", 202),
    ],
    ids=str,
)
async def test_a_paid_answer_that_nobody_understands_is_uncertain(number: int, answer: Any) -> None:
    make, job = engines()[number]
    outcome, seen = await submitted(make, job, answer)

    assert isinstance(outcome, Uncertain)
    assert outcome.was_answered
    assert len([one for one in seen if one.method == "POST"]) == 1


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize(
    "answer",
    [
        {"data": [{"url": "https://i.example/1.png"}]},
        {"images": [{"url": "https://i.example/1.png"}]},
        {"output": ["https://i.example/1.png"]},
        {"code": 0, "data": {"images": ["https://i.example/1.png"]}},
        {"result": {"image_url": "https://i.example/1.png"}},
        {"data": [{"b64_json": ""}, {"url": "/files/1.png"}]},
    ],
    ids=str,
)
async def test_pictures_are_found_in_every_shape(number: int, answer: Any) -> None:
    make, job = engines()[number]
    outcome, _seen = await submitted(make, job, answer)

    assert isinstance(outcome, Finished)
    assert outcome.result.image_url.endswith("/1.png")


PENDING = [
    {"id": "task-unified-1", "object": "image.generation.task", "status": "pending"},  # evolink
    Reply({"task_id": "task-unified-1"}, 202),  # HopBase
    {"code": 200, "data": [{"status": "submitted", "task_id": "task-unified-1"}]},  # apimart
    {"task_id": "task-unified-1", "message": "Task submitted"},
]


@pytest.mark.parametrize("answer", PENDING, ids=str)
async def test_jimeng_takes_the_task_of_an_asynchronous_gateway(answer: Any) -> None:
    make, job = engines()[0]
    outcome, seen = await submitted(make, job, answer)

    assert outcome == Accepted("task-unified-1")
    assert len(seen) == 1


async def seen_by_jimeng(*answers: Any) -> tuple[Observation, list[str]]:
    make, job = engines()[0]
    async with ScriptedRelay.serving(*answers) as relay, opened(make, relay, Shelf()) as engine:
        observed = await engine.observe(job.with_(task_id="t-1"))
    return observed, [seen.path for seen in relay.seen]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": "processing", "progress": 31}, Working(31)),
        ({"data": {"status": "pending", "progress": "31%"}}, Working(31)),
        ({"status": "failed", "error": {"message": "it broke"}}, Failed("it broke")),
        ({"status": "failed", "error": "内容审核不通过"}, Failed("内容审核不通过", FailureKind.POLICY)),
    ],
)
async def test_jimeng_looks_where_such_gateways_tell(answer: Any, expected: Observation) -> None:
    assert await seen_by_jimeng(answer) == (expected, ["/v1/tasks/t-1"])


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "completed", "results": ["https://i.example/1.png"]},
        {"data": {"status": "completed", "result": {"images": [{"url": ["https://i.example/1.png"]}]}}},
        {"id": "t-1", "status": "succeeded", "data": [{"url": "https://i.example/1.png"}]},
    ],
)
async def test_jimeng_finds_the_pictures_of_a_task_that_is_done(answer: Any) -> None:
    observed, paths = await seen_by_jimeng(Reply(b"404 page not found", 404), answer)

    assert isinstance(observed, Succeeded)
    assert observed.result.image_url == "https://i.example/1.png"
    assert paths == ["/v1/tasks/t-1", "/v1/images/t-1"]


async def test_a_task_that_no_route_knows_is_missing() -> None:
    assert (await seen_by_jimeng(Reply(b"404 page not found", 404)))[0] == Missing()


async def test_kling_takes_an_answer_whose_envelope_is_gone() -> None:
    outcome, seen = await submitted(Kling, engines()[3][1], {"data": {"task_id": "77"}})

    assert (outcome, len(seen)) == (Accepted("77"), 1)


async def test_kling_looks_up_an_id_beside_a_code_that_nobody_knows() -> None:
    def answer(seen: Seen) -> Any:
        found = {"code": 0, "data": {"task_id": "77", "task_status": "processing"}}
        return {"code": 42, "message": "hm", "data": {"task_id": "77"}} if seen.method == "POST" else found

    outcome, seen = await submitted(Kling, engines()[3][1], answer)

    assert (outcome, [one.method for one in seen]) == (Accepted("77"), ["POST", "GET"])


# What a member typed.


@pytest.mark.parametrize("typed", ["quota", "积分不足 余额 quota credit", "queue full", "model_not_found"])
async def test_what_a_member_typed_is_never_the_relays_own_word(typed: str) -> None:
    refused = Reply({"error": {"message": f"unknown model: {typed}", "code": "bad"}}, 400)
    for make, job in engines():
        typing = job.request.model_copy(update={"options": {"model": typed}})
        outcome, _seen = await submitted(make, job.with_(request=typing), refused)
        assert isinstance(outcome, Refused), outcome
        assert outcome.failure.kind is FailureKind.INVALID


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


# Statuses, addresses and reasons.


@pytest.mark.parametrize("status", [" success ", "Complete", "finished", "OK", "已完成", "成功", "ready"])
def test_a_finished_task_is_known_by_any_word_for_it(status: str) -> None:
    seen = seen_as(status=status)

    assert isinstance(seen, Succeeded)
    assert seen.settled


@pytest.mark.parametrize("status", ["失败", "任务失败", "Time Out", "cancelled by user", "aborted", "expired"])
def test_a_failed_task_is_known_by_any_word_for_it(status: str) -> None:
    assert seen_as(status=status) == Failed("")


@pytest.mark.parametrize("status", ["NSFW", "审核不通过", "flagged"])
def test_a_task_that_is_held_back_is_known_by_any_word_for_it(status: str) -> None:
    assert seen_as(status=status) == Failed("", FailureKind.POLICY)


def seen_as(**changes: Any) -> Observation:
    read = read_task(task(failReason="", imageUrl="https://i.example/1.png") | changes)
    assert read is not None
    return read.observation()


BYTES = png_url(picture(noise=True))


@pytest.mark.parametrize(
    "address",
    [
        {"url": "https://i.example/1.png"},
        ["https://i.example/1.png", "https://i.example/2.png"],
        '["https://i.example/1.png"]',
        "https://i.example/1.png,https://i.example/2.png",
        "![picture](https://i.example/1.png)",
        "<img src='https://i.example/1.png'>",
        "//i.example/1.png",
    ],
    ids=str,
)
async def test_a_picture_is_found_in_every_form_of_its_address(address: Any) -> None:
    seen, _shelf = await look_at({"imageUrl": address})

    assert isinstance(seen, Succeeded)
    assert (seen.result.image_url, seen.settled) == ("https://i.example/1.png", True)


@pytest.mark.parametrize(
    "address",
    [
        BYTES.replace("data:", "DATA:"),
        BYTES.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D"),
        BYTES.partition(",")[2],
        "data:image/png;charset=utf-8;base64,\n" + BYTES.partition(",")[2],
        BYTES[: len("data:image/png;base64,") + 2001],
    ],
    ids=["loud", "url-encoded", "bare", "lines", "cut off"],
)
async def test_bytes_are_read_in_every_form_of_their_address(address: str) -> None:
    seen, made = await look_at({"imageUrl": address})

    assert isinstance(seen, Succeeded)
    assert seen.result.picture is not None
    assert made[0].startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["url", "image", "images", "imageUrls", "result", "output"])
async def test_a_paid_success_whose_picture_stands_elsewhere_is_not_empty(name: str) -> None:
    seen, _shelf = await look_at({"imageUrl": "", name: ["https://i.example/1.png"]})

    assert isinstance(seen, Succeeded)
    assert seen.result.image_url == "https://i.example/1.png"
    assert not seen.settled  # the relay's next copy may have it in its own place


async def look_at(changes: Any) -> tuple[Observation, list[bytes]]:
    job, shelf = make_job(), Shelf()
    async with ScriptedRelay.serving([task(id=TASK) | changes]) as relay, midjourney(relay) as engine:
        engine._pictures = shelf
        return (await engine.look([job]))[job.id], list(shelf.made.values())


async def test_an_older_copy_of_a_task_hides_its_end_nowhere() -> None:
    job = make_job()
    rows = [task(id=TASK), task(id=TASK, status="IN_PROGRESS")]
    async with ScriptedRelay.serving(rows) as relay, midjourney(relay) as engine:
        assert isinstance((await engine.look([job]))[job.id], Succeeded)


@pytest.mark.parametrize(
    "text",
    [
        "Your prompt may violate our policies",
        "Prompt blocked",
        "flagged",
        "Trust & Safety",
        "該提示詞被封鎖",
        "违反社区规定",
        "プロンプトが禁止されています",
        "Изображение отклонено модераторами",
        "이미지가 정책에 위반됩니다",
        "Conteúdo bloqueado",
    ],
)
def test_moderation_is_understood_in_every_language(text: str) -> None:
    assert seen_as(status="FAILURE", failReason=text) == Failed(text, FailureKind.POLICY)


@pytest.mark.parametrize(
    "text", ["null", "任务执行失败", "生成失败\uff0c请重试", "[object Object]", "Unknown error", "失败"]
)
def test_a_reason_that_says_nothing_is_not_shown(text: str) -> None:
    job = make_job(JobStatus.FAILED, failure=Failure(kind=FailureKind.RELAY, detail=text))

    assert failure_sentence(job).render() == "The relay gave up without a reason. You can try again."


@pytest.mark.parametrize(
    "text",
    [
        "&lt;html&gt;&lt;body&gt;bad",
        'Traceback (most recent call last):\n  File "/app/x.py"',
        "<?xml version='1'?><Error/>",
    ],
)
def test_no_source_of_a_page_or_program_is_shown(text: str) -> None:
    job = make_job(JobStatus.FAILED, failure=Failure(kind=FailureKind.RELAY, detail=text))

    assert failure_sentence(job).render().startswith("The relay itself is in trouble")


# Error envelopes.


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


# Lists.


def many(*ids: str, **changes: Any) -> list[Any]:
    return [task(id=one, status="IN_PROGRESS", progress="31%", imageUrl="", **changes) for one in ids]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tasks: tasks,
        lambda tasks: {"data": tasks},
        lambda tasks: {"code": 1, "result": tasks},
        lambda tasks: {"code": 0, "data": {"list": tasks, "total": 2}},
        lambda tasks: {"data": {"records": tasks, "current": 1, "pages": 1}},
        lambda tasks: {"page": {"content": tasks}},
        lambda tasks: {"items": tasks, "next": None},
        lambda tasks: {one["id"]: one for one in tasks},
    ],
)
async def test_a_list_is_read_in_every_wrapping(wrap: Any) -> None:
    jobs = [make_job(task_id=one) for one in ("1", "2")]
    async with ScriptedRelay.serving(wrap(many("1", "2"))) as relay, midjourney(relay) as engine:
        seen = await engine.look(jobs)

    assert list(seen.values()) == [Working(31), Working(31)]
    assert len(relay.seen) == 1


LISTS = [
    Reply(b"404 page not found", 404),
    Reply(b"<html>oops</html>"),
    Reply({"error": "x"}, 500),
    Reply(b"", 501),
    {"code": 4, "description": "bad ids"},
    {},
    None,
    Reply(b"null"),
    Fault.CUT,
]


@pytest.mark.parametrize("answer", LISTS, ids=str)
async def test_a_list_that_fails_falls_back_to_single_looks(answer: Any) -> None:
    jobs = [make_job(task_id=str(number)) for number in range(20)]

    def route(seen: Seen) -> Any:
        return answer if seen.method == "POST" else many(seen.path.split("/")[-2])[0]

    async with ScriptedRelay.serving(route) as relay, midjourney(relay) as engine:
        first = second = await engine.look(jobs)
        for _time in range(LIST_TRIES + 1):
            second = await engine.look(jobs)
        engine._clock.pass_by(NO_LIST_FOR_S + 1)  # type: ignore[attr-defined]
        await engine.look(jobs)

    assert set(first) == set(second) == {job.id for job in jobs}
    assert set(map(repr, [*first.values(), *second.values()])) == {repr(Working(31))}
    is_left_alone = [seen.method for seen in relay.seen].count("POST") == LIST_TRIES + 1
    assert is_left_alone is (answer in (LISTS[0], LISTS[4], Fault.CUT))


async def test_a_relay_that_is_down_is_not_asked_for_every_task() -> None:
    jobs = [make_job(task_id=str(number)) for number in range(60)]
    async with ScriptedRelay.serving(Reply(b"oops", 502)) as relay, midjourney(relay) as engine:
        with pytest.raises(RelayUnclearError):
            await engine.look(jobs)

    assert len(relay.seen) < 10


async def test_what_a_list_leaves_out_is_looked_at_by_itself() -> None:
    jobs = [make_job(task_id=one) for one in ("1", "2", "3", "4")]

    def route(seen: Seen) -> Any:
        if seen.method == "POST":
            return many("1")
        return {"2": many("2")[0], "3": Reply(b""), "4": Reply(b"oops", 500)}[seen.path.split("/")[-2]]

    async with ScriptedRelay.serving(route) as relay, midjourney(relay) as engine:
        seen = await engine.look(jobs)

    assert [seen[job.id] for job in jobs] == [Working(31), Working(31), Missing(), Unread()]


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: {"code": 1, "data": one}, lambda one: [one]])
async def test_a_single_task_is_read_in_every_wrapping(wrap: Any) -> None:
    async with ScriptedRelay.serving(wrap(many(TASK)[0])) as relay, midjourney(relay) as engine:
        assert await engine.fetch(make_job(task_id=TASK)) == Working(31)


# Pictures that stand elsewhere.

BASE = URL("https://relay.example/gate")


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:3000/mj/image/1?rand=2", "https://relay.example/gate/mj/image/1?rand=2"),
        ("http://127.0.0.1/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("http://10.0.0.7:8080/a.png", "https://relay.example/gate/a.png"),
        ("http://[::1]/a.png", "https://relay.example/gate/a.png"),
        ("http://new-api:3000/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("http://minio.internal/a.png", "https://relay.example/gate/a.png"),
        ("/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("/gate/mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("mj/image/1", "https://relay.example/gate/mj/image/1"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("https://cdn.example/a.png?ex=1&hm=2", "https://cdn.example/a.png?ex=1&hm=2"),
        ("https://relay.example/x.png", "https://relay.example/x.png"),
        ("file:///etc/passwd", ""),
        ("javascript:alert(1)", ""),
        ("http://[broken", ""),
        ("", ""),
    ],
)
def test_addresses_are_resolved_against_the_relay(address: str, found: str) -> None:
    assert resolved(address, BASE) == found


def test_the_same_path_is_tried_at_the_relay_and_never_its_own_again() -> None:
    assert at_relay("https://dead.example/mj/image/1?a=b", BASE) == "https://relay.example/gate/mj/image/1?a=b"
    assert at_relay("https://relay.example/mj/image/1", BASE) == ""


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        ("https://cdn.example/a.png", True),
        ("http://8.8.8.8/a.png", True),
        ("http://localhost:3000/a.png", False),
        ("http://192.168.1.4/a.png", False),
        ("http://relay/a.png", False),
        ("http://minio.svc/a.png", False),
        ("data:image/png;base64,AAAA", False),
        ("", False),
    ],
)
def test_only_what_members_can_open_is_a_link(address: str, is_open: bool) -> None:
    assert is_open_to_all(address) is is_open


async def test_a_picture_that_stands_in_the_answer_is_kept() -> None:
    png = picture()
    job = make_job(task_id=TASK)
    answer = [task(id=TASK, imageUrl=png_url(png))]
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        seen = (await engine.look([job]))[job.id]
        assert isinstance(seen, Succeeded)
        assert seen.result.image_url == ""
        assert await engine._pictures.read(seen.result.picture or "") == png


@pytest.mark.parametrize("address", ["data:image/png;base64,####", "data:image/png", "file:///x", "data:,"])
async def test_a_success_whose_picture_cannot_be_had_is_waited_for(address: str) -> None:
    job = make_job(task_id=TASK)
    async with ScriptedRelay.serving([task(id=TASK, imageUrl=address)]) as relay, midjourney(relay) as engine:
        seen = (await engine.look([job]))[job.id]

    assert isinstance(seen, Succeeded | Working)
    assert not (isinstance(seen, Succeeded) and seen.settled and not seen.result.picture)


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
        ("x" * 1000, "x" * 297 + "..."),
    ],
)
def test_reasons_are_readable(text: str, shown: str) -> None:
    assert readable(text) == shown


# Small shapes.


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


async def test_a_press_of_a_button_keeps_its_answer_when_it_is_looked_up() -> None:
    button = Button(custom_id=f"MJ::JOB::upsample::1::{UUID}")
    job = make_job(task_id=None, request=Action(button=button, parent_task_id=TASK))
    outcome, relay = await submit_to(known(UNCLEAR[3]), job)

    assert outcome == Accepted(ID)
    assert len(paid(relay)) == 1
