"""The other engines, from Discord: what leaves for them, what is posted, and what its buttons do."""

from typing import Any

import pytest
import pytest_asyncio
from PIL import Image, ImageChops

from sandbox.driver import custom_id
from sandbox.message_view import Message, faces
from tests.e2e.engine_orders import FIRST_ROW, SECOND_ROW, asked, bodies, half_white, picture
from tests.e2e.gestures import BLUE, RED, painted, panel_of, reading, send_for_job, tick
from tests.e2e.studio import Ordered, Studio, ordered, result_files
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
GENERATIONS = "/v1/images/generations"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def poster(studio: Studio) -> Message:
    """Ana's picture by Ideogram."""
    return await studio.result(await asked(studio, "ideogram generate", prompt="a poster", aspect="16:9", seed=7))


async def test_ideogram_paints_what_was_asked_for(studio: Studio, poster: Message) -> None:
    (body,) = [one for one in bodies(studio, "/ideogram/generate", "a poster") if one["image_request"].get("seed")]

    assert body["image_request"]["aspect_ratio"] == "ASPECT_16_9"
    assert body["image_request"]["seed"] == 7
    assert "**a poster** - <@" in poster["content"]
    assert "(Ideogram)" in poster["content"]
    assert faces(poster) == [[*FIRST_ROW, "Vary (Region)", "Upscale"], SECOND_ROW]


async def test_card_of_a_synchronous_engine_says_that_it_works(studio: Studio) -> None:
    job = await asked(studio, "ideogram generate", prompt="a slow poster --sandbox-slow")

    await studio.shows(job, "(Working) (Ideogram)")
    await studio.result(job)


async def test_several_pictures_stand_in_one_message(studio: Studio) -> None:
    result = await studio.result(await asked(studio, "ideogram generate", prompt="three posters", count=3))

    assert len(result_files(result)) == 3


async def test_ideogram_remixes_upscales_and_describes(studio: Studio) -> None:
    remix = await studio.result(
        await asked(studio, "ideogram remix", image=picture(studio), prompt="a tower", weight=70)
    )
    larger = await studio.result(await asked(studio, "ideogram upscale", image=picture(studio), detail=80))
    words = await reading(studio, await asked(studio, "ideogram describe", image=picture(studio)))

    assert ("Remix by" in remix["content"], "Upscaled by" in larger["content"]) == (True, True)
    assert (await studio.picture(larger)).width > 512
    assert faces(words)[0][0] == "1️⃣"


async def test_ideogram_edits_the_white_of_a_mask_and_nothing_else(studio: Studio) -> None:
    image, mask = picture(studio), half_white(studio)
    result = await studio.result(await asked(studio, "ideogram edit", prompt="a sail", image=image, mask=mask))

    changed = ImageChops.difference(await studio.picture(result), Image.new("RGB", (512, 512), RED)).getbbox()
    assert changed is not None
    assert changed[0] >= 256
    assert faces(result) == [[*FIRST_ROW, "Vary (Region)", "Upscale"], SECOND_ROW]


async def test_cells_of_a_result_of_ideogram_are_painted_anew_by_its_edit(studio: Studio) -> None:
    first = await studio.result(await asked(studio, "ideogram generate", prompt="a whole poster", model="V_2"))

    panel = await tick(studio, await panel_of(studio, first), "1")
    job = await send_for_job(studio, await studio.open(panel, "Repaint…"), prompt="a moon above")
    result = await studio.result(job)

    (body,) = bodies(studio, "/ideogram-v3/edit", "a moon above")
    assert [one["part"] for one in body["files"]] == ["image", "mask"]
    assert "Edit by" in result["content"]
    before, after = await studio.picture(first), await studio.picture(result)
    changed = ImageChops.difference(before, after).convert("L").point([0] * 16 + [255] * 240).getbbox()
    assert changed is not None
    assert max(changed[2:]) <= 342


