"""Kling's newer operations: exact paths and bodies, and the vendor's own answers."""

import base64
from typing import Any

import pytest

from bot.domain.job import Job
from bot.domain.outcomes import Accepted, Refused, Succeeded
from bot.domain.requests import EngineRequest
from bot.relay.http import RelayHttp
from bot.relay.kling import Kling
from tests.support.loopback import ScriptedRelay
from tests.support.makers import make_job, picture
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE, TWO = picture(colour="red"), picture(colour="blue")
SHELF = Shelf(one=ONE, two=TWO)
RAW_1, RAW_2 = base64.b64encode(ONE).decode(), base64.b64encode(TWO).decode()
IMAGES = "/kling/v1/images"
TWO_GARMENTS = "kolors-virtual-try-on-v1-5"
STAYS = {f"{side}_expansion_ratio": 0 for side in ("down", "left")}
GROWTH: dict[str, Any] = STAYS | {"up_expansion_ratio": 0.5, "right_expansion_ratio": 0.25}
# As the vendor's page of multi-image to image gives them.
CREATED = {
    "code": 0,
    "message": "string",
    "request_id": "string",
    "data": {
        "task_id": "77",
        "task_info": {"external_task_id": "string"},
        "task_status": "submitted",
        "created_at": 1722769557708,
        "updated_at": 1722769557708,
    },
}
ENDED = {
    "code": 0,
    "message": "string",
    "request_id": "string",
    "data": {
        "task_id": "77",
        "task_status": "succeed",
        "task_status_msg": "string",
        "final_unit_deduction": "string",
        "final_balance_deduction": {"quota": "string", "list_price": "string"},
        "watermark_info": {"enabled": False},
        "created_at": 1722769557708,
        "updated_at": 1722769557708,
        "task_result": {
            "images": [{"index": 0, "url": "https://k.example/1.png", "watermark_url": "https://k.example/w.png"}]
        },
    },
}


def with_models(http: RelayHttp, shelf: Shelf) -> Kling:
    return Kling(http, shelf, ("kling-v2-1", "kling-v3-omni"))


def composed(*roles: str, **options: Any) -> Job:
    request = EngineRequest(
        engine="kling",
        kind="multi",
        prompt="a cat",
        pictures=("one", "two", "one", "two")[: len(roles)],
        roles=roles,
        options=options,
    )
    return make_job(engine="kling", request=request)


@pytest.mark.parametrize(
    ("job", "path", "body"),
    [
        (
            paint_job("kling", "imagine"),
            "generations",
            {"prompt": "a cat", "model_name": "kling-v2-1"},
        ),
        (
            paint_job("kling", "imagine", pictures=("one",), human_fidelity=0.9),
            "generations",
            {
                "prompt": "a cat",
                "model_name": "kling-v2-1",
                "image": RAW_1,
                "image_reference": "subject",
                "human_fidelity": 0.9,
            },
        ),
        (
            paint_job("kling", "imagine", pictures=("one", "two"), resolution="4k", aspect_ratio="auto"),
            "omni-image",
            {
                "prompt": "a cat",
                "model_name": "kling-v3-omni",
                "resolution": "4k",
                "aspect_ratio": "auto",
                "image_list": [{"image": RAW_1}, {"image": RAW_2}],
            },
        ),
        (
            paint_job("kling", "imagine", model_name="kling-v3-omni", series_amount=3),
            "omni-image",
            {"prompt": "a cat", "model_name": "kling-v3-omni", "series_amount": 3, "result_type": "series"},
        ),
        (
            composed("subject", "subject", "scene", "style", n=2),
            "multi-image2image",
            {
                "prompt": "a cat",
                "model_name": "kling-v2-1",
                "n": 2,
                "subject_image_list": [{"subject_image": RAW_1}, {"subject_image": RAW_2}],
                "scene_image": RAW_1,
                "style_image": RAW_2,
            },
        ),
        (
            paint_job("kling", "expand", prompt="", pictures=("one",), **GROWTH),
            "editing/expand",
            {"image": RAW_1} | GROWTH,
        ),
        (
            paint_job("kling", "tryon", prompt="", pictures=("one", "two", "one"), model_name=TWO_GARMENTS),
            "kolors-virtual-try-on",
            {
                "human_image": RAW_1,
                "cloth_image": base64.b64encode(TWO + ONE).decode(),
                "model_name": TWO_GARMENTS,
            },
        ),
    ],
    ids=range(7),
)
async def test_operation_goes_to_its_exact_path_with_its_exact_body(job: Job, path: str, body: dict[str, Any]) -> None:
    outcome, seen = await submitted(with_models, job, CREATED, shelf=SHELF)

    assert outcome == Accepted("77")
    assert [(one.path, one.body) for one in seen] == [(f"{IMAGES}/{path}", body | {"external_task_id": job.id})]


