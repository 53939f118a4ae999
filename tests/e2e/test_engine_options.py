"""The options of the other engines' commands, from Discord: which fields they become, and what comes of them."""

import pytest
from PIL import Image, ImageChops

from sandbox.message_view import faces
from tests.e2e.engine_orders import FIRST_ROW, SECOND_ROW, asked, bodies, half_white, picture
from tests.e2e.gestures import BLUE, RED, panel_of, send_for_job, tick
from tests.e2e.studio import Studio, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0


async def test_ideogram_reframes_and_replaces_the_background(studio: Studio) -> None:
    framed = await studio.picture(
        await studio.result(await asked(studio, "ideogram reframe", image=picture(studio), aspect="3:1", speed="FLASH"))
    )
    await studio.result(await asked(studio, "ideogram background", image=picture(studio), prompt="a beach"))

    assert framed.size == (1536, 512)
    assert ImageChops.difference(framed.crop((512, 0, 1024, 512)), Image.new("RGB", (512, 512), RED)).getbbox() is None
    assert len(bodies(studio, "/v1/ideogram-v3/replace-background", "a beach")) == 1


async def test_ideogram_takes_a_picture_for_the_style_and_one_of_somebody(studio: Studio) -> None:
    pictures = {"style_image": picture(studio), "character": picture(studio, BLUE, "blue.png")}
    await studio.result(await asked(studio, "ideogram generate", prompt="a styled poster", speed="TURBO", **pictures))

    (body,) = bodies(studio, "/v1/ideogram-v3/generate", "a styled poster")
    assert body["rendering_speed"] == "TURBO"
    assert [one["part"] for one in body["files"]] == ["style_reference_images", "character_reference_images"]


async def test_ideogram_remixes_and_edits_with_a_style_and_somebody(studio: Studio) -> None:
    pictures = {"image": picture(studio), "style_image": picture(studio), "character": picture(studio, BLUE, "b.png")}
    await studio.result(await asked(studio, "ideogram remix", prompt="a styled tower", seed=7, **pictures))
    mask = half_white(studio)
    await studio.result(await asked(studio, "ideogram edit", prompt="a styled sail", mask=mask, **pictures))

    (remix,) = bodies(studio, "/v1/ideogram-v3/remix", "a styled tower")
    (edit,) = bodies(studio, "/v1/ideogram-v3/edit", "a styled sail")
    references = ["style_reference_images", "character_reference_images"]
    assert remix["seed"] == 7
    assert [one["part"] for one in remix["files"]] == ["image", *references]
    assert sorted(one["part"] for one in edit["files"]) == sorted(["image", "mask", *references])


async def test_fal_edits_a_picture(studio: Studio) -> None:
    job = await asked(studio, "fal generate", prompt="make it night", model="flux-pro/kontext", image=picture(studio))
    await studio.result(job)

    (body,) = bodies(studio, "/fal-ai/flux-pro/kontext", "make it night")
    assert body["image_url"].startswith(("data:image/png;base64,", "http"))


async def test_fal_is_asked_in_the_fields_of_its_model(studio: Studio) -> None:
    asked_for = {"model": "nano-banana-2/edit", "aspect": "16:9", "resolution": "0.5k"}
    pictures = {name: picture(studio) for name in ("image", "image2", "image3", "image4")}
    result = await studio.result(await asked(studio, "fal generate", prompt="four in one", **asked_for, **pictures))

    (body,) = bodies(studio, "/fal-ai/nano-banana-2/edit", "four in one")
    assert (len(body["image_urls"]), body["aspect_ratio"], body["resolution"]) == (4, "16:9", "0.5K")
    assert (await studio.picture(result)).size == (688, 384)


async def test_fal_takes_ten_pictures(studio: Studio) -> None:
    pictures = {name: picture(studio) for name in ("image", *(f"image{number}" for number in range(2, 11)))}
    ten = await asked(studio, "fal generate", prompt="ten in one", model="nano-banana-2/edit", **pictures)
    await studio.result(ten)

    (body,) = bodies(studio, "/fal-ai/nano-banana-2/edit", "ten in one")
    assert len(body["image_urls"]) == 10


