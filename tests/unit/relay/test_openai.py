"""Picture models in the OpenAI format: exact requests by the table, answers as gateways give them, tasks, refusals.

The literal answers are those of the pages that docs/relay.md 11.3 and 13 name.
"""

import base64
from typing import Any

import pytest
from PIL import Image

from bot.domain.job import Failure, FailureKind, Job, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Failed,
    Finished,
    Missing,
    Observation,
    Refused,
    Succeeded,
    Uncertain,
    Working,
)
from bot.pictures.decoding.masks import cut_out
from bot.relay.openai import OpenAI
from bot.settings.picture_models import MODELS, ModelTable, PictureModel, Way
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import picture, png_url
from tests.support.painting import Shelf, opened, paint_job, submitted

ONE, TWO, MASK = picture(colour="red"), picture(colour="blue"), picture(colour="white")
IN_BASE64 = base64.b64encode(ONE).decode()
PART_ONE, PART_TWO = [("image.png", "image/png", data) for data in (ONE, TWO)]
LINK = "https://i.example/1.png"
DONE = {"created": 1, "data": [{"url": LINK}]}


def openai(http: Any, shelf: Shelf) -> OpenAI:
    return OpenAI(http, shelf, MODELS)


def draw(*pictures: str, **options: Any) -> Job:
    return paint_job("openai", "generate", prompt="a red fox", pictures=pictures, **options)


def shelf() -> Shelf:
    return Shelf(one=ONE, two=TWO, mask=MASK)


@pytest.mark.parametrize(
    ("pictures", "options", "path", "fields"),
    [
        ((), {}, "generations", {"model": "gpt-image-1.5"}),
        (
            (),
            {"model": "gpt-image-1", "shape": "1536x1024", "quality": "high", "n": 2},
            "generations",
            {"model": "gpt-image-1", "size": "1536x1024", "quality": "high", "n": 2},
        ),
        (
            ("one", "two"),
            {"model": "nano-banana-2", "shape": "16:9", "quality": "2K"},
            "generations",
            {
                "model": "nano-banana-2",
                "aspect_ratio": "16:9",
                "image_size": "2K",
                "image": [png_url(ONE), png_url(TWO)],
            },
        ),
        (
            ("one",),
            {"model": "doubao-seedream-4-5-251128", "shape": "2K"},
            "generations",
            {"model": "doubao-seedream-4-5-251128", "size": "2K", "watermark": False, "image": [png_url(ONE)]},
        ),
        (
            (),
            {"model": "doubao-seedream-4-0-250828", "n": 4},
            "generations",
            {
                "model": "doubao-seedream-4-0-250828",
                "sequential_image_generation": "auto",
                "sequential_image_generation_options": {"max_images": 4},
                "watermark": False,
            },
        ),
        (
            (),
            {"model": "doubao-seedream-4-0-250828", "n": 1},
            "generations",
            {"model": "doubao-seedream-4-0-250828", "watermark": False},
        ),
        (("one",), {"model": "qwen-image-edit"}, "generations", {"model": "qwen-image-edit", "image": png_url(ONE)}),
        (
            (),
            {"model": "qwen-image", "shape": "3:2", "n": 4},
            "generations",
            {"model": "qwen-image", "aspect_ratio": "3:2", "n": 4},
        ),
        (
            ("one", "two"),
            {"model": "flux-2-pro"},
            "generations",
            {"model": "flux-2-pro", "input_image": png_url(ONE), "input_image_2": png_url(TWO)},
        ),
        (
            (),
            {"model": "fal-ai/flux/dev", "shape": "1280x720"},
            "generations",
            {"model": "fal-ai/flux/dev", "size": "1280x720"},
        ),
    ],
)
async def test_each_model_is_asked_in_its_own_fields(
    pictures: tuple[str, ...], options: dict[str, Any], path: str, fields: dict[str, Any]
) -> None:
    _outcome, seen = await submitted(openai, draw(*pictures, **options), DONE, shelf=shelf())

    assert [(one.method, one.path) for one in seen] == [("POST", f"/v1/images/{path}")]
    assert seen[0].body == {"prompt": "a red fox"} | fields
    assert seen[0].headers["Authorization"] == "Bearer the-key"


