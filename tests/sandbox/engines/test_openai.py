"""The fake of the picture models behind the OpenAI format."""

import base64
import io
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops

from tests.sandbox.engines.caller import Caller, mean, plain, png
from tests.sandbox.relay_bench import data_url

GENERATIONS, EDITS, CHAT = "/v1/images/generations", "/v1/images/edits", "/v1/chat/completions"
RED, BLUE = plain("#e01010", (400, 400)), plain("#1010e0", (400, 400))


async def painted(caller: Caller, model: str, **wanted: Any) -> list[dict[str, Any]]:
    status, body = await caller.post(GENERATIONS, {"model": model, "prompt": "a cat"} | wanted)
    assert status == 200, body
    data: list[dict[str, Any]] = body["data"]
    return data


def decoded(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text))).convert("RGB")


async def edited(caller: Caller, fields: dict[str, str], *parts: tuple[str, Image.Image]) -> tuple[int, Any]:
    form = aiohttp.FormData(fields, default_to_multipart=True)
    for name, image in parts:
        form.add_field(name, png(image), filename=f"{name}.png", content_type="image/png")
    return await caller.ask("POST", EDITS, data=form)


def holed(box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("RGBA", RED.size, (0, 0, 0, 255))
    mask.paste((0, 0, 0, 0), box)
    return mask


@pytest.mark.parametrize(
    ("model", "wanted", "size"),
    [
        ("gpt-image-1.5", {}, (1024, 1024)),
        ("gpt-image-1", {"size": "1536x1024"}, (1536, 1024)),
        ("nano-banana", {"aspect_ratio": "16:9"}, (1360, 768)),
        ("nano-banana", {"size": "1536x1024"}, (1024, 1024)),  # not its field: not looked at
        ("nano-banana-2", {"aspect_ratio": "2:3", "image_size": "2K"}, (1680, 2512)),
        ("doubao-seedream-4-5-251128", {"size": "2304x1728"}, (2304, 1728)),
        ("doubao-seedream-4-0-250828", {"size": "2K"}, (2048, 2048)),
        ("Qwen/Qwen-Image", {"aspect_ratio": "9:16"}, (768, 1360)),
        ("flux-kontext-pro", {"aspect_ratio": "21:9"}, (1568, 672)),
        ("flux-2-pro", {"size": "1792x1024"}, (1792, 1024)),
        ("fal-ai/flux/dev", {"size": "1280x720"}, (1280, 720)),
    ],
)
async def test_each_family_has_its_own_field_of_the_shape(
    caller: Caller, model: str, wanted: dict[str, Any], size: tuple[int, int]
) -> None:
    (image,) = await painted(caller, model, **wanted)

    pixels = await caller.image(image["url"]) if "url" in image else decoded(image["b64_json"])
    assert pixels.size == size


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"sequential_image_generation_options": {"max_images": 4}}, 1),
        ({"sequential_image_generation": "auto", "sequential_image_generation_options": {"max_images": 4}}, 4),
        ({"sequential_image_generation": "auto", "image": [data_url(RED)] * 13}, 2),
    ],
)
async def test_seedream_makes_a_series_that_has_room_beside_what_was_given(
    caller: Caller, wanted: dict[str, Any], count: int
) -> None:
    assert len(await painted(caller, "doubao-seedream-4-5-251128", **wanted)) == count


async def test_gpt_image_sends_bytes_and_others_addresses(caller: Caller) -> None:
    assert [list(one) for one in await painted(caller, "gpt-image-1", n=2)] == [["b64_json"]] * 2
    assert [list(one) for one in await painted(caller, "nano-banana")] == [["url"]]
    assert [list(one) for one in await painted(caller, "nano-banana", response_format="b64_json")] == [["b64_json"]]
    assert [task["charged"] for task in caller.relay.tasks()] == [2, 1, 1]


