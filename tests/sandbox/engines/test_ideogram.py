"""The fake of Ideogram."""

from typing import Any

import aiohttp
import pytest

from sandbox.relay.profiles import NEW_API
from tests.sandbox.engines.caller import IDEOGRAM, Caller, mean, plain, png, raw


@pytest.mark.parametrize(
    ("wanted", "resolution"),
    [
        ({}, "1024x1024"),
        ({"aspect_ratio": "ASPECT_16_9"}, "1360x768"),
        ({"aspect_ratio": "ASPECT_1_3"}, "592x1776"),
        ({"resolution": "RESOLUTION_512_1536"}, "512x1536"),
    ],
)
async def test_ideogram_tells_the_size_it_makes(caller: Caller, wanted: dict[str, Any], resolution: str) -> None:
    (image,) = await caller.ideogram(prompt="a cat", **wanted)

    pixels = await caller.image(image["url"])
    assert (image["resolution"], f"{pixels.width}x{pixels.height}") == (resolution, resolution)


async def test_ideogram_answers_with_every_field_for_every_image(caller: Caller) -> None:
    images = await caller.ideogram(prompt="a cat", num_images=3, seed=40, style_type="ANIME")

    assert [image["seed"] for image in images] == [40, 41, 42]
    assert {image["style_type"] for image in images} == {"ANIME"}
    assert len({image["url"] for image in images}) == 3
    assert set(images[0]) == {"url", "prompt", "resolution", "is_image_safe", "seed", "style_type"}
    assert caller.relay.tasks()[0]["charged"] == 3


@pytest.mark.parametrize(
    ("prompt", "option", "is_rewritten"),
    [("a cat", "AUTO", True), ("a cat", "OFF", False), ("a cat " * 20, "AUTO", False), ("a cat " * 20, "ON", True)],
)
async def test_ideogram_rewrites_by_magic_prompt(caller: Caller, prompt: str, option: str, is_rewritten: bool) -> None:
    (image,) = await caller.ideogram(prompt=prompt, magic_prompt_option=option)

    assert (image["prompt"] != prompt) == is_rewritten
    assert "cat" in image["prompt"]


@pytest.mark.parametrize(("word", "safe"), [("unsafe", [False, False]), ("nsfw", [False, True]), ("odd", [True, True])])
async def test_ideogram_answers_200_with_an_empty_address_when_unsafe(
    caller: Caller, word: str, safe: list[bool]
) -> None:
    images = await caller.ideogram(prompt=f"a cat --sandbox-{word}", num_images=2)

    assert [image["is_image_safe"] for image in images] == safe
    assert [bool(image["url"]) for image in images] == safe


@pytest.mark.parametrize(
    "wanted",
    [
        None,
        {},
        {"prompt": " "},
        {"prompt": "a cat", "aspect_ratio": "16:9"},
        {"prompt": "a cat", "aspect_ratio": ["ASPECT_1_1"]},
        {"prompt": "a cat", "model": "V_3"},
        {"prompt": "a cat", "style_type": "anime"},
        {"prompt": "a cat", "magic_prompt_option": True},
        {"prompt": "a cat", "num_images": 9},
        {"prompt": "a cat", "num_images": "2"},
        {"prompt": "a cat", "seed": 2**31},
        {"prompt": "a cat", "resolution": "1024x1024"},
        {"prompt": "a cat", "resolution": "RESOLUTION_1024_1024", "model": "V_1"},
        {"prompt": "a cat", "resolution": "RESOLUTION_1024_1024", "aspect_ratio": "ASPECT_1_1"},
    ],
)
async def test_ideogram_refuses_what_is_not_in_its_lists(caller: Caller, wanted: Any) -> None:
    status, body = await caller.post(IDEOGRAM, {"image_request": wanted})

    assert (status, body["error"]["code"]) == (400, "bad_request")
    assert caller.relay.tasks() == []


async def test_ideogram_upscales_to_twice_the_size(caller: Caller) -> None:
    status, body = await caller.form("/ideogram/upscale", plain("green", (200, 150)), '{"resemblance": 80, "seed": 4}')

    image = await caller.image(body["data"][0]["url"])
    assert (status, image.size, body["data"][0]["seed"]) == (200, (400, 300), 4)
    assert mean(image) == pytest.approx((0, 128, 0), abs=2)
    given, body = png(plain("green", (200, 150))), caller.relay.wire.requests[0].body
    assert body["image_request"] == {"resemblance": 80, "seed": 4}
    assert [(one["part"], one["name"], one["size"]) for one in body["files"]] == [
        ("image_file", "given.png", len(given))
    ]


@pytest.mark.parametrize("path", ["/ideogram/remix", "/ideogram/upscale"])
@pytest.mark.parametrize("text", [None, "", "prompt=cat", "[]", '{"image_weight": 0, "prompt": "x"}'])
async def test_ideogram_wants_image_request_as_json_text(caller: Caller, path: str, text: str | None) -> None:
    status, _ = await caller.form(path, plain("green"), text)

    assert (status, caller.relay.tasks()) == (400, [])


@pytest.mark.parametrize("path", ["/ideogram/remix", "/ideogram/upscale", "/ideogram/describe"])
async def test_ideogram_wants_pictures_as_file_parts(caller: Caller, path: str) -> None:
    as_json, _ = await caller.post(path, {"image_request": {"prompt": "x"}, "image_file": raw(plain("green"))})
    form = aiohttp.FormData({"image_file": "text", "image_request": '{"prompt": "x"}'}, default_to_multipart=True)
    as_text, _ = await caller.ask("POST", path, data=form)
    form = aiohttp.FormData({"image_request": '{"prompt": "x"}'}, default_to_multipart=True)
    form.add_field("image_file", b"no picture", filename="a.png", content_type="image/png")
    as_rubbish, _ = await caller.ask("POST", path, data=form)

    assert [as_json, as_text, as_rubbish] == [400, 400, 400]
    assert caller.relay.tasks() == []


async def test_ideogram_describes_colours(caller: Caller) -> None:
    status, body = await caller.form("/ideogram/describe", plain("#3b7dd8"), None)

    assert (status, len(body["descriptions"])) == (200, 4)
    assert all("blue" in one["text"] and not one["text"].startswith("1") for one in body["descriptions"])
    assert caller.relay.tasks()[0]["action"] == "IDEOGRAM_DESCRIBE"


async def test_ideogram_describes_as_a_list_of_prompts_behind_some_gateways(caller: Caller) -> None:
    caller.relay.profile = NEW_API

    _, body = await caller.form("/ideogram/describe", plain("#3b7dd8"), None)

    assert "descriptions" not in body
    assert all("blue" in one["prompt"] for one in body["data"])