@pytest.mark.parametrize(
    ("options", "pictures", "parts"),
    [
        ({"quality": "low"}, ("one", "two"), {"quality": "low", "image[]": [PART_ONE, PART_TWO]}),
        ({"masked": True, "n": 2}, ("one", "mask"), {"n": "2", "image[]": PART_ONE}),
        (
            {"model": "flux-kontext-max", "shape": "3:2"},
            ("one",),
            {"model": "flux-kontext-max", "aspect_ratio": "3:2", "image": PART_ONE},
        ),
    ],
)
async def test_pictures_of_an_edit_go_as_parts_of_a_form(
    options: dict[str, Any], pictures: tuple[str, ...], parts: dict[str, Any]
) -> None:
    _outcome, seen = await submitted(openai, draw(*pictures, **options), DONE, shelf=shelf())

    assert [(one.method, one.path) for one in seen] == [("POST", "/v1/images/edits")]
    mask = {"mask": ("mask.png", "image/png", await shelf().cut_out("mask"))} if "mask" in pictures else {}
    assert seen[0].body == {"model": "gpt-image-1.5", "prompt": "a red fox"} | parts | mask


def test_a_mask_can_be_seen_through_where_it_is_white() -> None:
    mask = Image.new("RGB", (4, 2), "black")
    mask.paste("white", (0, 0, 2, 2))

    assert list(cut_out(mask).getchannel("A").tobytes()) == [0, 0, 255, 255] * 2


async def test_a_chat_gets_the_prompt_and_the_pictures_as_parts() -> None:
    job = draw("one", model="gemini-2.5-flash-image", shape="16:9", quality="1K")

    _outcome, seen = await submitted(openai, job, DONE, shelf=shelf())

    content = [{"type": "text", "text": "a red fox"}, {"type": "image_url", "image_url": {"url": png_url(ONE)}}]
    assert seen[0].path == "/v1/chat/completions"
    assert seen[0].body == {
        "model": "gemini-2.5-flash-image",
        "messages": [{"role": "user", "content": content}],
        "modalities": ["image", "text"],
        "stream": False,
        "image_config": {"aspect_ratio": "16:9", "image_size": "1K"},
    }


# What the pages show, and the same with fields that are missing, of other types, elsewhere, or of no meaning.
ANSWERS = [
    DONE,
    {"created": 1, "data": [{"b64_json": IN_BASE64}], "usage": {"total_tokens": 100}, "size": "1024x1024"},  # OpenAI
    {"data": [{"url": LINK, "b64_json": f"data:image/png;base64,{IN_BASE64}"}], "usage": {}},  # UCloud
    {"data": {"url": LINK}},
    {"data": [LINK]},
    {"data": [{"url": [LINK]}], "created": "1", "id": "img-12345678"},
    {"data": [{"url": None, "image_url": LINK, "seed": {"odd": 1}}], "error": None},
    {"code": 200, "data": {"images": [{"url": LINK, "size": 7}]}},
    {"images": [{"url": LINK}], "model": 4},
    {"output": [LINK], "status": 3},
    {"result": {"data": [{"b64_json": IN_BASE64}]}},
    {"id": "gen-12345678", "choices": [{"message": {"content": "", "images": [{"image_url": {"url": LINK}}]}}]},
    {"id": "gen-12345678", "choices": [{"message": {"content": f"Here: ![image](data:image/png;base64,{IN_BASE64})"}}]},
    {"choices": [{"message": {"content": [{"type": "text", "text": f"![it]({LINK})"}]}, "finish_reason": None}]},
    {"choices": [{"message": f"it is at {LINK}", "index": "0"}, 7]},
    {"choices": [{"message": {"content": [{"type": "image_url", "image_url": {"url": LINK}}]}}]},
]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("model", ["gpt-image-1.5", "gemini-2.5-flash-image"])
async def test_the_picture_in_an_answer_arrives_whatever_else_is_in_it(answer: Any, model: str) -> None:
    outcome, seen = await submitted(openai, draw(model=model), answer)

    assert isinstance(outcome, Finished)
    assert outcome.result.image_url == LINK or outcome.result.picture
    assert outcome.result.facts["model"] == model
    assert len(seen) == 1


WORDS = {"id": "gen-12345678", "choices": [{"message": {"content": "I would rather not."}, "finish_reason": "stop"}]}