@pytest.mark.parametrize(
    ("model", "field", "spelt"),
    [
        ("nano-banana", "image", lambda url: [url]),
        ("doubao-seedream-4-5-251128", "image", lambda url: url),
        ("doubao-seedream-4-5-251128", "images", lambda url: [url]),
        ("doubao-seedream-4-5-251128", "image_urls", lambda url: [url]),
        ("qwen-image-edit", "image", lambda url: url),
        ("flux-2-pro", "input_image_2", lambda url: url),
    ],
)
async def test_given_pictures_show_in_every_spelling(caller: Caller, model: str, field: str, spelt: Any) -> None:
    seen = []
    for given in (RED, BLUE):
        (image,) = await painted(caller, model, seed=5, **{field: spelt(data_url(given))})
        seen.append(mean(await caller.image(image["url"])))

    assert seen[0][0] > seen[1][0] + 20


async def test_an_edit_changes_nothing_outside_its_mask(caller: Caller) -> None:
    box = (100, 100, 300, 250)
    fields = {"model": "gpt-image-1.5", "prompt": "a cat", "size": "auto"}
    status, body = await edited(caller, fields, ("image[]", RED), ("image[]", BLUE), ("mask", holed(box)))

    image = decoded(body["data"][0]["b64_json"])
    changed = ImageChops.difference(image, RED).getbbox()
    assert (status, image.size) == (200, RED.size)
    assert changed is not None
    assert all(inner >= outer for inner, outer in zip(changed[:2], box[:2], strict=True))
    assert all(inner <= outer for inner, outer in zip(changed[2:], box[2:], strict=True))
    assert caller.relay.tasks()[0]["action"] == "OPENAI_EDIT"


async def test_an_edit_without_a_mask_goes_by_all_its_pictures(caller: Caller) -> None:
    fields = {"model": "gpt-image-1.5", "prompt": "a cat", "n": "2"}
    status, body = await edited(caller, fields, ("image[]", RED), ("image[]", BLUE))

    assert (status, len(body["data"])) == (200, 2)
    parts = [file["part"] for file in caller.relay.wire.requests[-1].body["files"]]
    assert parts == ["image[]", "image[]"]


@pytest.mark.parametrize("odd", ["", " --sandbox-odd"])
async def test_a_chat_answers_with_a_picture_beside_its_words_or_in_them(caller: Caller, odd: str) -> None:
    content = [{"type": "text", "text": f"a cat{odd}"}, {"type": "image_url", "image_url": {"url": data_url(RED)}}]
    wanted = {
        "model": "google/gemini-2.5-flash-image",
        "messages": [{"role": "user", "content": content}],
        "modalities": ["image", "text"],
        "image_config": {"aspect_ratio": "16:9"},
    }
    status, body = await caller.post(CHAT, wanted)

    message = body["choices"][0]["message"]
    url = message["content"].partition("](")[2].rstrip(")") if odd else message["images"][0]["image_url"]["url"]
    assert (status, decoded(url.partition(",")[2]).size) == (200, (1360, 768))
    assert ("images" in message) == (not odd)


async def test_a_chat_without_the_modality_answers_in_words(caller: Caller) -> None:
    wanted = {"model": "gemini-2.5-flash-image", "messages": [{"role": "user", "content": "a cat"}]}

    _, body = await caller.post(CHAT, wanted)

    assert set(body["choices"][0]["message"]) == {"role", "content"}


@pytest.mark.parametrize(
    ("word", "path", "pictures"),
    [
        ("pending", "/v1/tasks/{}", lambda told: told["results"]),
        ("listed", "/v1/tasks/{}", lambda told: told["data"]["result"]["images"][0]["url"]),
        ("accepted", "/v1/images/{}", lambda told: [one["url"] for one in told["data"]]),
    ],
)
async def test_an_asynchronous_gateway_answers_at_once_and_tells_later(
    caller: Caller, word: str, path: str, pictures: Any
) -> None:
    status, body = await caller.post(GENERATIONS, {"model": "nano-banana", "prompt": f"a cat --sandbox-{word}"})
    task_id = body.get("id") or body.get("task_id") or body["data"][0]["task_id"]
    _, early = await caller.ask("GET", path.format(task_id))
    caller.clock.at += 60
    _, late = await caller.ask("GET", path.format(task_id))

    assert status == (202 if word == "accepted" else 200)
    assert "pending" in str(early)
    assert (await caller.image(pictures(late)[0])).size == (1024, 1024)
    assert caller.relay.tasks()[0]["charged"] == 1


