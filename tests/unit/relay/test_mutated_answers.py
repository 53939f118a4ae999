"""Answers of Ideogram, fal and Kling with fields that are new, missing or of other types: the picture in them arrives.

Each begins with the answer as the vendor's page gives it (docs/relay.md 9 to 12), and is then changed in ten ways.
"""

from collections.abc import Callable
from typing import Any

import pytest

from bot.domain.job import Job, Result
from bot.domain.outcomes import Accepted, Finished, Succeeded, Uncertain
from bot.relay.fal import Fal
from bot.relay.fal_fields import FalFields
from bot.relay.ideogram import Ideogram
from bot.relay.kling import Kling
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.painting import Make, Shelf, opened, paint_job, submitted

URL = "https://i.example/1.png"
IMAGE = {
    "url": URL,
    "prompt": "a cat",
    "resolution": "1280x800",
    "is_image_safe": True,
    "seed": 12345,
    "style_type": "GENERAL",
}
IDEOGRAM = {"created": "2000-01-23 04:56:07+00:00", "data": [IMAGE]}
FILE = {"url": URL, "width": 1024, "height": 768, "content_type": "image/png", "file_size": 1}
FAL = {"images": [FILE], "seed": 12, "prompt": "a cat", "has_nsfw_concepts": [False], "timings": {"inference": 1}}
KLING = {
    "code": 0,
    "message": "SUCCEED",
    "request_id": "r",
    "data": {
        "task_id": "77",
        "task_status": "succeed",
        "task_status_msg": "",
        "task_info": {"external_task_id": "x"},
        "created_at": 1722769545453,
        "updated_at": 1722769545453,
        "task_result": {"images": [{"index": 0, "url": URL}]},
    },
}


def fal(http: Any, shelf: Shelf) -> Fal:
    return Fal(http, shelf, ["flux"], FalFields())


def kling_data(**changes: Any) -> dict[str, Any]:
    return KLING | {"data": KLING["data"] | changes}  # type: ignore[operator]


IDEOGRAM_MUTATED = [
    IDEOGRAM | {"usage": {"credits": 3}, "warnings": ["new"]},
    {"data": [{"url": URL}]},
    {"created": 1709123456, "data": [IMAGE | {"seed": "12345", "is_image_safe": "true"}]},
    IDEOGRAM | {"data": [IMAGE | {"is_image_safe": None, "resolution": {"width": 1280, "height": 800}}]},
    IDEOGRAM | {"data": [None, 7, IMAGE]},
    IDEOGRAM | {"data": {"images": [IMAGE]}},
    {"code": 200, "message": "success", "result": IDEOGRAM},
    {"images": [{"image_url": URL}]},
    IDEOGRAM | {"data": [IMAGE | {"prompt": ["a", "cat"], "style_type": 3}]},
    Reply(IDEOGRAM, 201, {"Content-Type": "text/plain"}),
]
FAL_MUTATED = [
    FAL | {"description": "a cat", "usage": {}},
    {"images": [{"url": URL}]},
    FAL | {"images": [FILE | {"width": "1024", "height": None}], "seed": "12"},
    FAL | {"has_nsfw_concepts": None},
    FAL | {"has_nsfw_concepts": "false", "timings": 1},
    {"image": FILE},
    {"image": URL, "seed": None},
    {"images": [URL]},
    {"output": {"images": [{"url": URL}]}},
    {"data": [{"url": URL}], "created": 1},
]
KLING_MUTATED = [
    kling_data(final_unit_deduction="1", watermark_info={"enabled": True}),
    {"code": 0, "data": {"task_status": "succeed", "task_result": {"images": [{"url": URL}]}}},
    KLING | {"code": "0"},
    kling_data(task_status="SUCCEED", updated_at="1722769545453"),
    kling_data(task_status_msg=None, task_info="x"),
    kling_data(task_result={"images": [URL]}),
    kling_data(task_result={"images": [], "series_images": [{"url": URL}]}),
    {"code": "success", "message": "", "data": {"task_id": "77", "status": "SUCCESS", "data": KLING}},
    {"code": "success", "data": {"status": "succeeded", "url": URL}},
    kling_data(task_result={"images": [{"index": "zero", "url": URL, "watermark_url": None}], "videos": []}),
]