async def test_ideogram_asks_about_a_mask_without_white_and_sends_it_if_wanted(studio: Studio) -> None:
    mask = studio.upload("mask.png", painted((0, 0, 0), (512, 512)))
    before = len(bodies(studio, "/ideogram-v3/edit", ""))
    await studio.slash("ideogram edit", {"prompt": "nothing", "image": picture(studio), "mask": mask})
    question = await studio.told("The mask is all black")
    spent_before = len(bodies(studio, "/ideogram-v3/edit", ""))

    await studio.result(ordered(await studio.press(question, "Send it anyway"), "ana", "studio"))

    assert spent_before == before
    assert len(bodies(studio, "/ideogram-v3/edit", "")) == before + 1


async def test_a_described_prompt_is_imagined_by_midjourney(studio: Studio) -> None:
    words = await reading(studio, await asked(studio, "ideogram describe", image=picture(studio, BLUE, "blue.png")))

    job = await send_for_job(studio, await studio.open(words, "1️⃣"))

    assert faces(await studio.result(job))[0][0] == "U1"


async def test_fal_queues_looks_and_posts(studio: Studio) -> None:
    job = await asked(studio, "fal generate", prompt="a fox", model="flux-pro/kontext/text-to-image", count=2)
    result = await studio.result(job)

    assert len(result_files(result)) == 2
    assert "(fal)" in result["content"]
    assert faces(result) == [[*FIRST_ROW, "Edit this"], SECOND_ROW]


async def test_again_is_another_picture_and_a_varied_prompt_its_own(studio: Studio, poster: Message) -> None:
    again = await studio.result(await studio.follow_up(poster, "Again"))
    modal = await studio.open(poster, "Vary the prompt")
    varied = await studio.result(await send_for_job(studio, modal, prompt="a blue poster"))

    assert modal.text == "a poster"
    assert "**a blue poster** - " in varied["content"]
    seeds = [body["image_request"].get("seed") for body in bodies(studio, "/ideogram/generate", "a poster")]
    assert seeds == [7, None]
    assert again["message_reference"]["message_id"] == poster["id"]


async def test_upscale_asks_which_of_several_pictures(studio: Studio) -> None:
    several = await studio.result(await asked(studio, "ideogram generate", prompt="two doors", count=2))

    menu = await studio.press(several, "Upscale")
    select = menu["components"][0]["components"][0]
    card = await studio.answer(await studio.actor.select("ana", menu["id"], select["custom_id"], ["1"]))

    await studio.result(ordered(card, "ana", "studio"))


async def test_a_picture_goes_on_in_midjourney(studio: Studio, poster: Message) -> None:
    modal = await studio.open(poster, "Use in Midjourney")
    job = await send_for_job(studio, modal, prompt="the same in snow")

    assert faces(await studio.result(job))[0][0] == "U1"
    (call,) = studio.submits(job.id)
    assert len(call.body["base64Array"]) == 1


async def test_a_picture_that_came_as_bytes_goes_on_as_well(studio: Studio) -> None:
    made = await studio.result(await asked(studio, "jimeng generate", prompt="a fox --sandbox-b64", resolution="1k"))
    modal = await studio.open(made, "Use in Midjourney")

    job = await send_for_job(studio, modal, prompt="the fox in snow")

    await studio.result(job)
    assert len(studio.submits(job.id)) == 1


async def test_a_picture_is_used_as_the_input_of_another_engine(studio: Studio, poster: Message) -> None:
    menu = await studio.press(poster, "Use as input for…")
    select = menu["components"][0]["components"][0]
    labels = [option["label"] for option in select["options"]]
    assert "Ideogram: remix" in labels
    interaction = await studio.actor.select("ana", menu["id"], select["custom_id"], ["kling.imagine"])
    modal = await studio.modal_of(interaction)

    job = await send_for_job(studio, modal, prompt="a moving poster")

    assert "(Kling)" in (await studio.result(job))["content"]


async def test_details_tell_seed_and_size(studio: Studio, poster: Message) -> None:
    await studio.press(poster, "Details")

    details = await studio.told("Job ID")
    assert "**seed**: 7" in details["content"]
    assert "**resolution**: " in details["content"]


async def test_what_a_safety_check_holds_back_is_said(studio: Studio) -> None:
    job = await asked(studio, "ideogram generate", prompt="something --sandbox-unsafe")

    card = await studio.shows(job, "(Failed)")
    await studio.press(card, "Why?")

    await studio.told("does not allow this")


