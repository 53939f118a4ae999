"""/draw, from Discord: what leaves for which model, what is posted, and what goes back in to be changed."""

from typing import Any

import pytest
from PIL import Image, ImageChops

from sandbox.driver import png
from sandbox.message_view import faces, is_private
from sandbox.wire import RecordedRequest
from tests.e2e.drawing import card_after, link_for, post, with_address
from tests.e2e.gestures import BLUE, RED, painted, panel_of, same_inside, same_outside, send_for_job, tick
from tests.e2e.studio import Ordered, Studio, ordered, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = with_address()
GENERATIONS, EDITS, CHAT = "/v1/images/generations", "/v1/images/edits", "/v1/chat/completions"
SIZE = (512, 512)
SEVERAL = [["Again", "Vary the prompt", "Edit this"], ["Use in Midjourney", "Use as input for…", "Details"]]


async def drawn(studio: Studio, prompt: str, **options: Any) -> Ordered:
    """A job of Ana's that /draw started."""
    return ordered(await studio.slash("draw", {"prompt": prompt, **options}), "ana", "studio")


def sent(studio: Studio, path: str, prompt: str) -> list[RecordedRequest]:
    """The paid calls to a path with this prompt."""
    requests = studio.relay.wire.requests
    return [one for one in requests if (one.method, one.path) == ("POST", path) and prompt in str(one.body)]


def actions(studio: Studio) -> list[str]:
    return [task["action"] for task in studio.relay.tasks()]


def mask_of(box: tuple[int, int, int, int]) -> Image.Image:
    mask = Image.new("L", SIZE, 0)
    mask.paste(255, box)
    return mask


def upload(studio: Studio, colour: tuple[int, int, int] = RED) -> str:
    return studio.upload("picture.png", painted(colour, SIZE))


async def test_words_alone_become_as_many_pictures_as_were_asked_for(studio: Studio) -> None:
    job = await drawn(studio, "three foxes", shape="1536x1024", quality="low", count=3)
    result = await studio.result(job)

    (call,) = sent(studio, GENERATIONS, "three foxes")
    assert call.body == {
        "model": "gpt-image-1.5",
        "prompt": "three foxes",
        "size": "1536x1024",
        "quality": "low",
        "n": 3,
    }
    assert len(result_files(result)) == 3
    assert (await studio.picture(result)).size == (1536, 1024)
    assert "(Draw)" in result["content"]
    assert faces(result) == SEVERAL


async def test_a_series_of_seedream_stands_in_one_message_and_costs_each_picture(studio: Studio) -> None:
    before = studio.spent_today()
    job = await drawn(studio, "four seasons of a yard", model="doubao-seedream-4-5-251128", count=4)
    result = await studio.result(job)

    (call,) = sent(studio, GENERATIONS, "four seasons of a yard")
    assert call.body["sequential_image_generation_options"] == {"max_images": 4}
    assert len(result_files(result)) == 4
    assert studio.spent_today() - before == 4


async def test_a_mask_changes_nothing_outside_of_it(studio: Studio) -> None:
    mask = mask_of((128, 128, 400, 300))
    pictures = {"image1": upload(studio), "image2": upload(studio, BLUE), "mask": studio.upload("mask.png", png(mask))}

    result = await studio.result(await drawn(studio, "a cat in the hole", **pictures))

    (call,) = sent(studio, EDITS, "a cat in the hole")
    assert [file["part"] for file in call.body["files"]] == ["image[]", "image[]", "mask"]
    before, after = Image.new("RGB", SIZE, RED), await studio.picture(result)
    assert same_outside(mask, after, before)
    assert not same_inside(mask, after, before)
    assert actions(studio)[-1] == "OPENAI_EDIT"