@pytest.mark.parametrize(
    ("answer", "detail", "words"),
    [
        (WORDS, "words without a picture", "I would rather not."),
        ({"choices": [{"message": None}]}, "words without a picture", ""),
        ({"data": []}, "an answer without pictures", ""),
        ({"data": {"url": ""}, "created": "now"}, "an answer without pictures", ""),
        ({"data": [{"url": None, "b64_json": {}}]}, "an answer without pictures", ""),
    ],
    ids=range(5),
)
async def test_an_answer_without_a_picture_is_uncertain_with_the_relays_words(
    answer: Any, detail: str, words: str
) -> None:
    outcome, seen = await submitted(openai, draw(), answer)

    assert outcome == Uncertain(detail, was_answered=True, words=words)
    assert len(seen) == 1


async def test_a_chat_that_was_held_back_is_told_as_policy() -> None:
    answer = {"choices": [{"message": {"content": "no"}, "finish_reason": "content_filter"}]}

    outcome, _seen = await submitted(openai, draw(model="gemini-2.5-flash-image"), answer)

    assert outcome == Refused(Failure(kind=FailureKind.POLICY, detail="no"))


PENDING = {
    "created": 1757165031,
    "id": "task-unified-1757165031-uyujaw3d",
    "model": "gemini-3-pro-image-preview",
    "object": "image.generation.task",
    "progress": 0,
    "status": "pending",
    "task_info": {"can_cancel": True, "estimated_time": 45},
    "type": "image",
    "usage": {"billing_rule": "per_call", "credits_reserved": 1.6, "user_group": "default"},
}


@pytest.mark.parametrize(
    ("answer", "task_id"),
    [
        (PENDING, "task-unified-1757165031-uyujaw3d"),
        (
            {"code": 200, "data": [{"status": "submitted", "task_id": "task_01K8SGYNNNVBQTXNR4MM964S7K"}]},
            "task_01K8SGYNNNVBQTXNR4MM964S7K",
        ),
        (Reply({"task_id": "tsk-12345678"}, 202), "tsk-12345678"),
        ({"task_id": "tsk-12345678", "status": "pending", "poll_url": "/v1/tasks/tsk-12345678"}, "tsk-12345678"),
    ],
)
@pytest.mark.parametrize("pictures", [(), ("one", "two")])
async def test_a_task_is_followed(answer: Any, task_id: str, pictures: tuple[str, ...]) -> None:
    outcome, seen = await submitted(openai, draw(*pictures), answer, shelf=shelf())

    assert outcome == Accepted(task_id)
    assert len(seen) == 1


async def looked(job: Job, *answers: Any) -> tuple[Observation, list[str]]:
    async with ScriptedRelay.serving(*answers) as relay, opened(openai, relay, shelf()) as engine:
        return await engine.observe(job.with_(task_id="t-1")), [seen.path for seen in relay.seen]


COMPLETED = {
    "created": 1756817821,
    "id": "t-1",
    "model": "gpt-4o-image",
    "object": "image.generation.task",
    "progress": 100,
    "results": [LINK],
    "status": "completed",
    "task_info": {"can_cancel": False},
    "type": "image",
}
LISTED = {"code": 200, "data": {"id": "t-1", "status": "completed", "result": {"images": [{"url": [LINK]}]}}}
BROKEN = COMPLETED | {"status": "failed", "results": None, "error": {"code": "x", "message": "it broke"}}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (COMPLETED, LINK),
        (LISTED, LINK),
        ({"task_id": "t-1", "status": "succeeded", "data": [{"url": LINK}]}, LINK),
        (COMPLETED | {"results": [], "result_url": LINK, "progress": None, "status": "SUCCEEDED"}, LINK),
        (COMPLETED | {"results": {"0": 1}, "output": {"image": LINK}}, LINK),
        (COMPLETED | {"status": "processing", "progress": "31%", "results": None}, Working(31)),
        (COMPLETED | {"status": "dreaming", "progress": 31}, Working(31)),
        (BROKEN, Failed("it broke x")),
        (BROKEN | {"error": "内容审核不通过"}, Failed("内容审核不通过", FailureKind.POLICY)),
    ],
    ids=range(9),
)
async def test_a_task_tells_where_it_stands(answer: Any, expected: Any) -> None:
    seen, paths = await looked(draw("one", "mask", masked=True), answer)

    told = seen.result.image_url if isinstance(seen, Succeeded) else seen
    assert (told, paths) == (expected, ["/v1/tasks/t-1"])