async def test_a_synchronous_call_whose_answer_is_lost_is_uncertain_and_never_repeated(studio: Studio) -> None:
    studio.relay_fault("POST", "/ideogram/generate", drop="after", times=1)

    job = await asked(studio, "ideogram generate", prompt="a lost poster")

    card = await studio.shows(job, "(Unknown outcome)")
    assert len(bodies(studio, "/ideogram/generate", "a lost poster")) == 1
    assert custom_id(card, "Send again (may be charged twice)")


async def test_a_synchronous_job_can_be_stopped_and_its_picture_waits(studio: Studio) -> None:
    job = await asked(studio, "ideogram generate", prompt="a stopped poster --sandbox-slow")
    await studio.shows(job, "(Working)")

    answer = await studio.press(job.card, "Cancel Job")

    assert "may still charge for it" in answer["content"]
    await studio.eventually(lambda: studio.units(job) == "settled", "the end of the job")


@pytest.mark.parametrize(
    ("command", "options", "pictures", "path", "is_found_again"),
    [
        ("ideogram generate", {"prompt": "a killed poster"}, (), "/ideogram/generate", False),
        ("ideogram remix", {"prompt": "a killed remix"}, ("image",), "/ideogram/remix", False),
        ("ideogram edit", {"prompt": "a killed edit"}, ("image", "mask"), "/ideogram-v3/edit", False),
        ("ideogram reframe", {"aspect": "16:9"}, ("image",), "/ideogram-v3/reframe", False),
        ("ideogram background", {"prompt": "a killed sky"}, ("image",), "/ideogram-v3/replace-background", False),
        ("ideogram upscale", {}, ("image",), "/ideogram/upscale", False),
        ("ideogram describe", {}, ("image",), "/ideogram/describe", False),
        ("fal generate", {"prompt": "a killed fox"}, (), "/fal-ai/flux-pro/kontext/text-to-image", True),
        ("fal generate", {"prompt": "a killed edit"}, ("image",), "/fal-ai/flux-pro/kontext", True),
        ("jimeng generate", {"prompt": "a killed cat"}, (), "/v1/images/generations", False),
        ("draw", {"prompt": "a killed sign"}, (), "/v1/images/generations", False),
        ("draw", {"prompt": "a killed change"}, ("image1",), "/v1/images/edits", False),
        (
            "draw",
            {"prompt": "a killed task --sandbox-listed", "model": "qwen-image"},
            (),
            "/v1/images/generations",
            True,
        ),
        ("kling imagine", {"prompt": "a killed coat"}, (), "/kling/v1/images/generations", True),
        ("kling imagine", {"prompt": "a killed pair"}, ("image", "image2"), "/kling/v1/images/omni-image", True),
        ("kling multi", {"prompt": "a killed set"}, ("subject", "scene"), "/kling/v1/images/multi-image2image", True),
        ("kling expand", {"up": 50}, ("image",), "/kling/v1/images/editing/expand", True),
        ("kling tryon", {}, ("person", "clothes"), "/kling/v1/images/kolors-virtual-try-on", True),
    ],
)
async def test_a_kill_in_the_middle_loses_nothing_and_pays_nothing_twice(
    studio: Studio,
    command: str,
    options: dict[str, Any],
    pictures: tuple[str, ...],
    path: str,
    is_found_again: bool,
) -> None:
    before = len(bodies(studio, path, ""))
    studio.let_relay_work(0.05)
    given = {name: half_white(studio) if name == "mask" else picture(studio) for name in pictures}
    job = await asked(studio, command, **options, **given)
    await studio.eventually(lambda: len(bodies(studio, path, "")) > before, "the paid call")
    if is_found_again:
        await studio.eventually(lambda: _is_running(studio, job), "the task")

    await studio.kill()
    await studio.start()
    studio.let_relay_work(1.0)

    if is_found_again:
        await studio.result(job)
    else:
        await studio.shows(job, "(Unknown outcome)")
    assert len(bodies(studio, path, "")) == before + 1


def _is_running(studio: Studio, job: Ordered) -> bool:
    """Whether the bot has noted the relay's task: from then on a kill cannot make its outcome unknown."""
    (row,) = rows(studio.database, f"SELECT status FROM jobs WHERE id = '{job.id}'")
    return bool(row["status"] == "running")
