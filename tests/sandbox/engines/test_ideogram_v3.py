"""The fake of Ideogram 3: the vendor's forms, gateways' JSON, and edits that change only what was asked."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageOps

from sandbox.relay.engines.ideogram_v3 import GATEWAY, VENDOR
from sandbox.relay.painting.edits import subject
from tests.sandbox.engines.caller import Caller, plain, png, raw

ROOTS = pytest.mark.parametrize("root", [GATEWAY, VENDOR], ids=["gateway", "vendor"])
SIZE = (400, 320)


async def form(caller: Caller, path: str, words: Sequence[tuple[str, str]], **pictures: Image.Image) -> tuple[int, Any]:
    data = aiohttp.FormData(default_to_multipart=True)
    for name, value in words:
        data.add_field(name, value)
    for name, image in pictures.items():
        data.add_field(name, png(image), filename=f"{name}.png", content_type="image/png")
    return await caller.ask("POST", path, {"Api-Key": caller.relay.key}, data=data)


async def made(caller: Caller, path: str, words: Sequence[tuple[str, str]], **pictures: Image.Image) -> Image.Image:
    status, body = await form(caller, path, words, **pictures)
    assert status == 200, body
    return await caller.image(body["data"][0]["url"])


def half_black() -> Image.Image:
    """A mask whose left half is black: to be painted anew."""
    mask = Image.new("L", SIZE, 255)
    ImageDraw.Draw(mask).rectangle((0, 0, SIZE[0] // 2 - 1, SIZE[1]), fill=0)
    return mask


@ROOTS
async def test_an_edit_paints_the_black_of_its_mask_and_nothing_else(root: str, caller: Caller) -> None:
    given = plain("red", SIZE)

    edited = await made(caller, f"{root}edit", [("prompt", "a boat")], image=given, mask=half_black())

    changed = ImageChops.difference(edited, given).getbbox()
    assert edited.size == SIZE
    assert changed is not None
    assert changed[2] <= SIZE[0] // 2


@ROOTS
async def test_a_reframe_keeps_the_picture_in_the_middle(root: str, caller: Caller) -> None:
    given = plain("red", (512, 512))

    framed = await made(caller, f"{root}reframe", [("resolution", "1536x512")], image=given)

    assert framed.size == (1536, 512)
    assert ImageChops.difference(framed.crop((512, 0, 1024, 512)), given).getbbox() is None
    assert {framed.getpixel(at) for at in ((100, 20), (1400, 500))} == {(255, 0, 0)}  # it goes on as it is


async def test_another_background_keeps_the_subject(caller: Caller) -> None:
    given = plain("red", SIZE)

    image = await made(caller, f"{VENDOR}replace-background", [("prompt", "a beach")], image=given)

    difference = ImageOps.grayscale(ImageChops.difference(image, given))
    assert ImageChops.multiply(difference, subject(SIZE)).getbbox() is None
    assert difference.getbbox() is not None


async def test_the_vendor_generates_from_json_and_tells_every_field(caller: Caller) -> None:
    headers = {"Api-Key": caller.relay.key}
    wanted = {"prompt": "a cat", "aspect_ratio": "16x9", "rendering_speed": "FLASH", "num_images": 2, "seed": 5}
    status, body = await caller.ask("POST", f"{VENDOR}generate", headers, json=wanted)

    assert (status, [one["seed"] for one in body["data"]]) == (200, [5, 6])
    assert set(body["data"][0]) == {"url", "prompt", "resolution", "is_image_safe", "seed", "style_type"}
    assert caller.relay.tasks()[0]["action"] == "IDEOGRAM_V3_GENERATE"


async def test_a_gateway_takes_its_own_words_in_json(caller: Caller) -> None:
    headers = {"Api-Key": caller.relay.key}
    words = {"prompt": "a cat", "aspect_ratio": "ASPECT_16_9", "model": "V_3", "magic_prompt_option": "OFF"}
    generated, body = await caller.ask("POST", f"{GATEWAY}generate", headers, json=words)
    edit = {"prompt": "a boat", "image": raw(plain("red", SIZE)), "mask": raw(half_black())}
    edited, _ = await caller.ask("POST", f"{GATEWAY}edit", headers, json=edit)
    refused, _ = await caller.ask("POST", f"{VENDOR}edit", headers, json=edit)

    assert (generated, edited, refused) == (200, 200, 400)
    assert body["data"][0]["prompt"] == "a cat"


@pytest.mark.parametrize(
    ("operation", "words", "pictures", "what"),
    [
        ("generate", [("prompt", "a cat"), ("aspect_ratio", "ASPECT_16_9")], (), "aspect_ratio"),
        ("generate", [("prompt", "a cat"), ("rendering_speed", "SLOW")], (), "rendering_speed"),
        ("generate", [("prompt", "a cat"), ("style_codes", "red")], (), "style_codes"),
        ("generate", [("prompt", "a cat"), ("style_codes", "0123ABCD"), ("style_type", "AUTO")], (), "style_codes"),
        ("generate", [("prompt", "a cat"), ("style_codes", "0123ABCD")], ("style_reference_images",), "style_codes"),
        ("generate", [("prompt", "a cat"), ("aspect_ratio", "1x1"), ("resolution", "1024x1024")], (), "together"),
        ("edit", [("prompt", "a cat")], ("image",), "mask"),
        ("remix", [("prompt", "a cat")], (), "image"),
        ("reframe", [], ("image",), "resolution"),
        ("reframe", [("resolution", "1000x1000")], ("image",), "resolution"),
    ],
    ids=range(10),
)
async def test_what_cannot_be_is_refused_by_its_name(
    caller: Caller, operation: str, words: list[tuple[str, str]], pictures: tuple[str, ...], what: str
) -> None:
    given = dict.fromkeys(pictures, plain("red", SIZE))

    status, body = await form(caller, f"{GATEWAY}{operation}", words, **given)

    assert status == 400
    assert what in body["error"]["message"]
    assert caller.relay.tasks() == []


async def test_a_mask_of_another_size_is_refused(caller: Caller) -> None:
    words = [("prompt", "a boat")]

    status, body = await form(caller, f"{GATEWAY}edit", words, image=plain("red"), mask=plain("black", (10, 10)))

    assert (status, "mask" in body["error"]["message"]) == (400, True)
