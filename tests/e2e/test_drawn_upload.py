"""The mask editor over a picture of one's own, as the page of /edit and /draw with `region`."""

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page, ViewportSize, expect

from sandbox.relay.profiles import MIDJOURNEY_PROXY
from tests.e2e.drawing import Point, card_after, link_in, open_easel, with_address
from tests.e2e.gestures import BLUE, RED, painted
from tests.e2e.studio import Studio
from tests.support.touch import PHONE, is_wider_than_the_screen, too_small

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

SETTINGS = with_address()
FIELD: list[Point] = [(0.2, 0.3), (0.6, 0.2), (0.7, 0.7), (0.3, 0.8), (0.2, 0.3)]
DESKTOP = ViewportSize(width=1280, height=860)
IS_CLEAR = """
canvas => !canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some(one => one)
"""


async def link_of(
    studio: Studio,
    prompt: str,
    *,
    locale: str = "en-US",
    colour: tuple[int, int, int] = RED,
    channel: str = "studio",
) -> str:
    """The page for an upload, as /edit answers with it."""
    studio.relay.profile = MIDJOURNEY_PROXY
    picture = studio.upload("picture.png", painted(colour, (480, 320)))
    options = {"prompt": prompt, "picture": picture, "region": True}
    asked = await studio.actor.slash("ana", channel, "edit", options, locale)
    return link_in(await studio.whole_answer(asked))


@pytest.mark.parametrize("locale", ["en-US", "de"])
async def test_a_finger_hits_everything(studio: Studio, page: Page, locale: str) -> None:
    await page.set_viewport_size(PHONE)
    await open_easel(page, await link_of(studio, "a small pond", locale=locale))

    assert await too_small(page) == []
    assert not await is_wider_than_the_screen(page)


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize(("locale", "title"), [("en-US", "Draw the region"), ("zh-CN", "手绘区域")])
async def test_everybody_can_use_the_page(
    studio: Studio, browser: Browser, screen: ViewportSize, locale: str, title: str
) -> None:
    # axe works within the page, where the page's own policy lets nothing in
    context = await browser.new_context(viewport=screen, color_scheme="light", bypass_csp=True)
    page = await context.new_page()
    easel = await open_easel(page, await link_of(studio, "a small pond", locale=locale))

    shown = await page.inner_text("h1 span")
    wide, high = await page.evaluate("() => [document.body.scrollWidth, document.body.scrollHeight]")
    found = (await Axe().run(page)).response["violations"]
    await easel.drag(FIELD)
    await page.fill("#prompt", "another pond --stylze 60")
    await page.click("#repaint")
    await page.wait_for_selector("#ask[open]")
    found += (await Axe().run(page)).response["violations"]
    await context.close()

    assert shown == title
    assert (wide, high) <= (screen["width"], screen["height"])
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found] == []


async def test_a_doubtful_prompt_is_shown_with_its_fix_which_is_the_way_on(studio: Studio, page: Page) -> None:
    easel = await open_easel(page, await link_of(studio, "a lake"))
    known = {message["id"] for message in studio.messages()}

    await easel.drag(FIELD)
    await page.fill("#prompt", "a lake --stylze 50")
    await page.click("#repaint")
    fixed, ways = page.locator("#ask-fixed"), page.locator("#ask button.main:visible")
    await expect(fixed).to_have_text("a lake --stylize 50")
    await expect(ways).to_have_text(["Fix and send"])
    await ways.click()

    job = await card_after(studio, known)
    await studio.result(job)
    assert [task["prompt"] for task in studio.tasks(job.id)] == ["a lake --stylize 50"]


async def test_nothing_of_the_outline_stays_behind(studio: Studio, page: Page) -> None:
    easel = await open_easel(page, await link_of(studio, "a lake"))

    await page.keyboard.press("l")
    await easel.drag(FIELD)
    await page.mouse.move(0, 0)
    await easel.marked()

    assert await page.locator("#guide").evaluate(IS_CLEAR)


async def test_a_drawing_waits_for_its_picture_and_the_newest_prompt_counts(studio: Studio, page: Page) -> None:
    easel = await open_easel(page, await link_of(studio, "a first thought"))
    await easel.drag(FIELD)
    marked = await easel.marked()
    await page.fill("#prompt", "changed on the page")
    await page.wait_for_function("() => Object.values(localStorage).some((kept) => kept.includes('on the page'))")

    await page.reload()
    await page.wait_for_selector("#app:not([hidden])")
    reloaded = await page.input_value("#prompt")
    await page.goto(await link_of(studio, "a second thought"))

    assert reloaded == "changed on the page"
    await expect(page.locator("#prompt")).to_have_value("a second thought")
    await expect(page.locator("#marked")).to_contain_text(marked)
    await page.goto(await link_of(studio, "a second thought", colour=BLUE))
    await expect(page.locator("#marked")).to_have_text("Nothing marked yet")


async def test_where_the_bot_may_not_post_the_command_lets_it(studio: Studio, page: Page) -> None:
    easel = await open_easel(page, await link_of(studio, "a quiet lake", channel="no-posting"))
    known = {message["id"] for message in studio.messages("no-posting")}

    await easel.drag(FIELD)
    await page.click("#repaint")

    job = await card_after(studio, known, channel="no-posting")
    assert "the picture will appear here" in job.card["content"]
    assert (await studio.result(job))["id"] == job.card["id"]