@pytest.mark.parametrize(
    ("job", "path"),
    [
        (paint_job("kling", "imagine", model_name="kling-image-o1"), "omni-image"),
        (composed("subject", "scene"), "multi-image2image"),
        (paint_job("kling", "expand", pictures=("one",)), "editing/expand"),
    ],
)
async def test_a_task_is_looked_at_where_it_was_made(job: Job, path: str) -> None:
    async with ScriptedRelay.serving(ENDED) as relay, opened(with_models, relay, SHELF) as engine:
        seen = await engine.fetch(job.with_(task_id="77"))

    assert relay.seen[0].path == f"{IMAGES}/{path}/77"
    assert isinstance(seen, Succeeded)
    assert (seen.result.image_url, seen.result.more) == ("https://k.example/1.png", ())


async def test_the_pictures_of_a_series_are_all_taken() -> None:
    images = [{"index": index, "url": f"https://k.example/{index}.png"} for index in range(3)]
    result = {"result_type": "series", "images": [], "series_images": images}
    answer = {"code": 0, "data": {"task_id": "77", "task_status": "succeed", "task_result": result}}

    async with ScriptedRelay.serving(answer) as relay, opened(with_models, relay, SHELF) as engine:
        seen = await engine.fetch(paint_job("kling", "imagine", model_name="kling-v3-omni").with_(task_id="77"))

    assert isinstance(seen, Succeeded)
    assert len(seen.result.more) == 2


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (paint_job("kling", "imagine", pictures=("one", "two"), model_name="kling-v3"), "takes only one picture"),
        (paint_job("kling", "imagine", model_name="kling-image-o1", resolution="4k"), "goes up to 2k"),
        (paint_job("kling", "imagine", model_name="kling-v3", series_amount=3), "makes no series"),
        (paint_job("kling", "imagine", model_name="kling-v3-omni", series_amount=3, n=2), "a count or a series"),
        (
            paint_job("kling", "imagine", pictures=("one",), image_reference="face", human_fidelity=0.5),
            "works with a subject as reference",
        ),
        (paint_job("kling", "imagine", model_name="kling-v3-omni", image_reference="face"), "takes no subject or face"),
        (composed("subject"), "at least two pictures"),
        (composed("scene", "style"), "at least two pictures"),
        (paint_job("kling", "expand", pictures=("one",)), "on which side"),
        (
            paint_job("kling", "expand", pictures=("one",), up_expansion_ratio=2, right_expansion_ratio=1),
            "three times its area",
        ),
        (paint_job("kling", "expand", up_expansion_ratio=1), "needs a picture"),
        (paint_job("kling", "tryon", pictures=("one", "two", "one")), "two garments at once"),
    ],
    ids=range(12),
)
async def test_what_cannot_be_is_refused_before_it_is_sent(job: Job, words: str) -> None:
    outcome, seen = await submitted(with_models, job, CREATED, shelf=SHELF)

    assert isinstance(outcome, Refused)
    assert words in outcome.failure.detail
    assert seen == []
