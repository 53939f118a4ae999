"""A comparison in the page: typed, seen side by side, and gone on with, in a browser and with the real bot."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.studio import Studio

pytest_plugins = ["tests.support.browser"]
pytestmark = pytest.mark.browser

PATIENCE_MS = 60_000
GO_ON = "Go on with this one"


async def test_a_comparison_is_seen_side_by_side_and_one_result_goes_on(room: Studio, page: Page) -> None:
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(room.sandbox.url)
    await expect(page.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")

    await page.locator("#composer").fill("/compare a lighthouse in a storm")
    await page.keyboard.press("Enter")

    card = page.locator("li[data-message-id]").filter(has=page.get_by_role("button", name=GO_ON))
    await expect(card.get_by_role("button", name=GO_ON)).to_have_count(6, timeout=PATIENCE_MS)
    pictures = card.locator(".content img")
    await expect(pictures).to_have_count(6)
    for number in range(6):
        await expect(pictures.nth(number)).not_to_have_js_property("naturalWidth", 0)
    for engine in ("Midjourney", "Ideogram", "fal", "Jimeng", "Kling", "Draw"):
        await expect(card).to_contain_text(engine)
    await expect(page.locator("li[data-message-id]").filter(has_text="6 of 6 are ready")).to_have_count(1)

    await card.get_by_role("button", name=GO_ON).first.click()
    chosen = page.locator("li[data-message-id]").filter(has=page.get_by_role("button", name="U1"))
    await chosen.get_by_role("button", name="U1").click()

    single = page.locator("li[data-message-id]").filter(has_text="Image #1").filter(has_text="@Ana")
    await expect(single.get_by_role("button", name="Zoom Out 2x")).to_be_visible(timeout=PATIENCE_MS)
