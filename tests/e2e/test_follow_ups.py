"""What the buttons of a picture make, seen on the pixels: upscales, variations, zooms, pans, films; and replies."""

import io

import pytest
import pytest_asyncio
from PIL import Image

from sandbox.message_view import Message, cell, faces
from tests.e2e.gestures import call_with, calls, job_of, lies_in
from tests.e2e.studio import Studio, ordered, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
PROMPT = "a red lighthouse over the sea --ar 2:1 --seed 7"
CELL = (512, 256)
FAMILY = (
    *("Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Zoom Out 2x", "Make Square"),
    *("⬅️", "⬇️", "Animate (Low motion)"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def family(studio: Studio, single: Message) -> dict[str, Message]:
    """What the buttons of the single picture make, all pressed at once."""
    jobs = {label: await studio.follow_up(single, label) for label in FAMILY}
    return {label: await studio.result(job, within_s=60) for label, job in jobs.items()}


# The buttons of a single picture.


async def test_the_single_picture_offers_every_family(single: Message) -> None:
    assert faces(single) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom", "Make Square"],
        ["⬅️", "➡️", "⬆️", "⬇️"],
        ["Animate (High motion)", "Animate (Low motion)"],
    ]


async def test_an_upscale_is_the_same_picture_at_twice_the_size(
    studio: Studio, single: Message, family: dict[str, Message]
) -> None:
    large, crisp = [await studio.picture(family[f"Upscale ({kind})"]) for kind in ("Subtle", "Creative")]

    wanted = (await studio.picture(single)).resize((2 * CELL[0], 2 * CELL[1]), Image.Resampling.LANCZOS)
    assert same_pixels(large, wanted)
    assert crisp.size == large.size
    assert not same_pixels(crisp, large)


async def test_a_variation_is_four_pictures_of_the_same_size(studio: Studio, family: dict[str, Message]) -> None:
    picture = await studio.picture(family["Vary (Subtle)"])

    assert picture.size == (2 * CELL[0], 2 * CELL[1])
    assert len({cell(picture, number).tobytes() for number in range(1, 5)}) == 4


async def test_a_zoom_has_the_parent_in_the_middle_of_each_cell(
    studio: Studio, single: Message, family: dict[str, Message]
) -> None:
    picture, parent = await studio.picture(family["Zoom Out 2x"]), await studio.picture(single)

    small = parent.resize((CELL[0] // 2, CELL[1] // 2), Image.Resampling.LANCZOS)
    assert all(lies_in(small, cell(picture, number)) for number in range(1, 5))


async def test_a_square_has_the_whole_parent_within_it(
    studio: Studio, single: Message, family: dict[str, Message]
) -> None:
    picture, parent = await studio.picture(family["Make Square"]), await studio.picture(single)

    assert cell(picture, 1).size == (512, 512)
    assert all(lies_in(parent, cell(picture, number)) for number in range(1, 5))


@pytest.mark.parametrize(("label", "kept"), [("⬅️", (256, 0, 768, 256)), ("⬇️", (0, 0, 512, 256))])
async def test_a_pan_keeps_every_pixel_and_goes_on_to_one_side(
    studio: Studio, single: Message, family: dict[str, Message], label: str, kept: tuple[int, int, int, int]
) -> None:
    picture, parent = await studio.picture(family[label]), await studio.picture(single)

    assert all(same_pixels(cell(picture, number).crop(kept), parent) for number in range(1, 5))


async def test_a_film_stays_a_film(studio: Studio, family: dict[str, Message]) -> None:
    message = family["Animate (Low motion)"]

    with Image.open(io.BytesIO(await studio.download(message))) as film:
        assert (film.format, getattr(film, "n_frames", 1) > 5) == ("WEBP", True)
    assert result_files(message)[0].endswith(".webp")
    assert faces(message) == [["Extend (High motion)", "Extend (Low motion)"]]


# Tasks without buttons, and replies.


async def test_a_grid_without_buttons_gets_ours_which_drive_the_older_operation(studio: Studio) -> None:
    bare = await studio.result(await studio.imagine("a windmill --sandbox-bare"))
    picked, varied = await studio.follow_up(bare, "U2"), await studio.follow_up(bare, "V3")

    single = await studio.result(picked)

    task_id = studio.tasks(job_of(bare).id)[0]["id"]
    pick, variation = [await call_with(studio, job, "/mj/submit/change") for job in (picked, varied)]
    assert faces(bare) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]
    assert pick.body == {"taskId": task_id, "action": "UPSCALE", "index": 2, "state": picked.id}
    assert variation.body == {"taskId": task_id, "action": "VARIATION", "index": 3, "state": varied.id}
    assert same_pixels(await studio.picture(single), cell(await studio.picture(bare), 2))


async def test_a_relay_without_change_is_asked_in_the_simple_form(studio: Studio) -> None:
    bare = await studio.result(await studio.imagine("a watermill --sandbox-bare"))
    unknown = {"error": {"message": "Invalid URL (POST /mj/submit/change)", "type": "new_api_error"}}
    studio.relay_fault("POST", "/mj/submit/change", status=404, body=unknown)
    job = await studio.follow_up(bare, "🔄")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/change", "/mj/submit/simple-change"]
    assert studio.submits(job.id)[1].body["content"] == f"{studio.tasks(job_of(bare).id)[0]['id']} R"


@pytest.mark.parametrize(
    ("reply", "custom_id"),
    [("U3", "MJ::JOB::upsample::3::"), (" v4 ", "MJ::JOB::variation::4::"), ("R", "MJ::JOB::reroll::0::")],
)
async def test_a_reply_presses_a_button(studio: Studio, grid: Message, reply: str, custom_id: str) -> None:
    said = await studio.actor.say("ana", "studio", reply, reply_to=grid["id"])

    def answered() -> Message | None:
        answers = [m for m in studio.messages() if m.get("message_reference", {}).get("message_id") == said["id"]]
        return answers[0] if answers else None

    card = await studio.eventually(answered, "the card as a reply")
    job = ordered(card, "ana", "studio")
    assert (await call_with(studio, job, "/mj/submit/action")).body["customId"].startswith(custom_id)
    assert (await studio.result(job))["message_reference"]["message_id"] == grid["id"]


async def test_a_reply_that_is_delivered_twice_is_paid_once(studio: Studio, grid: Message) -> None:
    said = await studio.actor.say("ana", "studio", "R", reply_to=grid["id"])
    session = next(iter(studio.sandbox.discord.gateway.sessions.values()))
    event = next(data for _seq, name, data in session.replay if name == "MESSAGE_CREATE" and data["id"] == said["id"])
    session.dispatch("MESSAGE_CREATE", event)

    def answers() -> list[Message]:
        return [m for m in studio.messages() if m.get("message_reference", {}).get("message_id") == said["id"]]

    await studio.eventually(lambda: "delivered twice" in studio.log(), "the second delivery")
    (card,) = await studio.eventually(answers, "the card as a reply")
    job = ordered(card, "ana", "studio")
    await studio.result(job)
    assert len(studio.submits(job.id)) == 1
    assert studio.stored(f"SELECT count(*) FROM jobs WHERE asked_by = {said['id']}") == 1
