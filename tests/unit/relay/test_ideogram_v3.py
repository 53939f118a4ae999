"""Ideogram 3: exact forms and JSON, and the vendor's own answer."""

from typing import Any

import pytest
from PIL import Image

from bot.domain.outcomes import Finished, Refused
from bot.domain.requests import EngineRequest
from bot.pictures.decoding import encoding
from bot.relay.http import RelayHttp
from bot.relay.ideogram import Ideogram
from bot.relay.ideogram_v3 import frame_of
from tests.support.makers import make_job, picture, png_url
from tests.support.painting import Shelf, paint_job, submitted

ALL_BLACK = encoding.png(Image.new("L", (8, 8)))
ONE, MASK, FACE = picture(colour="red"), encoding.png(Image.new("L", (8, 8), 255)), picture(colour="blue")
STYLE = picture(colour="green")
SHELF = Shelf(one=ONE, mask=MASK, face=FACE)
ROOT = "/ideogram/v1/ideogram-v3"
# As the vendor's page of reframe gives it.
ANSWER = {
    "created": "2000-01-23 04:56:07+00:00",
    "data": [
        {
            "prompt": "A photo of a cat",
            "resolution": "1280x800",
            "is_image_safe": True,
            "seed": 12345,
            "url": "https://ideogram.ai/api/images/ephemeral/xtdZiqPwRxqY1Y7NExFmzB.png?exp=1743867804&sig=e13e",
            "style_type": "GENERAL",
        }
    ],
}


def vendor(http: RelayHttp, shelf: Shelf) -> Ideogram:
    return Ideogram(http, shelf, prefix="")


def old_words(http: RelayHttp, shelf: Shelf) -> Ideogram:
    return Ideogram(http, shelf, bodies="json")


def file(data: bytes) -> tuple[str, str, bytes]:
    return ("image.png", "image/png", data)


async def test_generate_without_pictures_goes_as_json() -> None:
    options: dict[str, Any] = {"aspect_ratio": "ASPECT_16_9", "magic_prompt_option": "OFF", "num_images": 2, "seed": 7}
    job = paint_job("ideogram", "generate", model="V_3_TURBO", style_codes="0123abcd, 89EF0123", **options)

    outcome, seen = await submitted(Ideogram, job, ANSWER)

    assert (seen[0].path, seen[0].body) == (
        f"{ROOT}/generate",
        {
            "prompt": "a cat",
            "aspect_ratio": "16x9",
            "magic_prompt": "OFF",
            "num_images": 2,
            "seed": 7,
            "rendering_speed": "TURBO",
            "style_codes": ["0123abcd", "89EF0123"],
        },
    )
    assert isinstance(outcome, Finished)
    assert outcome.result.image_url == ANSWER["data"][0]["url"]  # type: ignore[index]
    assert outcome.result.facts == {
        "seed": "12345",
        "resolution": "1280x800",
        "model": "V_3_TURBO",
        "style": "GENERAL",
    }


@pytest.mark.parametrize(
    ("kind", "pictures", "options", "operation", "parts"),
    [
        (
            "edit",
            ("one", "mask"),
            {"masked": True, "model": "V_3_QUALITY"},
            "edit",
            {
                "prompt": "a cat",
                "image": file(ONE),
                "mask": ("mask.png", "image/png", ALL_BLACK),
                "rendering_speed": "QUALITY",
            },
        ),
        (
            "remix",
            ("one",),
            {"model": "V_3", "image_weight": 70, "style_codes": "0123abcd 89EF0123"},
            "remix",
            {
                "prompt": "a cat",
                "image": file(ONE),
                "image_weight": "70",
                "style_codes": ["0123abcd", "89EF0123"],
            },
        ),
        (
            "background",
            ("one",),
            {"style_type": "FICTION"},
            "replace-background",
            {"prompt": "a cat", "image": file(ONE), "style_type": "FICTION"},
        ),
    ],
    ids=["edit", "remix", "background"],
)
async def test_operations_on_a_picture_go_as_forms(
    kind: str, pictures: tuple[str, ...], options: dict[str, Any], operation: str, parts: dict[str, Any]
) -> None:
    job = paint_job("ideogram", kind, pictures=pictures, **options)

    _outcome, seen = await submitted(Ideogram, job, ANSWER, shelf=SHELF)

    assert (seen[0].path, seen[0].body) == (f"{ROOT}/{operation}", parts)


async def test_a_reframe_needs_no_prompt_and_takes_the_nearest_resolution() -> None:
    job = paint_job("ideogram", "reframe", prompt="", pictures=("one",), aspect_ratio="ASPECT_16_9")

    _outcome, seen = await submitted(Ideogram, job, ANSWER, shelf=SHELF)

    assert (seen[0].path, seen[0].body) == (f"{ROOT}/reframe", {"image": file(ONE), "resolution": "1312x736"})