async def test_fal_fills_the_white_of_a_mask_and_its_result_is_filled_again(studio: Studio) -> None:
    image, mask = picture(studio), half_white(studio)
    result = await studio.result(await asked(studio, "fal generate", prompt="a sail", image=image, mask=mask))
    panel = await tick(studio, await panel_of(studio, result), "1")
    again = await send_for_job(studio, await studio.open(panel, "Repaint…"), prompt="a moon above")
    await studio.result(again)

    changed = ImageChops.difference(await studio.picture(result), Image.new("RGB", (512, 512), RED)).convert("L")
    box = changed.point([0] * 40 + [255] * 216).getbbox()  # fal's pictures are JPEG
    assert box is not None
    assert box[0] >= 248
    assert faces(result) == [[*FIRST_ROW, "Edit this", "Vary (Region)"], SECOND_ROW]
    (body,) = bodies(studio, "/fal-ai/flux-pro/v1/fill", "a moon above")
    assert {"image_url", "mask_url"} <= body.keys()


async def test_jimeng_takes_chinese_and_its_shapes(studio: Studio) -> None:
    result = await studio.result(
        await asked(studio, "jimeng generate", prompt="雨中的猫", ratio="3:2", resolution="1k")
    )

    assert "**雨中的猫** - " in result["content"]
    (body,) = bodies(studio, "/v1/images/generations", "雨中的猫")
    assert (body["ratio"], body["resolution"]) == ("3:2", "1k")


async def test_kling_imagines_and_tries_on(studio: Studio) -> None:
    imagined = await asked(studio, "kling imagine", prompt="a coat", aspect="1:1", count=2)
    tried = await asked(studio, "kling tryon", person=picture(studio), clothes=picture(studio, BLUE, "coat.png"))

    assert len(result_files(await studio.result(imagined))) == 2
    result = await studio.result(tried)
    assert "Try-on by" in result["content"]
    assert faces(result) == [["Again"], SECOND_ROW]  # there is no prompt that could be varied


async def test_kling_expands_a_picture_and_keeps_it(studio: Studio) -> None:
    result = await studio.result(await asked(studio, "kling expand", image=picture(studio), up=50, right=25))

    grown = await studio.picture(result)
    inside = grown.crop((0, 256, 512, 768))
    assert grown.size == (640, 768)
    assert ImageChops.difference(inside, Image.new("RGB", (512, 512), RED)).getbbox() is None


async def test_kling_brings_subjects_and_a_style_together(studio: Studio) -> None:
    pictures = {name: picture(studio) for name in ("subject", "subject2", "style")}
    result = await studio.result(await asked(studio, "kling multi", prompt="two friends", **pictures))

    (body,) = bodies(studio, "/multi-image2image", "two friends")
    assert (len(body["subject_image_list"]), "style_image" in body) == (2, True)
    assert faces(result) == [FIRST_ROW, SECOND_ROW]


async def test_kling_paints_from_two_pictures_by_an_omni_model(studio: Studio) -> None:
    pictures = {"image": picture(studio), "image2": picture(studio, BLUE, "blue.png")}
    await studio.result(await asked(studio, "kling imagine", prompt="both of them", **pictures))

    (body,) = bodies(studio, "/omni-image", "both of them")
    assert (body["model_name"], len(body["image_list"])) == ("kling-v3-omni", 2)


async def test_two_garments_go_in_one_picture_and_the_result_has_its_buttons(studio: Studio) -> None:
    clothes = {"clothes": picture(studio), "clothes2": picture(studio, BLUE, "blue.png")}
    result = await studio.result(await asked(studio, "kling tryon", person=picture(studio), **clothes))

    body = bodies(studio, "/kolors-virtual-try-on", "")[-1]
    assert body["model_name"] == "kolors-virtual-try-on-v1-5"
    assert faces(result) == [["Again"], SECOND_ROW]
    await studio.result(await studio.follow_up(result, "Again"))


async def test_kling_refuses_a_negative_prompt_beside_a_picture_before_spending(studio: Studio) -> None:
    answer = await studio.slash("kling imagine", {"prompt": "a hat", "image": picture(studio), "negative": "rain"})

    assert "either a picture or a negative prompt" in answer["content"]
    assert bodies(studio, "/kling/v1/images/generations", "a hat") == []
