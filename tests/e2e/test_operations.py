"""Every operation of the relay, asked for from Discord: what leaves for the relay, and what its picture shows."""

import base64
import io
import re

import pytest
from PIL import Image, ImageStat

from sandbox.discord.errors import ActingError
from sandbox.driver import png
from sandbox.message_view import Message, cell, faces
from tests.e2e.gestures import BLUE, RED, call_with, calls, job_of, painted, relay_task, send_for_job
from tests.e2e.studio import Ordered, Studio, ordered, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a red lighthouse over the sea --ar 2:1 --seed 7"
NOT_OFFERED = {"error": {"message": "No available channel for model", "code": "model_not_found"}}


async def started(studio: Studio, command: str, *, channel: str = "studio", **options: str) -> Ordered:
    """A job of Ana's that a command started."""
    return ordered(await studio.slash(command, options, channel=channel), "ana", channel)


# Imagine.


async def test_pictures_go_along_and_references_become_addresses(studio: Studio) -> None:
    images = {"image1": painted(RED), "image2": painted(BLUE), "style_reference": painted((0, 90, 0))}
    uploads = {name: studio.upload(f"{name}.png", data) for name, data in images.items()}
    job = await studio.imagine("a boat", **uploads)

    body = (await call_with(studio, job, "/mj/submit/imagine")).body

    assert len(body["base64Array"]) == 2
    assert re.fullmatch(rf"a boat --sref {studio.relay.base_url}/\S+\.png\?\S+", body["prompt"])
    assert len(studio.requests_to("/mj/submit/upload-discord-images")[-1].body["base64Array"]) == 1


async def test_pictures_that_the_relay_refuses_go_as_addresses_in_front_of_the_prompt(studio: Studio) -> None:
    refusal = {"code": 4, "description": "base64Array is not accepted here", "result": None, "properties": {}}
    studio.relay_fault("POST", "/mj/submit/imagine", status=200, body=refusal)
    job = await studio.imagine("a ship", image1=studio.upload("red.png", painted(RED)))

    await studio.result(job)

    first, second = [request.body for request in studio.submits(job.id)]
    assert len(first["base64Array"]) == 1
    assert "base64Array" not in second
    assert re.fullmatch(rf"{studio.relay.base_url}/\S+ a ship", second["prompt"])


@pytest.mark.parametrize(("prompt", "bot"), [("a fox --niji 6", "NIJI_JOURNEY"), ("a fox", "MID_JOURNEY")])
async def test_the_bot_is_always_named(studio: Studio, prompt: str, bot: str) -> None:
    job = await studio.imagine(prompt)

    assert (await call_with(studio, job, "/mj/submit/imagine")).body["botType"] == bot


async def test_a_posted_picture_becomes_an_image_prompt(studio: Studio, grid: Message) -> None:
    modal = await studio.modal_of(await studio.use_menu(grid, "Use as image prompt"))
    job = await send_for_job(studio, modal, prompt="more of this --turbo")

    await studio.result(job)

    assert modal.title == "Use as image prompt"
    assert calls(studio, job) == ["/mj-turbo/mj/submit/imagine"]
    (sent,) = studio.submits(job.id)[0].body["base64Array"]
    given = Image.open(io.BytesIO(base64.b64decode(sent.partition(";base64,")[2]))).convert("RGB")
    assert same_pixels(given, await studio.picture(grid))


@pytest.mark.parametrize("speed", ["fast", "relax", "turbo"])
async def test_a_speed_in_the_prompt_is_taken_out_and_chooses_the_path(studio: Studio, speed: str) -> None:
    job = await studio.imagine(f"a boat --{speed} --ar 3:2")

    body = (await call_with(studio, job, f"/mj-{speed}/mj/submit/imagine")).body

    assert body["prompt"] == "a boat --ar 3:2"


async def test_a_members_speed_counts_for_new_jobs_and_follow_ups_keep_their_parents(studio: Studio) -> None:
    said = await studio.slash("relax", user="ben")
    slow = await studio.result(await studio.imagine("a canoe", user="ben"))
    quick = await studio.imagine("a canoe --fast", user="ben")
    follow_up = await studio.follow_up(slow, "U1", user="ana")

    assert "now run in Relax mode" in said["content"]
    assert slow["content"].endswith("(relaxed)")
    assert calls(studio, job_of(slow)) == ["/mj-relax/mj/submit/imagine"]
    await call_with(studio, quick, "/mj-fast/mj/submit/imagine")
    await call_with(studio, follow_up, "/mj-relax/mj/submit/action")


# Blend and face swap.


