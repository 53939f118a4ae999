"""Edits and films of any picture: /edit, /animate, and Vary (Region) where the relay offers none."""

import pytest
import pytest_asyncio
from PIL import Image

from sandbox.driver import mask_of, png
from sandbox.message_view import Message, cell, faces
from sandbox.relay.profiles import MIDJOURNEY_PROXY, UNIAPI
from tests.e2e.gestures import RED, calls, send_for_job
from tests.e2e.studio import Ordered, Studio, ordered, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

RED_PNG = png(Image.new("RGB", (96, 64), RED))
PROMPT = "a boat --seed 7 --v 8.2"
SIDE = 512


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(studio: Studio) -> Message:
    studio.relay.profile = MIDJOURNEY_PROXY
    grid = await studio.result(await studio.imagine(PROMPT))
    return await studio.result(await studio.follow_up(grid, "U1"))


@pytest.fixture(autouse=True)
def _profile(studio: Studio) -> None:
    studio.relay.profile = MIDJOURNEY_PROXY


async def order(studio: Studio, command: str, **options: object) -> Ordered:
    return ordered(await studio.slash(command, options), "ana", "studio")


def top_half() -> Image.Image:
    return mask_of((SIDE, SIDE), (0, 0, SIDE, SIDE // 2))


async def test_region_that_the_relay_does_not_offer_is_edited(studio: Studio, single: Message) -> None:
    press = await studio.click(single, "Vary (Region)")
    modal = await studio.open(await studio.whole_answer(press), "Upload a mask…")
    job = await send_for_job(studio, modal, prompt="a storm", file=[studio.upload("mask.png", png(top_half()))])

    message = await studio.result(job)

    assert ["Vary (Region)"] in faces(single)
    assert calls(studio, job) == ["/mj/submit/edits"]
    assert [(task["action"], task["prompt"]) for task in studio.tasks(job.id)] == [("EDIT", "a storm")]
    grid, parent = await studio.picture(message), await studio.picture(single)
    kept = (0, SIDE // 2, SIDE, SIDE)
    cells = [cell(grid, number) for number in range(1, 5)]
    assert all(same_pixels(one.crop(kept), parent.crop(kept)) for one in cells)
    assert not any(same_pixels(one, parent) for one in cells)
    assert "Variations (Region) by" in message["content"]


async def test_edit_of_an_upload_in_another_shape(studio: Studio) -> None:
    upload = studio.upload("red.png", RED_PNG)
    job = await order(studio, "edit", prompt="a castle around it", picture=upload, shape="16:9")

    grid = await studio.picture(await studio.result(job))

    inside = cell(grid, 1)
    assert grid.width / grid.height == pytest.approx(16 / 9, rel=0.02)
    assert inside.getpixel((inside.width // 2, inside.height // 2)) == RED
    assert inside.getpixel((2, inside.height // 2)) != RED
    assert [task["prompt"] for task in studio.tasks(job.id)] == ["a castle around it --ar 16:9"]


async def test_edit_of_ones_own_result(studio: Studio, single: Message) -> None:
    own = ordered(single, "ana", "studio").id
    job = await order(studio, "edit", prompt="at night", result=own)

    await studio.result(job)

    assert [task["action"] for task in studio.tasks(job.id)] == ["EDIT"]


async def test_films_of_an_upload_and_of_ones_own_result(studio: Studio, single: Message) -> None:
    upload, own = studio.upload("red.png", RED_PNG), ordered(single, "ana", "studio").id
    first = await order(studio, "animate", prompt="it rains", picture=upload, films=2, motion="high")
    second = await order(studio, "animate", prompt="it snows --turbo", result=own, end=upload, films=1)

    files = [result_files(await studio.result(job)) for job in (first, second)]

    assert [len(names) for names in files] == [2, 1]
    assert calls(studio, first) == ["/mj/submit/video"]
    assert studio.submits(first.id)[0].body["motion"] == "high"
    assert "endImage" in studio.submits(second.id)[0].body
    assert calls(studio, second) == ["/mj-fast/mj/submit/video"]


async def test_one_picture_is_wanted_and_no_other(studio: Studio, single: Message) -> None:
    own, upload = ordered(single, "ana", "studio").id, studio.upload("red.png", RED_PNG)
    before = len(studio.relay.tasks())

    said = [
        (await studio.slash(command, {"prompt": "waves", **options}))["content"]
        for command in ("edit", "animate")
        for options in ({}, {"picture": upload, "result": own})
    ]

    assert said == ["Please give either a picture or one of your results."] * 4
    assert len(studio.relay.tasks()) == before


async def test_edit_picture_stands_behind_its_parameter(studio: Studio) -> None:
    studio.relay.profile = UNIAPI
    job = await studio.imagine(PROMPT, edit=studio.upload("red.png", RED_PNG))

    await studio.result(job)

    assert " --edit http" in studio.submits(job.id)[0].body["prompt"]