@pytest.mark.parametrize("answer", IDEOGRAM_MUTATED, ids=range(10))
@pytest.mark.parametrize("model", ["V_2", "V_3"])
async def test_the_picture_in_an_answer_of_ideogram_arrives(model: str, answer: Any) -> None:
    outcome, seen = await submitted(Ideogram, paint_job("ideogram", "generate", model=model), answer)

    assert isinstance(outcome, Finished)
    assert (outcome.result.image_url, len(seen)) == (URL, 1)


async def looked_at(make: Make, job: Job, answers: Callable[[], list[Any]]) -> Result:
    async with ScriptedRelay.serving(*answers()) as relay, opened(make, relay, Shelf()) as engine:
        seen = await engine.fetch(job)
    assert isinstance(seen, Succeeded), seen
    return seen.result


@pytest.mark.parametrize("answer", FAL_MUTATED, ids=range(10))
async def test_the_picture_in_a_result_of_fal_arrives(answer: Any) -> None:
    job = paint_job("fal", "generate").with_(task_id="fal-ai/flux/requests/1")

    result = await looked_at(fal, job, lambda: [{"status": "COMPLETED"}, answer])

    assert result.image_url == URL


@pytest.mark.parametrize("answer", KLING_MUTATED, ids=range(10))
@pytest.mark.parametrize("kind", ["imagine", "multi", "expand", "tryon"])
async def test_the_picture_in_a_task_of_kling_arrives(kind: str, answer: Any) -> None:
    result = await looked_at(Kling, paint_job("kling", kind).with_(task_id="77"), lambda: [answer])

    assert result.image_url == URL


EXPANDED = paint_job("kling", "expand", pictures=("one",), up_expansion_ratio=1)
NEW_KINDS: list[tuple[Make, Job]] = [
    (Ideogram, paint_job("ideogram", "reframe", pictures=("one",), aspect_ratio="1:1")),
    (Ideogram, paint_job("ideogram", "generate", model="V_3")),
    (fal, paint_job("fal", "generate", model="nano-banana-2")),
    (Kling, paint_job("kling", "imagine", model_name="kling-v3-omni")),
    (Kling, EXPANDED),
]


@pytest.mark.parametrize(("make", "job"), NEW_KINDS, ids=range(5))
async def test_an_answer_without_a_picture_is_uncertain_in_the_relays_words(make: Make, job: Job) -> None:
    answer = {"message": "accepted, the picture comes later", "who": ["knows"], "status": 5}

    outcome, seen = await submitted(make, job, answer, shelf=Shelf(one=b"\x89PNG"))

    assert isinstance(outcome, Uncertain)
    assert outcome.words == "accepted, the picture comes later"
    assert len(seen) == 1


PATH = "fal-ai/flux/requests/1b2c"
TICKET = {"status": "IN_QUEUE", "request_id": "1b2c", "response_url": f"https://queue.fal.run/{PATH}"}
TICKETS = [
    TICKET | {"queue_position": 0, "logs": None, "metrics": {}, "priority": "normal"},
    {"request_id": "1b2c"},
    {"response_url": f"https://queue.fal.run/{PATH}"},
    {"status_url": f"https://gateway.example/fal/{PATH}/status", "status": 1},
    TICKET | {"queue_position": "first", "metrics": "none", "request_id": ["1b2c"]},
    TICKET | {"response_url": None},
    {"data": TICKET},
    {"code": 200, "message": "success", "result": TICKET},
    {"task_id": "1b2c", "status": "submitted"},
    Reply(TICKET, 202, {"Content-Type": "text/plain"}),
]
TAKEN = {"code": 0, "message": "SUCCEED", "request_id": "r", "data": {"task_id": "77", "task_status": "submitted"}}
TAKEN_MUTATED = [
    TAKEN | {"final_unit_deduction": "1"},
    {"code": 0, "data": {"task_id": "77"}},
    TAKEN | {"code": "0", "message": None},
    TAKEN | {"data": {"task_id": 77, "task_status": None, "task_info": "x", "created_at": "now"}},
    {"data": {"task_id": "77"}},
    {"code": "success", "message": "", "data": {"task_id": "77", "status": "SUBMITTED", "data": TAKEN}},
    {"code": 200, "data": {"taskId": "77"}},
    {"task_id": "77", "task_status": "submitted"},
    TAKEN | {"message": ["odd"], "request_id": 3},
    Reply(TAKEN, 201, {"Content-Type": "text/plain"}),
]


