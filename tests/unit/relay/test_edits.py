"""Edits of pictures at the relay: what is sent for them. Source: docs/relay.md 2.11."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from bot.domain.custom_ids import EDIT_REGION
from bot.domain.outcomes import Accepted, Refused
from bot.domain.requests import Animate, Button, Edit
from bot.domain.rules import OWN_REGION_BUTTON, with_region
from bot.errors import PictureError
from tests.support.loopback import Reply, ScriptedRelay
from tests.support.makers import UUID, make_action, make_job, make_result, picture
from tests.support.relay_calls import midjourney

OK = {"code": 1, "description": "ok", "result": "1795866712978897"}
VARY = Button(custom_id=f"MJ::JOB::low_variation::1::{UUID}::SOLO", label="Vary (Subtle)")
REGION = Button(custom_id=f"MJ::Inpaint::1::{UUID}::SOLO", label="Vary (Region)")
EXTEND = Button(custom_id=f"MJ::JOB::animate_low_extend::1::{UUID}", label="Extend")


def left_half() -> bytes:
    mask, file = Image.new("L", (64, 48)), io.BytesIO()
    mask.paste(255, (0, 0, 32, 48))
    mask.save(file, "PNG")
    return file.getvalue()


def opened(data_url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data_url.partition(",")[2])))


async def sent(job: Any) -> Any:
    async with ScriptedRelay.serving(OK) as relay, midjourney(relay, a=picture(), mask=left_half()) as engine:
        outcome = await engine.submit(job)
    assert isinstance(outcome, Accepted)
    assert relay.seen[0].path.endswith("/mj/submit/edits")
    return relay.seen[0].body


async def test_masked_edit_sends_a_hole_and_the_mask() -> None:
    job = make_job(request=Edit(prompt="a storm", pictures=("a", "mask"), masked=True), task_id=None)

    body = await sent(job)

    image = opened(body["image"])
    assert (body["prompt"], body["state"], image.size) == ("a storm", job.id, (64, 48))
    assert image.getchannel("A").crop((0, 0, 32, 48)).getextrema() == (0, 0)
    assert image.getchannel("A").crop((32, 0, 64, 48)).getextrema() == (255, 255)
    assert opened(body["maskBase64"]).convert("L").tobytes() == Image.open(io.BytesIO(left_half())).tobytes()


async def test_whole_picture_has_no_hole_and_no_mask() -> None:
    body = await sent(make_job(request=Edit(prompt="a storm", pictures=("a",)), task_id=None))

    assert opened(body["image"]).getchannel("A").getextrema() == (255, 255)
    assert "maskBase64" not in body


@pytest.mark.parametrize(
    ("shape", "size", "box"), [("1:1", (64, 64), (0, 8, 64, 56)), ("2:1", (96, 48), (16, 0, 80, 48))]
)
async def test_shape_makes_room_around_the_picture(shape: str, size: Any, box: Any) -> None:
    body = await sent(make_job(request=Edit(prompt="a storm", pictures=("a",), shape=shape), task_id=None))

    image = opened(body["image"])
    assert (body["prompt"], image.size) == (f"a storm --ar {shape}", size)
    assert image.getchannel("A").getbbox() == box


async def test_region_of_a_picture_whose_relay_offers_none_is_edited() -> None:
    job = make_action(EDIT_REGION, task_id=None)
    request = job.request.model_copy(update={"source": "a", "answer": "a storm", "pictures": ("mask",)})

    body = await sent(job.with_(request=request))

    assert body["prompt"] == "a storm"
    assert opened(body["image"]).getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize(
    "request_", [Edit(prompt="a storm"), Edit(prompt="a storm", masked=True), Animate(prompt="waves")]
)
async def test_what_needs_a_picture_is_refused_without_one_before_anything_is_sent(request_: Edit | Animate) -> None:
    async with ScriptedRelay.serving(OK) as relay, midjourney(relay) as engine:
        with pytest.raises(PictureError) as caught:
            await engine.submit(make_job(request=request_, task_id=None))

    assert caught.value.sentence.render("en-US") == "This needs a picture. Please add one."
    assert relay.seen == []


async def test_relay_without_edits_says_so_and_nothing_else_is_sent() -> None:
    no = Reply({"error": {"message": "Invalid URL (POST /mj/submit/edits)", "code": "invalid_url"}}, 404)

    async with ScriptedRelay.serving(no) as relay, midjourney(relay, a=picture()) as engine:
        outcome = await engine.submit(make_job(request=Edit(prompt="a storm", pictures=("a",)), task_id=None))

    assert (type(outcome), len(relay.seen)) == (Refused, 1)


@pytest.mark.parametrize(
    ("buttons", "is_given"),
    [((VARY,), True), ((VARY, REGION), False), ((EXTEND,), False), ((), False)],
    ids=["single", "has one", "film", "bare"],
)
def test_region_is_offered_under_a_single_picture_without_one(buttons: tuple[Button, ...], *, is_given: bool) -> None:
    result = make_result().model_copy(update={"buttons": buttons})

    assert (OWN_REGION_BUTTON in with_region(result).buttons) is is_given