async def test_a_task_that_is_done_without_a_picture_is_looked_at_again() -> None:
    seen, _paths = await looked(draw(), COMPLETED | {"results": []})

    assert isinstance(seen, Succeeded)
    assert not seen.settled


async def test_a_task_is_looked_for_on_every_route() -> None:
    nowhere = Reply({"error": {"message": "Invalid URL", "code": ""}}, 404)

    assert await looked(draw(), nowhere) == (
        Missing(),
        ["/v1/tasks/t-1", "/v1/images/t-1", "/v1/images/generations/t-1", "/v1/images/tasks/t-1"],
    )


@pytest.mark.parametrize(
    ("refusal", "expected"),
    [
        (
            Reply({"error": {"message": "Unknown parameter: 'x'.", "param": "x", "code": "unknown_parameter"}}, 400),
            Refused(Failure(kind=FailureKind.INVALID, detail="Unknown parameter: 'x'. unknown_parameter")),
        ),
        (
            Reply({"error": {"message": "rejected by the safety system", "code": "moderation_blocked"}}, 400),
            Refused(Failure(kind=FailureKind.POLICY, detail="rejected by the safety system moderation_blocked")),
        ),
        (
            Reply({"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}, 429),
            Busy(Wait.CREDIT, 60),
        ),
        (Reply({"error": {"message": "Rate limit reached"}}, 429), Busy(Wait.QUEUE_FULL, 15)),
        (
            Reply({"error": {"message": "No available channel for it", "code": "model_not_found"}}, 503),
            Refused(Failure(kind=FailureKind.UNSUPPORTED)),
        ),
    ],
    ids=range(5),
)
async def test_refusals_are_told_as_what_they_are(refusal: Any, expected: Any) -> None:
    outcome, seen = await submitted(openai, draw("one"), refusal, shelf=shelf())

    assert outcome == expected
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("pictures", "options", "sentence"),
    [
        (("one",), {"model": "qwen-image"}, "takes no pictures"),
        (("one", "two"), {"model": "qwen-image-edit"}, "takes at most 1 picture."),
        (("one", "mask"), {"model": "nano-banana", "masked": True}, "takes no mask"),
        (("mask",), {"masked": True}, "takes no mask"),
        ((), {"model": "gpt-image-1", "masked": True}, "takes no mask"),
        ((), {"model": "qwen-image-edit", "shape": "1:1"}, "chooses the shape by itself"),
        ((), {"model": "nano-banana", "quality": "4K"}, "has no choice of quality"),
        ((), {"model": "nano-banana", "n": 2}, "makes at most 1 picture"),
    ],
)
async def test_what_a_model_does_not_do_is_refused_before_it_is_sent(
    pictures: tuple[str, ...], options: dict[str, Any], sentence: str
) -> None:
    outcome, seen = await submitted(openai, draw(*pictures, **options), DONE, shelf=shelf())

    assert isinstance(outcome, Refused)
    assert sentence in outcome.failure.detail
    assert seen == []


@pytest.mark.parametrize(
    ("pictures", "is_masked", "name"),
    [(0, False, "words"), (1, False, "one"), (2, False, "many"), (1, True, "masked"), (2, True, "masked")],
)
def test_the_first_model_that_fits_is_taken_where_none_is_named(pictures: int, is_masked: bool, name: str) -> None:
    table = ModelTable(
        {
            "words": PictureModel(),
            "one": PictureModel(pictures=("image",)),
            "many": PictureModel(pictures="images", max_pictures=4),
            "masked": PictureModel(way=Way.EDITS, pictures="image[]"),
        }
    )

    assert table.fitting(pictures, is_masked=is_masked) == name


def test_a_pattern_tells_how_a_model_is_asked_and_names_none() -> None:
    table = ModelTable({"a, B": PictureModel(shape="x"), "*seedream*": PictureModel(shape="y")})

    assert table.names == ("a", "B")
    assert [table.get(name).shape for name in ("A", "b", "My-Seedream-4", "c")] == ["x", "x", "y", "size"]
