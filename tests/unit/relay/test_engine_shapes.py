"""Answers of the other engines in shapes of their own: nothing paid is called a failure.

Sources of the shapes: docs/relay.md 3, 4, 5 and 11 (new-api, midjourney-proxy, evolink, apimart, jimeng-api).
"""

from typing import Any

import pytest

from bot.domain.job import FailureKind
from bot.domain.outcomes import (
    Accepted,
    Failed,
    Finished,
    Missing,
    Observation,
    Succeeded,
    Uncertain,
    Working,
)
from bot.relay.kling import Kling
from tests.support.loopback import Reply, ScriptedRelay, Seen
from tests.support.painting import Shelf, opened, submitted
from tests.support.relay_calls import engines


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