@pytest.mark.parametrize("answer", TICKETS, ids=range(10))
async def test_a_ticket_of_fal_is_followed(answer: Any) -> None:
    outcome, seen = await submitted(fal, paint_job("fal", "generate"), answer)

    assert outcome == Accepted(PATH)
    assert len(seen) == 1


@pytest.mark.parametrize("answer", TAKEN_MUTATED, ids=range(10))
@pytest.mark.parametrize("job", [paint_job("kling", "imagine"), EXPANDED], ids=["imagine", "expand"])
async def test_a_task_that_kling_took_is_followed(job: Job, answer: Any) -> None:
    outcome, seen = await submitted(Kling, job, answer, shelf=Shelf(one=b"\x89PNG"))

    assert outcome == Accepted("77")
    assert len(seen) == 1


STANDINGS = [
    {"status": "COMPLETED", "queue_position": None, "metrics": {"inference_time": "1"}},
    {"status": "completed", "logs": "none"},
    {"status": "succeeded"},
    {"status": "OK", "error": None, "error_type": None, "detail": []},
    {"state": "COMPLETED"},
    {"task_status": "SUCCESS"},
    {"data": {"status": "COMPLETED"}},
    {"code": 200, "message": "success", "data": {"status": "COMPLETED"}},
    [{"status": "COMPLETED"}],
    Reply({"status": "COMPLETED"}, 203, {"Content-Type": "text/plain"}),
]


@pytest.mark.parametrize("standing", STANDINGS, ids=range(10))
async def test_the_end_of_a_task_of_fal_is_read(standing: Any) -> None:
    job = paint_job("fal", "generate").with_(task_id=PATH)

    assert (await looked_at(fal, job, lambda: [standing, FAL])).image_url == URL


MADE_OTHERWISE = [{"message": "your picture is ready", "asset": {"where": "there"}}, {"images": []}, {"images": None}]


@pytest.mark.parametrize("answer", MADE_OTHERWISE, ids=range(3))
async def test_a_paid_result_of_fal_that_nobody_can_read_is_no_failure(answer: Any) -> None:
    job = paint_job("fal", "generate").with_(task_id=PATH)

    async with ScriptedRelay.serving({"status": "COMPLETED"}, answer) as relay, opened(fal, relay, Shelf()) as engine:
        seen = await engine.fetch(job)

    assert seen == Succeeded(Result(), settled=False)


ODD = [
    {"message": "done"},
    {"code": 42, "message": "hm"},
    {"code": "odd", "message": "made"},
    {"images": [], "message": "look elsewhere"},
]


@pytest.mark.parametrize("answer", ODD, ids=range(4))
@pytest.mark.parametrize(("make", "job"), NEW_KINDS, ids=range(5))
async def test_words_that_nobody_knows_are_never_called_free(make: Make, job: Job, answer: Any) -> None:
    outcome, seen = await submitted(make, job, answer, shelf=Shelf(one=b"\x89PNG"))

    assert isinstance(outcome, Uncertain), outcome
    assert outcome.was_answered
    assert len(seen) == 1
