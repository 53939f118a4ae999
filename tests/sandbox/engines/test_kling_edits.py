"""The fake of Kling: pictures of several others, series, and a picture that grows."""

from typing import Any

import pytest
from PIL import Image, ImageChops

from tests.sandbox.engines.caller import Caller, plain, raw

OMNI = "/kling/v1/images/omni-image"
MULTI = "/kling/v1/images/multi-image2image"
EXPAND = "/kling/v1/images/editing/expand"
RED = raw(plain("red"))
STAYS = {f"{side}_expansion_ratio": 0 for side in ("up", "down", "left", "right")}


async def test_an_expanded_picture_keeps_every_pixel(caller: Caller) -> None:
    given = plain("red", (400, 320))
    wanted = STAYS | {"up_expansion_ratio": 0.5, "right_expansion_ratio": 0.25}

    done = await caller.kling(EXPAND, image=raw(given), **wanted)

    grown = await caller.image(done["task_result"]["images"][0]["url"])
    assert grown.size == (500, 480)
    assert ImageChops.difference(grown.crop((0, 160, 400, 480)), given).getbbox() is None
    assert {grown.getpixel(at) for at in ((20, 20), (480, 20), (480, 400))} == {(255, 0, 0)}  # it goes on as it is


async def test_a_prompt_says_what_is_beyond_the_edges(caller: Caller) -> None:
    given = plain("red", (400, 320))

    done = await caller.kling(EXPAND, image=raw(given), prompt="a boat", **(STAYS | {"left_expansion_ratio": 1}))

    grown = await caller.image(done["task_result"]["images"][0]["url"])
    changed = ImageChops.difference(grown, Image.new("RGB", grown.size, "red")).getbbox()
    assert (grown.size, changed) == ((800, 320), (0, 0, 400, 320))


async def test_a_series_comes_in_a_list_of_its_own(caller: Caller) -> None:
    wanted: Any = {"model_name": "kling-v3-omni", "result_type": "series", "series_amount": 2, "aspect_ratio": "1:1"}

    done = await caller.kling(OMNI, prompt="a cat", **wanted)

    assert (list(done["task_result"]), len(done["task_result"]["series_images"])) == (["series_images"], 2)


async def test_several_pictures_go_into_one(caller: Caller) -> None:
    blue = raw(plain("blue"))
    omni = await caller.kling(OMNI, prompt="a cat", image_list=[{"image": RED}, {"image": blue}])
    subjects = [{"subject_image": RED}, {"subject_image": blue}]
    multi = await caller.kling(MULTI, prompt="a cat", subject_image_list=subjects, style_image=blue)

    assert [one["task_status"] for one in (omni, multi)] == ["succeed", "succeed"]
    assert [task["action"] for task in caller.relay.tasks()] == ["KLING_OMNI", "KLING_MULTI"]


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (OMNI, {"prompt": ""}),
        (OMNI, {"prompt": "a cat", "model_name": "kling-v3"}),
        (OMNI, {"prompt": "a cat", "model_name": "kling-image-o1", "resolution": "4k"}),
        (OMNI, {"prompt": "a cat", "model_name": "kling-image-o1", "result_type": "series"}),
        (OMNI, {"prompt": "a cat", "image_list": [{"image": RED}] * 11}),
        (OMNI, {"prompt": "a cat", "image_list": [RED]}),
        (MULTI, {"prompt": "a cat", "subject_image_list": [{"subject_image": RED}]}),
        (MULTI, {"prompt": "a cat", "subject_image_list": [{"subject_image": RED}] * 5}),
        (MULTI, {"prompt": "a cat", "model_name": "kling-v3", "subject_image_list": [{"subject_image": RED}] * 2}),
        (EXPAND, {"image": RED}),
        (EXPAND, {"image": RED} | STAYS | {"up_expansion_ratio": 3}),
        (EXPAND, {"image": RED} | STAYS | {"up_expansion_ratio": 2, "right_expansion_ratio": 1}),
        (EXPAND, STAYS | {"up_expansion_ratio": 1}),
    ],
    ids=range(13),
)
async def test_what_cannot_be_is_refused_with_its_code(caller: Caller, path: str, wanted: dict[str, Any]) -> None:
    status, body = await caller.post(path, wanted)

    assert (status, body["code"]) == (400, 1201)
    assert caller.relay.tasks() == []