async def test_a_blend_mixes_its_pictures_in_the_wanted_shape(studio: Studio) -> None:
    images = {"image1": studio.upload("a.png", painted(RED)), "image2": studio.upload("b.png", painted(BLUE))}
    job = await started(studio, "blend", **images, dimensions="LANDSCAPE")

    message = await studio.result(job)

    (request,) = studio.submits(job.id)
    assert (request.path, request.body["dimensions"], len(request.body["base64Array"])) == (
        "/mj/submit/blend",
        "LANDSCAPE",
        2,
    )
    picture = await studio.picture(message)
    assert picture.size == (1024, 684)
    assert faces(message) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
    red, _green, blue = ImageStat.Stat(cell(picture, 1)).mean
    assert min(red, blue) > 80


async def test_a_blend_takes_five_pictures(studio: Studio) -> None:
    images = {f"image{n}": studio.upload(f"{n}.png", painted((n * 40, 90, 30))) for n in range(1, 6)}
    job = await started(studio, "blend", **images)

    body = (await call_with(studio, job, "/mj/submit/blend")).body

    assert (len(body["base64Array"]), body["dimensions"]) == (5, "SQUARE")


async def test_a_blend_of_one_picture_cannot_be_sent(studio: Studio) -> None:
    image = studio.upload("a.png", painted(RED))

    with pytest.raises(ActingError, match="image2"):
        await studio.actor.slash("ana", "studio", "blend", {"image1": image})


async def test_a_face_is_put_on_the_other_picture(studio: Studio) -> None:
    source, target = (
        studio.upload("face.png", painted(RED)),
        studio.upload("body.png", painted(BLUE, (300, 300))),
    )
    job = await started(studio, "faceswap", source=source, target=target)

    picture = await studio.picture(await studio.result(job))

    assert calls(studio, job) == ["/mj/insight-face/swap"]
    assert (picture.size, picture.getpixel((2, 2)), picture.getpixel((150, 150))) == ((300, 300), BLUE, RED)


async def test_a_face_is_put_into_a_posted_picture(studio: Studio, single: Message) -> None:
    modal = await studio.modal_of(await studio.use_menu(single, "Swap a face into this"))
    job = await send_for_job(studio, modal, file=[studio.upload("face.png", painted(RED))])

    picture = await studio.picture(await studio.result(job))

    before = await studio.picture(single)
    assert picture.size == before.size
    assert picture.getpixel((256, 110)) == RED
    assert picture.crop((0, 0, 100, 256)).tobytes() == before.crop((0, 0, 100, 256)).tobytes()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a picture at all", "I can't read this file"),
        (png(Image.new("1", (10_000, 6_000))), "larger than 50 megapixels"),
    ],
    ids=["text", "60 megapixels"],
)
async def test_a_file_that_is_no_use_is_refused_before_spending(studio: Studio, data: bytes, sentence: str) -> None:
    job = await studio.imagine("a tree", image1=studio.upload("tree.png", data))

    await studio.whisper("ana", sentence)

    await studio.gone(job)
    assert studio.submits(job.id) == []


# What a relay may do differently.


async def test_buttons_that_come_after_the_success_are_waited_for(studio: Studio) -> None:
    message = await studio.result(await studio.imagine("a barn --sandbox-late"))

    task_id = studio.tasks(job_of(message).id)[0]["id"]
    assert len((await relay_task(studio, task_id))["buttons"]) == 9
    pick = await studio.follow_up(message, "U1")
    await call_with(studio, pick, "/mj/submit/action")


async def test_a_picture_that_exists_already_is_shown(studio: Studio, grid: Message) -> None:
    task_id = studio.tasks(job_of(grid).id)[0]["id"]
    exists = {"code": 21, "description": "任务已存在", "result": task_id, "properties": {"status": "SUCCESS"}}
    studio.relay_fault("POST", "/mj/submit/action", status=200, body=exists)
    job = await studio.follow_up(grid, "V1")

    message = await studio.result(job)

    assert same_pixels(await studio.picture(message), await studio.picture(grid))
    assert calls(studio, job) == ["/mj/submit/action"]


async def test_what_the_relay_does_not_offer_is_remembered_after_two_refusals(studio: Studio) -> None:
    studio.relay_fault("POST", "/mj/submit/shorten", status=503, body=NOT_OFFERED, times=2)
    for _time in range(2):
        refused = await started(studio, "shorten", prompt="a wide river")
        await studio.told("The relay does not offer this. Nothing was charged.")
        await studio.gone(refused)
    again = await studio.slash("shorten", {"prompt": "a wide river"})
    await studio.restart()
    after = await started(studio, "shorten", prompt="a wide river")

    await call_with(studio, after, "/mj/submit/shorten")

    assert again["content"] == "The relay does not offer this."
