"""Mutated answers of relays: no exception, no paid answer that ends as a failure, no second paid call.

The relay's own ledger judges: what it took is followed or told as uncertain, whatever the shape in which it said so.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.job import Job
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Exists,
    Failed,
    Finished,
    NeedsInput,
    Refused,
    Resubmit,
    SubmitOutcome,
    Succeeded,
    Uncertain,
)
from bot.domain.requests import Imagine
from bot.errors import RelayError, UserError
from bot.relay.answers import find_pictures, find_task, find_task_id, find_tasks, is_error, read_envelope
from bot.relay.fal import Fal
from bot.relay.fal_fields import FalFields
from bot.relay.http import decode
from bot.relay.ideogram import Ideogram
from bot.relay.kling import Kling
from bot.relay.midjourney_models import read_task
from tests.support.loopback import Reply, ScriptedRelay, Seen
from tests.support.makers import fixture, make_action, make_job, picture, png_url
from tests.support.painting import Shelf, jimeng_with, opened, paint_job
from tests.support.relay_calls import midjourney, task

ID = "1795866712978896"
PICTURE = "https://i.example/1.png"
FEW = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))

leaf = st.none() | st.booleans() | st.integers(-10, 10**18) | st.floats() | st.text(max_size=8)
junk = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner), max_leaves=6
)

REAL = [
    *(fixture(name) for name in ("sample_task.json", "submit_banned.json", "submit_number.json", "submit_queued.json")),
    {"code": 200, "description": "success", "result": ID},
    {"code": 4, "description": "accepted_state_unknown; do not retry", "result": ID},
    {"error": {"message": "no available channel", "type": "new_api_error", "code": "model_not_found"}},
    {"detail": [{"loc": ["body", "size"], "msg": "bad", "type": "value_error"}]},
    {"id": "task-unified-1", "object": "image.generation.task", "status": "pending"},
    {"created": 1, "data": [{"url": PICTURE, "b64_json": png_url(picture())}]},
    {"status": "IN_QUEUE", "request_id": "r-1", "response_url": "https://queue.fal.run/fal-ai/flux/requests/r-1"},
    {"images": [{"url": PICTURE, "width": 8, "height": 8}], "seed": 7, "has_nsfw_concepts": [False]},
    {"code": 0, "message": "ok", "data": {"task_id": "77", "task_status": "succeed", "task_result": {"images": []}}},
]


@st.composite
def mutated(draw: Any, real: Any) -> Any:
    """A real answer with some of its parts replaced, renamed, dropped or wrapped."""
    value = json.loads(json.dumps(real))
    for _time in range(draw(st.integers(0, 3))):
        value = draw(_changed(value))
    wrap = draw(st.sampled_from(["", "", "data", "result", "list"]))
    return [value] if wrap == "list" else {wrap: value} if wrap else value


@st.composite
def _changed(draw: Any, value: Any) -> Any:
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        match draw(st.sampled_from(["replace", "drop", "rename", "deeper"])):
            case "replace":
                return value | {name: draw(junk)}
            case "drop":
                return {key: one for key, one in value.items() if key != name}
            case "rename":
                return {(draw(st.sampled_from(RENAMED)) if key == name else key): one for key, one in value.items()}
            case _:
                return value | {name: draw(_changed(value[name]))}
    if isinstance(value, list) and value:
        return [draw(_changed(value[0])), *value[1:]]
    return draw(junk)


RENAMED = ["code", "result", "data", "taskId", "task_id", "id", "message", "msg", "error", "status", "url", "images"]


# Pure reading.


@given(
    value=st.sampled_from(REAL).flatmap(mutated) | junk,
    status=st.sampled_from([200, 202, 301, 400, 404, 429, 500, 503]),
)
def test_reading_any_answer_ends_in_a_value_or_in_one_of_our_errors(value: Any, status: int) -> None:
    raw = json.dumps(value).encode()
    try:
        read = decode(status, {}, raw, "a cat")
    except RelayError:
        assert status >= 300
        return
    assert isinstance(find_task_id(read), str)
    assert isinstance(find_pictures(read), list)
    assert isinstance(is_error(read), bool)
    assert len(read_envelope(read).text) <= 500
    for item in find_tasks(read) or [find_task(read, ID)]:
        found = read_task(item, ID)
        assert found is None or found.observation("a cat") is not None


# Submits, judged by what the relay took.


class Ledger:
    """A relay that answers every paid call in the same way, and knows the tasks that it took."""

    def __init__(self, answer: Reply, *, took: bool) -> None:
        self.answer, self.took = answer, took
        self.paid: list[str] = []

    def __call__(self, seen: Seen) -> Any:
        if seen.method == "POST" and "list-by-condition" not in seen.path and "upload" not in seen.path:
            self.paid.append(seen.path)
            return self.answer
        if not self.took:
            return Reply(b"404 page not found", 404)
        return task(id=ID, status="IN_PROGRESS", state="")


async def at_midjourney(ledger: Ledger, job: Job) -> SubmitOutcome:
    async with ScriptedRelay.serving(ledger) as relay, midjourney(relay, one=picture()) as engine:
        return await engine.submit(job)


JOBS = [
    make_job(task_id=None),
    make_job(task_id=None, request=Imagine(prompt="an image", pictures=("one",))),
    make_action("change::VARIATION::3", task_id=None),
]

code_of_a_yes = st.sampled_from([1, 22, 200, 0, "1", "200", "success", "OK", 201, 77, 1001, -3, "odd", None])
texts = st.sampled_from(
    ["", "success", "提交成功", "Submit success", "image queued", "accepted_state_unknown; do not retry"]
)


@st.composite
def a_yes(draw: Any) -> Reply:
    """The answer of a relay that took the job, in whatever dialect."""
    task_id = draw(st.sampled_from([ID, int(ID), float(ID), f" {ID} "]))
    name = draw(st.sampled_from(["result", "taskId", "task_id", "id", "data"]))
    inner: dict[str, Any] = {name: task_id}
    if name not in ("result", "data"):
        wrap = draw(st.sampled_from(["", "result", "data"]))
        inner = {wrap: draw(st.sampled_from([inner, [inner]]))} if wrap else inner
    code, text = draw(code_of_a_yes), draw(texts)
    said = {} if code is None else {draw(st.sampled_from(["code", "error_code"])): code}
    words = {draw(st.sampled_from(["description", "message", "msg"])): text} if text else {}
    status = draw(st.sampled_from([200, 201, 202, 500, 502]))
    return Reply(inner | said | words, status)


@given(answer=a_yes(), job=st.sampled_from(JOBS))
@FEW
def test_what_midjourneys_relay_took_is_followed_and_paid_once(answer: Reply, job: Job) -> None:
    ledger = Ledger(answer, took=True)
    outcome = asyncio.run(at_midjourney(ledger, job))

    assert isinstance(outcome, Accepted | Exists | NeedsInput | Uncertain), outcome
    assert len(ledger.paid) == 1
    if isinstance(outcome, Accepted):
        assert outcome.task_id == ID


@given(
    answer=st.sampled_from(REAL).flatmap(mutated) | junk,
    status=st.sampled_from([200, 200, 202, 400, 409, 500]),
    job=st.sampled_from(JOBS),
)
@FEW
def test_any_answer_to_a_submit_is_an_outcome_and_only_a_clear_unsupported_is_paid_again(
    answer: Any, status: int, job: Job
) -> None:
    ledger = Ledger(Reply(answer, status), took=False)
    outcome = asyncio.run(at_midjourney(ledger, job))

    kinds = Accepted | Exists | NeedsInput | Uncertain | Refused | Busy | Resubmit
    assert isinstance(outcome, kinds), outcome
    if len(ledger.paid) > 1 and not is_forgotten(outcome):
        assert "model_not_found" in json.dumps(answer) or "no available channel" in json.dumps(answer)


def is_forgotten(outcome: SubmitOutcome) -> bool:
    """Whether the relay said that it does not know the parent (yet): a clear no, asked again for some seconds."""
    return isinstance(outcome, Refused) and outcome.failure.kind == "forgotten"


PAINTERS: list[tuple[Callable[..., Any], Job, Any]] = [
    (jimeng_with("jimeng-4.0"), paint_job("jimeng", "generate"), REAL[9]),
    (jimeng_with("jimeng-4.0"), paint_job("jimeng", "generate"), REAL[8]),
    (Ideogram, paint_job("ideogram", "generate"), {"data": [{"url": PICTURE, "is_image_safe": True, "seed": 7}]}),
    (lambda http, shelf: Fal(http, shelf, ["flux"], FalFields()), paint_job("fal", "generate"), REAL[10]),
    (lambda http, shelf: Fal(http, shelf, ["flux"], FalFields()), paint_job("fal", "generate"), REAL[11]),
    (Kling, paint_job("kling", "imagine"), REAL[12]),
]


async def at_painter(number: int, ledger: Ledger) -> SubmitOutcome:
    make, job, _real = PAINTERS[number]
    async with ScriptedRelay.serving(ledger) as relay, opened(make, relay, Shelf()) as engine:
        return await engine.submit(job)


@given(
    data=st.data(),
    number=st.sampled_from(range(len(PAINTERS))),
    wrap=st.sampled_from(["", "data", "result", "more", "fewer"]),
)
@FEW
def test_what_another_engine_took_never_ends_as_a_failure(data: st.DataObject, number: int, wrap: str) -> None:
    real = PAINTERS[number][2]
    answer: Any = {wrap: real} if wrap in ("data", "result") else real
    if wrap == "more":
        answer = real | {"extra": data.draw(junk), "message": data.draw(st.sampled_from(["", "ok", "success"]))}
    if wrap == "fewer":
        answer = {key: one for key, one in real.items() if data.draw(st.booleans())}
    ledger = Ledger(Reply(answer, data.draw(st.sampled_from([200, 201, 202]))), took=True)

    outcome = asyncio.run(at_painter(number, ledger))

    assert isinstance(outcome, Accepted | Finished | Uncertain), (answer, outcome)
    assert len(ledger.paid) == 1


@given(answer=st.sampled_from(REAL).flatmap(mutated) | junk, number=st.sampled_from(range(len(PAINTERS))))
@FEW
def test_any_answer_to_another_engines_submit_is_an_outcome_and_paid_once(answer: Any, number: int) -> None:
    ledger = Ledger(Reply(answer), took=False)

    outcome = asyncio.run(at_painter(number, ledger))

    assert isinstance(outcome, Accepted | Finished | Uncertain | Refused | Busy | Failed)
    assert len(ledger.paid) == 1


# Looks.


@given(
    tasks=st.lists(mutated(fixture("sample_task.json")), max_size=3),
    wrap=st.sampled_from(["", "data", "result", "records"]),
)
@FEW
def test_any_list_is_a_look_or_one_of_our_errors(tasks: list[Any], wrap: str) -> None:
    job = make_job(task_id=fixture("sample_task.json")["id"])
    answer = {wrap: tasks} if wrap else tasks

    async def look() -> Any:
        async with ScriptedRelay.serving(Reply(answer)) as relay, midjourney(relay) as engine:
            try:
                return (await engine.look([job]))[job.id]
            except RelayError as exc:
                return exc

    assert asyncio.run(look()) is not None


@given(answer=st.sampled_from(REAL).flatmap(mutated) | junk, number=st.sampled_from(range(len(PAINTERS))))
@FEW
def test_any_answer_to_another_engines_look_is_an_observation_or_one_of_our_errors(answer: Any, number: int) -> None:
    make, job, _real = PAINTERS[number]

    async def look() -> Any:
        async with ScriptedRelay.serving(Reply(answer)) as relay, opened(make, relay, Shelf()) as engine:
            try:
                return await engine.fetch(job.with_(task_id="fal-ai/flux/requests/r-1"))
            except RelayError as exc:
                return exc

    seen = asyncio.run(look())
    assert not isinstance(seen, UserError)
    assert seen is not None
    assert not (isinstance(seen, Succeeded) and seen.settled and seen.result.is_empty)
