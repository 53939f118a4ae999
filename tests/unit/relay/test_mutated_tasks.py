"""Answers of Midjourney's relays, Jimeng and the OpenAI format with fields that are new, missing or of other types.

The picture or the film that is in them arrives; without one, the job is uncertain in the relay's words, and paid once.
Each begins with the answer as its page gives it (docs/relay.md 5, 11 and 13).
"""

from typing import Any

import pytest

from bot.domain.job import Job
from bot.domain.outcomes import Accepted, Finished, Succeeded, Uncertain
from bot.domain.requests import Animate, Edit, Imagine
from bot.relay.openai import OpenAI
from bot.settings.picture_models import MODELS
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import TASK, make_action, make_job, picture, png_url
from tests.support.painting import Make, Shelf, jimeng_with, opened, paint_job, submitted
from tests.support.relay_calls import known, midjourney, paid, task

URL, FILM = "https://cdn.example/1.png", "https://cdn.example/1.mp4"
GRID = task(id=TASK, imageUrl=URL, state="")
VIDEO = task(id=TASK, action="VIDEO", imageUrl="", videoUrls=[{"url": FILM}], state="")


def without(task_: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in task_.items() if name not in names}


TASKS = [
    GRID | {"jobId": "26d5", "imageWidth": 2048, "seed": 7, "tags": [None], "cost": {"hours": 0.1}},
    without(GRID, "progress", "submitTime", "startTime", "finishTime", "failReason", "properties", "promptEn"),
    GRID | {"progress": 100, "submitTime": "1741531578038", "properties": "none", "failReason": {"odd": 1}},
    GRID | {"id": int(TASK), "state": None, "action": 3, "description": ["a", "b"]},
    GRID | {"status": "success", "progress": "done"},
    GRID | {"status": "任务成功"},
    without(GRID, "imageUrl") | {"image_url": URL},
    without(GRID, "imageUrl") | {"imageUrl": None, "output": {"url": URL}},
    {"code": 1, "description": "ok", "result": GRID},
    {"data": [GRID], "total": "1"},
]
FILMS = [
    VIDEO | {"duration": 5, "videoType": "vid_1.1_i2v_480", "thumbnails": {}},
    without(VIDEO, "videoUrls", "imageUrl") | {"videoUrl": FILM},
    VIDEO | {"videoUrls": [FILM]},
    VIDEO | {"videoUrls": {"url": FILM}},
    VIDEO | {"videoUrls": f'[{{"url": "{FILM}"}}]'},
    VIDEO | {"videoUrls": [None, {"url": ""}, {"url": FILM, "thumbnail": 3}]},
    without(VIDEO, "videoUrls") | {"video_urls": [FILM], "imageUrl": "https://cdn.example/still.png"},
    VIDEO | {"status": "COMPLETED", "progress": None, "buttons": "none", "action": ""},
    {"code": 200, "data": VIDEO},
    [without(VIDEO, "prompt", "promptEn", "state")],
]


@pytest.mark.parametrize("answer", TASKS, ids=range(10))
@pytest.mark.parametrize("request_", [Imagine(prompt="a cat"), Edit(prompt="a cat", pictures=("one",))])
async def test_the_picture_in_a_task_of_midjourney_arrives(request_: Imagine | Edit, answer: Any) -> None:
    job = make_job(request=request_, task_id=TASK)

    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        seen = await engine.fetch(job)

    assert isinstance(seen, Succeeded), seen
    assert seen.result.image_url == URL


@pytest.mark.parametrize("answer", FILMS, ids=range(10))
async def test_the_film_in_a_task_of_midjourney_arrives(answer: Any) -> None:
    job = make_job(request=Animate(prompt="waves", pictures=("one",)), task_id=TASK)

    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        seen = await engine.fetch(job)

    assert isinstance(seen, Succeeded), seen
    assert (seen.result.image_url, seen.lacks_film) == (FILM, False)


TAKEN = [
    {"code": 1, "description": "提交成功", "result": TASK, "properties": {"discordInstanceId": 1}, "request_id": "r"},
    {"code": 1, "result": TASK},
    {"code": "1", "description": None, "result": int(TASK)},
    {"code": 22, "result": TASK, "properties": None},
    {"code": 200, "msg": "success", "data": {"taskId": TASK}},
    {"code": 200, "data": [{"status": "submitted", "task_id": TASK}]},
    {"status": "success", "result": {"id": TASK, "status": "SUBMITTED"}},
    {"success": True, "task_id": TASK, "warnings": []},
    {"code": 1, "description": ["ok"], "result": [TASK]},
    Reply({"code": 1, "description": "ok", "result": TASK}, 202, {"Content-Type": "text/plain"}),
]


@pytest.mark.parametrize("answer", TAKEN, ids=range(10))
@pytest.mark.parametrize(
    "job",
    [
        make_job(task_id=None),
        make_job(request=Animate(prompt="waves", pictures=("one",)), task_id=None),
        make_job(request=Edit(prompt="a storm", pictures=("one",)), task_id=None),
        make_action("MJ::JOB::variation::3::x", task_id=None),
    ],
    ids=["imagine", "film", "edit", "press"],
)
async def test_a_task_that_was_taken_is_followed(job: Job, answer: Any) -> None:
    async with ScriptedRelay.serving(known(answer)) as relay, midjourney(relay, one=picture()) as engine:
        outcome = await engine.submit(job)

    assert isinstance(outcome, Accepted), outcome
    assert (outcome.task_id, len(paid(relay))) == (TASK, 1)


LATER = {"message": "accepted, the picture comes later", "who": ["knows"], "status": 5}


