"""Every operation of the relay, asked for from Discord: what leaves for the relay, and what its picture shows."""

import base64
import io
import re

import pytest
import pytest_asyncio
from PIL import Image, ImageStat

from sandbox.discord.errors import ActingError
from sandbox.message_view import Message, cell, faces
from tests.e2e.gestures import (
    BLUE,
    RED,
    call_with,
    calls,
    choose,
    download,
    job_of,
    lies_in,
    lines_of,
    modal_of,
    open_modal,
    painted,
    png,
    reading,
    relay_task,
    requests_to,
    send_for_job,
    told,
)
from tests.e2e.studio import Ordered, Studio, ordered, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="module")

SPEED = 60.0
PROMPT = "a red lighthouse over the sea --ar 2:1 --seed 7"
CELL = (512, 256)
FAMILY = (
    *("Upscale (Subtle)", "Upscale (Creative)", "Vary (Subtle)", "Zoom Out 2x", "Make Square"),
    *("⬅️", "⬇️", "Animate (Low motion)"),
)
KEYCAPS = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣"]
NOT_OFFERED = {"error": {"message": "No available channel for model", "code": "model_not_found"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grid(studio: Studio) -> Message:
    """Ana's grid."""
    return await studio.result(await studio.imagine(PROMPT))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def single(studio: Studio, grid: Message) -> Message:
    """Its second picture."""
    return await studio.result(await studio.follow_up(grid, "U2"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def family(studio: Studio, single: Message) -> dict[str, Message]:
    """What the buttons of the single picture make, all pressed at once."""
    jobs = {label: await studio.follow_up(single, label) for label in FAMILY}
    return {label: await studio.result(job, within_s=60) for label, job in jobs.items()}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def described(studio: Studio) -> Message:
    """The description of a picture."""
    picture = studio.upload("dusk.png", painted((250, 140, 30), (300, 200)))
    return await reading(studio, await started(studio, "describe", image=picture))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shortened(studio: Studio) -> Message:
    """The analysis of a long prompt."""
    prompt = "a very beautiful and quite tall red lighthouse over the stormy sea at night --ar 3:2"
    return await reading(studio, await started(studio, "shorten", prompt=prompt))


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
    assert len(requests_to(studio, "/mj/submit/upload-discord-images")[-1].body["base64Array"]) == 1


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
    modal = await modal_of(studio, await choose(studio, "Use as image prompt", grid))
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

    assert "relax mode from now on" in said["content"]
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
    modal = await modal_of(studio, await choose(studio, "Swap a face into this", single))
    job = await send_for_job(studio, modal, file=[studio.upload("face.png", painted(RED))])

    picture = await studio.picture(await studio.result(job))

    before = await studio.picture(single)
    assert picture.size == before.size
    assert picture.getpixel((256, 110)) == RED
    assert picture.crop((0, 0, 100, 256)).tobytes() == before.crop((0, 0, 100, 256)).tobytes()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"not a picture at all", "not a picture I can read"),
        (png(Image.new("1", (10_000, 6_000))), "larger than 50 megapixels"),
    ],
    ids=["text", "60 megapixels"],
)
async def test_a_file_that_is_no_use_is_refused_before_spending(studio: Studio, data: bytes, sentence: str) -> None:
    job = await studio.imagine("a tree", image1=studio.upload("tree.png", data))

    await studio.whisper("ana", sentence)

    await studio.gone(job)
    assert studio.submits(job.id) == []


# Describe.


async def test_a_description_has_four_prompts_the_picture_and_its_buttons(described: Message) -> None:
    lines = lines_of(described)

    assert [line[:3] for line in lines] == KEYCAPS[:4]
    assert all(line.endswith("--ar 3:2") for line in lines)
    assert "orange" in lines[0]
    assert faces(described) == [[*KEYCAPS[:4], "🔄"], ["Imagine all"]]
    assert "/easel-" in described["embeds"][0]["image"]["url"]


async def test_a_description_posted_just_before_a_kill_is_found_again(studio: Studio) -> None:
    place = "hall"  # where no other job takes the fault, or posts anything
    messages = f"/channels/{studio.channel_id(place)}/messages"
    studio.discord_fault("POST", messages, drop="after")
    job = await started(studio, "describe", channel=place, image=studio.upload("noon.png", painted((90, 160, 250))))
    await reading(studio, job)

    await studio.kill()
    await studio.start()
    await studio.gone(job)

    requests = studio.sandbox.discord.wire.requests
    assert sum(request.method == "POST" and request.path.endswith(messages) for request in requests) == 1


async def test_a_posted_picture_is_described_by_its_menu(studio: Studio, single: Message) -> None:
    job = ordered(await studio.answer(await choose(studio, "Describe", single)), "ana", "studio")

    message = await reading(studio, job)

    assert len(lines_of(message)) == 4


async def test_a_link_into_our_own_network_is_refused_politely(studio: Studio) -> None:
    job = await started(studio, "describe", link="http://127.0.0.1:1/picture.png")

    await studio.whisper("ana", "could not be downloaded")

    assert studio.submits(job.id) == []


async def test_describe_wants_either_a_picture_or_a_link(studio: Studio) -> None:
    answer = await studio.slash("describe")

    assert answer["content"] == "Please give either a picture or a link to one."


async def test_a_described_prompt_is_edited_and_imagined(studio: Studio, described: Message) -> None:
    modal = await open_modal(studio, described, "2️⃣")
    job = await send_for_job(studio, modal, prompt="a picked harbour --ar 3:2")

    message = await studio.result(job)

    assert modal.title == "Imagine This!"
    assert modal.text in lines_of(described)[1]
    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == "a picked harbour --ar 3:2"
    assert faces(message)[0] == ["U1", "U2", "U3", "U4", "🔄"]


async def test_a_pick_that_the_gateway_refuses_is_imagined(studio: Studio, described: Message) -> None:
    refusal = {"code": 4, "description": "unknown_action ", "type": "upstream_error"}
    studio.relay_fault("POST", "/mj/submit/action", status=400, body=refusal)
    modal = await open_modal(studio, described, "1️⃣")
    job = await send_for_job(studio, modal, prompt="a picked bay")

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/imagine"]
    assert studio.submits(job.id)[1].body["prompt"] == "a picked bay"


async def test_a_picture_is_described_again(studio: Studio, described: Message) -> None:
    again = await reading(studio, await studio.follow_up(described, "🔄"))

    assert len(lines_of(again)) == 4
    assert lines_of(again) != lines_of(described)


async def test_all_four_are_imagined_once_that_was_confirmed(studio: Studio, described: Message) -> None:
    before = len(requests_to(studio, "/mj/submit/imagine"))
    asked = await studio.press(described, "Imagine all")
    paid_before_the_confirmation = len(requests_to(studio, "/mj/submit/imagine")) - before
    await studio.press(asked, "Imagine all")

    def sent() -> list[str] | None:
        prompts = [request.body["prompt"] for request in requests_to(studio, "/mj/submit/imagine")[before:]]
        return prompts if len(prompts) == 4 else None

    prompts = await studio.eventually(sent, "four imagines")

    assert asked["content"] == "This starts 4 jobs for 4 units. Go on?"
    assert paid_before_the_confirmation == 0
    assert sorted(prompts) == sorted(line[3:].strip() for line in lines_of(described))


# Shorten.


async def test_a_long_prompt_is_weighed_and_shortened(shortened: Message) -> None:
    text = shortened["embeds"][0]["description"]

    assert "Important tokens" in text
    assert "**lighthouse**" in text
    assert "~~very~~" in text
    assert faces(shortened) == [KEYCAPS, ["Show Details"]]
    assert shortened["embeds"][0]["footer"]["text"].startswith("Click on a button")


async def test_a_shorter_prompt_is_picked(studio: Studio, shortened: Message) -> None:
    modal = await open_modal(studio, shortened, "3️⃣")
    job = await send_for_job(studio, modal)

    await studio.result(job)

    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/modal"]
    assert studio.submits(job.id)[1].body["prompt"] == modal.text
    assert any(line.endswith(modal.text) for line in lines_of(shortened))


async def test_details_show_the_weights(studio: Studio, shortened: Message) -> None:
    details = await reading(studio, await studio.follow_up(shortened, "Show Details"))

    assert re.search(r"\*\*lighthouse\*\* \(\+[\d.]+\)", details["embeds"][0]["description"])


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


async def test_a_film_stays_a_film(family: dict[str, Message]) -> None:
    message = family["Animate (Low motion)"]

    with Image.open(io.BytesIO(await download(message))) as film:
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
        await told(studio, "Your relay does not offer this. Nothing was charged.")
        await studio.gone(refused)
    again = await studio.slash("shorten", {"prompt": "a wide river"})
    await studio.restart()
    after = await started(studio, "shorten", prompt="a wide river")

    await call_with(studio, after, "/mj/submit/shorten")

    assert again["content"] == "Your relay does not offer this."