async def test_pictures_go_in_the_field_of_the_model(studio: Studio) -> None:
    options = {"model": "nano-banana-2", "shape": "16:9", "quality": "1K"}
    result = await studio.result(
        await drawn(studio, "both together", **options, image1=upload(studio), image2=upload(studio, BLUE))
    )

    (call,) = sent(studio, GENERATIONS, "both together")
    assert (len(call.body["image"]), call.body["aspect_ratio"], call.body["image_size"]) == (2, "16:9", "1K")
    assert (await studio.picture(result)).size == (1360, 768)


@pytest.mark.parametrize("odd", ["", " --sandbox-odd"])
async def test_a_model_that_is_asked_in_a_chat_answers_with_its_picture(studio: Studio, odd: str) -> None:
    prompt = f"a talking fox{odd}"
    result = await studio.result(await drawn(studio, prompt, model="gemini-2.5-flash-image", shape="3:2"))

    assert sent(studio, CHAT, prompt)[-1].body["image_config"] == {"aspect_ratio": "3:2"}
    assert (await studio.picture(result)).size == (1248, 832)


async def test_a_chat_in_words_alone_is_an_unknown_outcome_and_says_them(studio: Studio) -> None:
    job = await drawn(studio, "a shy fox --sandbox-words", model="gemini-2.5-flash-image")

    await studio.shows(job, "(Unknown outcome)")
    assert len(sent(studio, CHAT, "a shy fox")) == 1


@pytest.mark.parametrize("word", ["pending", "listed", "accepted"])
async def test_a_gateway_that_answers_with_a_task_is_followed(studio: Studio, word: str) -> None:
    prompt = f"a late fox --sandbox-{word}"
    result = await studio.result(await drawn(studio, prompt, model="nano-banana"))

    assert len(result_files(result)) == 1
    assert len(sent(studio, GENERATIONS, prompt)) == 1


async def test_a_task_that_fails_is_stopped_with_its_units_back(studio: Studio) -> None:
    job = await drawn(studio, "a lost fox --sandbox-pending --sandbox-fail", model="nano-banana")

    await studio.shows(job, "(Failed)")
    await studio.eventually(lambda: studio.units(job) == "released", "the units back")


async def test_a_task_is_found_again_after_a_kill(studio: Studio) -> None:
    studio.let_relay_work(0.05)
    job = await drawn(studio, "a killed fox --sandbox-pending", model="nano-banana")
    await studio.shows(job, "%)")

    await studio.kill()
    await studio.start()
    studio.let_relay_work(1.0)

    await studio.result(job)
    assert len(sent(studio, GENERATIONS, "a killed fox")) == 1


async def test_a_result_goes_back_in_to_be_changed_by_the_same_model(studio: Studio) -> None:
    first = await studio.result(await drawn(studio, "a plain fox", model="nano-banana", shape="3:2"))

    modal = await studio.open(first, "Edit this")
    result = await studio.result(await send_for_job(studio, modal, prompt="give it a hat"))

    assert modal.text == ""
    (call,) = sent(studio, GENERATIONS, "give it a hat")
    assert (call.body["model"], call.body["aspect_ratio"], len(call.body["image"])) == ("nano-banana", "3:2", 1)
    assert result["message_reference"]["message_id"] == first["id"]


async def test_cells_of_a_result_are_painted_anew_by_a_model_that_takes_masks(studio: Studio) -> None:
    first = await studio.result(await drawn(studio, "a whole fox", model="nano-banana"))

    panel = await tick(studio, await panel_of(studio, first), "1")
    job = await send_for_job(studio, await studio.open(panel, "Repaint…"), prompt="a moon — above")
    result = await studio.result(job)

    (call,) = sent(studio, EDITS, "a moon")
    assert (call.body["model"], call.body["prompt"]) == ("gpt-image-1.5", "a moon — above")
    assert [file["part"] for file in call.body["files"]] == ["image[]", "mask"]
    before, after = await studio.picture(first), await studio.picture(result)
    changed = ImageChops.difference(before, after).convert("L").point([0] * 64 + [255] * 192).getbbox()
    assert changed is not None
    assert max(changed[2:]) <= 342