@pytest.mark.parametrize(
    "job",
    [
        make_job(task_id=None),
        make_job(request=Animate(prompt="waves", pictures=("one",)), task_id=None),
        make_job(request=Edit(prompt="a storm", pictures=("one",)), task_id=None),
    ],
    ids=["imagine", "film", "edit"],
)
async def test_midjourneys_answer_without_a_task_is_uncertain_in_the_relays_words(job: Job) -> None:
    async with ScriptedRelay.serving(LATER) as relay, midjourney(relay, one=picture()) as engine:
        outcome = await engine.submit(job)

    assert isinstance(outcome, Uncertain)
    assert (outcome.words, len(paid(relay))) == ("accepted, the picture comes later", 1)


# Jimeng, and the models of /draw in each of their ways.

IMAGE = {"url": URL}
IN_BASE64 = png_url(picture()).partition(",")[2]
LISTED = {"created": 1709123456, "data": [IMAGE]}
ANSWERS = [
    LISTED | {"usage": {"generated_images": 1}, "model": "jimeng-4.0", "input_images": 2},
    {"data": [IMAGE]},
    LISTED | {"created": "now", "data": [IMAGE | {"revised_prompt": ["a", "cat"], "size": 1024, "seed": {}}]},
    LISTED | {"data": IMAGE},
    LISTED | {"data": [None, 7, IMAGE]},
    LISTED | {"data": [{"b64_json": IN_BASE64, "url": None}]},
    {"code": 0, "message": "ok", "data": {"images": [URL]}},
    {"images": [{"image_url": URL}], "error": None},
    {"result": LISTED, "status": "succeeded"},
    Reply(LISTED, 201, {"Content-Type": "text/plain"}),
]


def draw(http: Any, shelf: Shelf) -> OpenAI:
    return OpenAI(http, shelf, MODELS)


ORDERS: list[tuple[Make, Job]] = [
    (jimeng_with("jimeng-4.0"), paint_job("jimeng", "generate")),
    (jimeng_with("jimeng-4.0"), paint_job("jimeng", "generate", pictures=("one",))),
    (draw, paint_job("openai", "generate", model="gpt-image-1")),
    (draw, paint_job("openai", "generate", model="gpt-image-1", pictures=("one", "one"), masked=True)),
    (draw, paint_job("openai", "generate", model="nano-banana", pictures=("one",))),
    (draw, paint_job("openai", "generate", model="fal-ai/flux/dev")),
]
NAMES = ["jimeng", "jimeng-composition", "gpt", "gpt-mask", "nano-banana", "fal"]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(10))
@pytest.mark.parametrize(("make", "job"), ORDERS, ids=NAMES)
async def test_the_picture_in_an_answer_of_the_openai_format_arrives(make: Make, job: Job, answer: Any) -> None:
    outcome, seen = await submitted(make, job, answer, shelf=Shelf(one=picture()))

    assert isinstance(outcome, Finished), outcome
    assert outcome.result.image_url == URL or outcome.result.picture
    assert len(seen) == 1


SEEN = [
    {"id": "t-1", "status": "completed", "results": [URL], "task_info": {"can_cancel": False}, "usage": 3},
    {"status": "completed", "results": [URL]},
    {"task_status": "SUCCEEDED", "progress": "100%", "data": LISTED},
    {"code": 200, "data": {"status": "completed", "result": {"images": [{"url": [URL]}]}}},
    {"data": [{"status": "success", "output": URL}]},
    {"state": "done", "image_url": URL, "progress": {"odd": 1}},
    {"status": "已完成", "result_urls": [URL]},
    {"status": "finished", "error": None, "data": {"b64_json": IN_BASE64}},
    LISTED,
    Reply({"task_id": 1, "status": "succeeded", "data": [IMAGE | {"width": "x"}]}, 200, {"Content-Type": "text/html"}),
]


@pytest.mark.parametrize("answer", SEEN, ids=range(10))
@pytest.mark.parametrize(("make", "job"), ORDERS[::2], ids=NAMES[::2])
async def test_the_picture_in_a_task_of_the_openai_format_arrives(make: Make, job: Job, answer: Any) -> None:
    async with ScriptedRelay.serving(answer) as relay, opened(make, relay, Shelf()) as engine:
        seen = await engine.fetch(job.with_(task_id="t-1"))

    assert isinstance(seen, Succeeded), seen
    assert seen.result.image_url == URL or seen.result.picture


@pytest.mark.parametrize(("make", "job"), ORDERS, ids=NAMES)
async def test_an_answer_of_the_openai_format_without_a_picture_is_uncertain_in_its_words(make: Make, job: Job) -> None:
    outcome, seen = await submitted(make, job, LATER, shelf=Shelf(one=picture()))

    assert isinstance(outcome, Uncertain)
    assert (outcome.words, len(seen)) == ("accepted, the picture comes later", 1)


ODD = [{"message": "done"}, {"code": 42, "message": "hm"}, {"code": "odd", "message": "made"}]


@pytest.mark.parametrize("answer", ODD, ids=range(3))
async def test_words_that_nobody_knows_are_never_called_free(answer: Any) -> None:
    for make, job in ORDERS:
        outcome, seen = await submitted(make, job, answer, shelf=Shelf(one=picture()))
        assert isinstance(outcome, Uncertain), (job.request, outcome)
        assert len(seen) == 1
    async with ScriptedRelay.serving(answer) as relay, midjourney(relay) as engine:
        assert isinstance(await engine.submit(make_job(task_id=None)), Uncertain)
    assert len(paid(relay)) == 1