@pytest.mark.parametrize(
    ("word", "reason"), [("fail", "The generation failed"), ("unsafe", "content policy violation")]
)
async def test_an_asynchronous_task_may_fail(caller: Caller, word: str, reason: str) -> None:
    prompt = f"a cat --sandbox-pending --sandbox-{word}"
    _, body = await caller.post(GENERATIONS, {"model": "nano-banana", "prompt": prompt})
    caller.clock.at += 60
    _, told = await caller.ask("GET", f"/v1/tasks/{body['id']}")

    assert told["status"] == "failed"
    assert told["error"]["message"].startswith(reason)
    assert caller.relay.tasks()[0]["charged"] == 0


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({"model": "dall-e-9"}, 503, "model_not_found"),
        ({"prompt": " "}, 400, "missing_required_parameter"),
        ({"prompt": "a nude body"}, 400, "moderation_blocked"),
        ({"response_format": "url"}, 400, "unknown_parameter"),
        ({"image": [data_url(RED)]}, 400, "unknown_parameter"),
        ({"aspect_ratio": "16:9"}, 400, "unknown_parameter"),
        ({"size": "2K"}, 400, "invalid_value"),
        ({"quality": "hd"}, 400, "invalid_value"),
        ({"n": 11}, 400, "invalid_value"),
        ({"model": "nano-banana", "n": 2}, 400, "invalid_value"),
        ({"model": "nano-banana", "aspect_ratio": "wide"}, 400, "invalid_value"),
        ({"model": "nano-banana-2", "image_size": "8K"}, 400, "invalid_value"),
        ({"model": "nano-banana", "image": ["https://example.com/a.png"]}, 400, "invalid_image"),
        ({"model": "qwen-image-edit"}, 400, "missing_required_parameter"),
        ({"prompt": "a cat --sandbox-fail"}, 400, "generation_failed"),
        ({"prompt": "a cat --sandbox-unsafe"}, 400, "moderation_blocked"),
        ({"prompt": "a cat --sandbox-full"}, 429, "rate_limit_exceeded"),
    ],
)
async def test_refusals_have_the_format_of_the_vendor(caller: Caller, wanted: Any, status: int, code: str) -> None:
    answered, body = await caller.post(GENERATIONS, {"model": "gpt-image-1", "prompt": "a cat"} | wanted)

    assert (answered, body["error"]["code"]) == (status, code)
    assert not any(task["charged"] for task in caller.relay.tasks())


@pytest.mark.parametrize(
    ("fields", "parts", "code"),
    [
        ({"model": "nano-banana"}, ["image"], "invalid_value"),
        ({}, [], "missing_required_parameter"),
        ({"response_format": "b64_json"}, ["image"], "unknown_parameter"),
        ({"model": "flux-kontext-pro"}, ["image", "image"], "invalid_value"),
    ],
)
async def test_edits_that_cannot_be_are_refused(
    caller: Caller, fields: dict[str, str], parts: list[str], code: str
) -> None:
    wanted = {"model": "gpt-image-1", "prompt": "a cat"} | fields

    status, body = await edited(caller, wanted, *((part, RED) for part in parts))

    assert (status, body["error"]["code"]) == (400, code)


async def test_a_mask_must_have_the_size_of_its_picture(caller: Caller) -> None:
    fields = {"model": "gpt-image-1", "prompt": "a cat"}

    status, body = await edited(caller, fields, ("image[]", plain("red", (300, 400))), ("mask", holed((0, 0, 9, 9))))

    assert (status, body["error"]["code"]) == (400, "invalid_mask_size")