async def test_a_drawn_mask_is_sent_with_its_picture(studio: Studio) -> None:
    first = await studio.result(await drawn(studio, "another whole fox", quality="low"))
    mask = Image.new("L", (await studio.picture(first)).size)
    mask.paste(255, (100, 100, 500, 400))
    url, known = await link_for(studio, first), {message["id"] for message in studio.messages()}

    status, _answer = await post(url, png(mask), "a small door")
    result = await studio.result(await card_after(studio, known))

    (call,) = sent(studio, EDITS, "a small door")
    assert status == 200
    assert [file["part"] for file in call.body["files"]] == ["image[]", "mask"]
    assert call.body["quality"] == "low"
    assert result["message_reference"]["message_id"] == first["id"]


async def test_a_result_of_a_model_that_takes_none_is_changed_by_the_first_that_does(studio: Studio) -> None:
    first = await studio.result(await drawn(studio, "a worded fox", model="qwen-image", shape="3:2"))

    modal = await studio.open(first, "Edit this")
    await studio.result(await send_for_job(studio, modal, prompt="give it a scarf"))

    (call,) = sent(studio, EDITS, "give it a scarf")
    assert call.body["model"] == "gpt-image-1.5"


async def test_again_takes_the_same_pictures_and_mask(studio: Studio) -> None:
    mask = studio.upload("mask.png", png(mask_of((0, 0, 256, 256))))
    first = await studio.result(await drawn(studio, "a corner", image1=upload(studio), mask=mask))

    await studio.result(await studio.follow_up(first, "Again"))

    calls = sent(studio, EDITS, "a corner")
    assert len(calls) == 2
    assert calls[0].body["files"] == calls[1].body["files"]


async def test_a_picture_of_another_engine_is_changed_here(studio: Studio) -> None:
    made = ordered(await studio.slash("ideogram generate", {"prompt": "a poster"}), "ana", "studio")
    menu = await studio.press(await studio.result(made), "Use as input for…")
    select = menu["components"][0]["components"][0]
    chosen = await studio.actor.select("ana", menu["id"], select["custom_id"], ["openai.generate"])

    job = await send_for_job(studio, await studio.modal_of(chosen), prompt="the poster by night")

    assert "(Draw)" in (await studio.result(job))["content"]
    assert len(sent(studio, EDITS, "the poster by night")) == 1


async def test_shapes_and_qualities_are_those_of_the_model(studio: Studio) -> None:
    async def suggested(focused: str, **options: str) -> list[str]:
        typed = {"prompt": "a fox", focused: "", **options}
        choices = await studio.actor.autocomplete("ana", "studio", "draw", typed, focused)
        return [choice["value"] for choice in choices]

    assert "nano-banana-2" in await suggested("model")
    assert (await suggested("shape"))[:2] == ["auto", "1024x1024"]
    assert (await suggested("shape", model="nano-banana"))[:2] == ["1:1", "16:9"]
    assert await suggested("quality", model="nano-banana-pro") == ["1K", "2K", "4K"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "veo3"}, "is not allowed here"),
        ({"mask": "mask"}, "Please add the picture"),
    ],
)
async def test_what_cannot_be_is_said_at_once(studio: Studio, options: dict[str, str], words: str) -> None:
    mask = {"mask": studio.upload("mask.png", png(mask_of((0, 0, 9, 9))))} if "mask" in options else {}

    answer = await studio.slash("draw", {"prompt": "an impossible fox", **options, **mask})

    assert is_private(answer)
    assert words in answer["content"]
    assert not [one for one in studio.relay.wire.requests if "an impossible fox" in str(one.body)]


async def test_an_empty_mask_is_asked_about_before_anything_is_paid(studio: Studio) -> None:
    mask = studio.upload("mask.png", png(mask_of((0, 0, 0, 0))))
    job = await drawn(studio, "nothing at all", image1=upload(studio), mask=mask)

    await studio.gone(job)
    assert sent(studio, EDITS, "nothing at all") == []