@pytest.mark.parametrize(
    ("aspect", "frame"),
    [("1:1", "1024x1024"), ("ASPECT_3_1", "1536x512"), ("9:16", "736x1312"), ("4x5", "896x1120"), ("50:1", "1536x512")],
)
def test_a_shape_becomes_the_nearest_frame(aspect: str, frame: str) -> None:
    assert frame_of(aspect) == frame


async def test_references_go_by_what_they_are_for() -> None:
    request = EngineRequest(
        engine="ideogram",
        kind="generate",
        prompt="a cat",
        pictures=("one", "face"),
        roles=("style", "character"),
        options={"model": "V_3"},
    )

    _outcome, seen = await submitted(Ideogram, make_job(engine="ideogram", request=request), ANSWER, shelf=SHELF)

    assert seen[0].body == {
        "prompt": "a cat",
        "style_reference_images": file(ONE),
        "character_reference_images": file(FACE),
    }


@pytest.mark.parametrize(
    ("kind", "pictures", "roles", "start"),
    [
        ("remix", ("one", "face", "style"), ("", "style", "character"), {"image": ONE}),
        ("edit", ("one", "face", "style", "mask"), ("", "style", "character"), {"image": ONE, "mask": ALL_BLACK}),
        ("background", ("one", "face"), ("", "style"), {"image": ONE}),
    ],
    ids=["remix", "edit", "background"],
)
async def test_references_stand_beside_the_picture_that_is_worked_on(
    kind: str, pictures: tuple[str, ...], roles: tuple[str, ...], start: dict[str, bytes]
) -> None:
    request = EngineRequest(engine="ideogram", kind=kind, prompt="a cat", pictures=pictures, roles=roles)
    shelf = Shelf(one=ONE, mask=MASK, face=FACE, style=STYLE)

    _outcome, seen = await submitted(Ideogram, make_job(engine="ideogram", request=request), ANSWER, shelf=shelf)

    references = {"style_reference_images": FACE, "character_reference_images": STYLE}
    sent = {name: part[2] for name, part in seen[0].body.items() if name != "prompt"}
    assert sent == start | dict(list(references.items())[: len(roles) - 1])


async def test_gateways_of_the_old_words_are_asked_in_json() -> None:
    options: dict[str, Any] = {"masked": True, "aspect_ratio": "ASPECT_4_5", "magic_prompt_option": "ON"}
    job = paint_job("ideogram", "edit", pictures=("one", "mask"), **options)

    _outcome, seen = await submitted(old_words, job, ANSWER, shelf=SHELF)

    mask = seen[0].body.pop("mask")
    assert mask == png_url(ALL_BLACK)
    assert (seen[0].path, seen[0].body) == (
        f"{ROOT}/edit",
        {
            "prompt": "a cat",
            "aspect_ratio": "ASPECT_4_5",
            "magic_prompt_option": "ON",
            "model": "V_3",
            "image": png_url(ONE),
        },
    )


@pytest.mark.parametrize(
    ("job", "path"),
    [
        (paint_job("ideogram", "generate", model="V_3"), "/v1/ideogram-v3/generate"),
        (paint_job("ideogram", "generate", model="V_2"), "/generate"),
    ],
)
async def test_the_vendor_has_the_same_paths_without_the_prefix(job: Any, path: str) -> None:
    _outcome, seen = await submitted(vendor, job, ANSWER)

    assert seen[0].path == path


@pytest.mark.parametrize(
    ("kind", "pictures", "options", "words"),
    [
        ("generate", (), {"model": "V_3", "style_codes": "red"}, "red is not a style code."),
        ("generate", (), {"model": "V_3", "style_codes": "0123abcd", "style_type": "AUTO"}, "style codes, a style"),
        ("generate", (), {"model": "V_3", "aspect_ratio": "ASPECT_1_1", "resolution": "1024x1024"}, "either a shape"),
        ("generate", (), {"model": "V_2", "rendering_speed": "TURBO"}, r"The model V\_2 cannot do that."),
        ("edit", ("one",), {}, "a picture and a mask"),
        ("reframe", ("one",), {"aspect_ratio": "wide"}, "wide is not a shape."),
        ("background", (), {}, "This needs a picture."),
    ],
    ids=range(7),
)
async def test_what_cannot_be_is_refused_before_it_is_sent(
    kind: str, pictures: tuple[str, ...], options: dict[str, Any], words: str
) -> None:
    outcome, seen = await submitted(
        Ideogram, paint_job("ideogram", kind, pictures=pictures, **options), ANSWER, shelf=SHELF
    )

    assert isinstance(outcome, Refused)
    assert words in outcome.failure.detail
    assert seen == []
