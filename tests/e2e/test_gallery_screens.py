"""How the gallery looks: in the hand, with little in it, and where there is no picture to show."""

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.drawing import with_address
from tests.e2e.galleries import link_of
from tests.e2e.gestures import RED, painted
from tests.e2e.studio import Studio
from tests.support.touch import PHONE, is_wider_than_the_screen, too_small

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address()
SPEED = 120.0
WIDE = "a boat on a lake at dawn --ar 16:9 --seed 8"


@pytest_asyncio.fixture(loop_scope="session")
async def gallery(request: pytest.FixtureRequest, studio: Studio, page: Page) -> Page:
    """Ana's gallery on a phone, with a wide picture in it; in English, or another language that the test asks for."""
    await studio.result(await studio.imagine(WIDE))
    await page.set_viewport_size(PHONE)
    await page.goto(await link_of(studio, locale=getattr(request, "param", "en-US")))
    await expect(page.locator(".tile img").first).not_to_have_js_property("naturalWidth", 0)
    return page


@pytest.mark.parametrize("gallery", ["en-US", "de", "zh-CN"], indirect=True)
async def test_a_finger_hits_everything(gallery: Page) -> None:
    async def fits() -> None:
        assert await too_small(gallery) == []
        assert not await is_wider_than_the_screen(gallery)

    await fits()
    await gallery.locator("#choose").click()
    await gallery.locator(".tile").first.click()
    await fits()
    await gallery.locator("#choice-cancel").click()
    await gallery.locator(".tile").first.click()
    await expect(gallery.locator("#collect")).to_be_visible()
    await fits()
    await gallery.locator("#collect").click()
    await fits()


async def test_what_to_do_with_a_choice_stands_at_the_lower_edge(gallery: Page) -> None:
    await gallery.get_by_role("button", name="Choose").click()

    bar = await gallery.locator("#choice").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == PHONE["height"]


async def test_a_picture_takes_no_more_room_than_it_has_a_shape_for(gallery: Page) -> None:
    await gallery.locator(".tile").first.click()
    shown = gallery.locator("#shown img")
    await expect(shown).not_to_have_js_property("naturalWidth", 0)

    box = await shown.bounding_box()
    assert box is not None
    assert box["width"] / box["height"] == pytest.approx(16 / 9, rel=0.02)


async def test_where_there_is_no_picture_stands_why(gallery: Page, studio: Studio) -> None:
    job = await studio.imagine("a thing --sandbox-fail")
    await studio.shows(job, "(Failed)")
    await gallery.get_by_role("button", name="Failed and refused").click()
    await gallery.locator(".tile", has_text="a thing").first.click()

    await expect(gallery.locator("#shown")).to_contain_text("The relay could not finish this")
    await expect(gallery.locator("#text")).to_be_hidden()


async def test_a_text_is_shown_as_discord_shows_it(gallery: Page, studio: Studio) -> None:
    card = await studio.slash("shorten", {"prompt": "a red fox in the misty forest"})
    await studio.posted_after(card, lambda message: "Important tokens" in str(message["embeds"]), "the shorter prompts")
    await gallery.get_by_role("button", name="Descriptions").click()
    await gallery.locator(".tile", has_text="a red fox").click()
    text = gallery.locator("#shown .words")

    await expect(text.locator("b", has_text="Important tokens")).to_be_visible()
    await expect(text.locator("b", has_text="fox").first).to_be_visible()
    await expect(text.locator("s", has_text="the").first).to_be_visible()
    await expect(text).not_to_contain_text("**")
    await expect(gallery.locator("#final")).to_be_hidden()


async def test_what_has_no_prompt_offers_none_to_copy(gallery: Page, studio: Studio) -> None:
    card = await studio.slash("describe", {"image": studio.upload("red.png", painted(RED))})
    await studio.posted_after(card, lambda message: bool(message["embeds"]), "the prompts for a picture")
    await gallery.get_by_role("button", name="Descriptions").click()
    await gallery.locator(".tile", has_not_text="\N{MIDDLE DOT}").first.click()  # of others the prompt stands behind it

    await expect(gallery.locator("#shown")).to_contain_text("--ar")
    await expect(gallery.locator("#copy")).to_be_hidden()
