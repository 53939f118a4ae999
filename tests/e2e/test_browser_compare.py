"""A comparison in the page: typed, seen side by side, and gone on with, in a browser and with the real bot."""

import pytest
from playwright.async_api import Page, expect

from tests.e2e.chat import PATIENCE_MS, message, say

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

GO_ON = "Use this one"
ENGINES = ("Midjourney", "Ideogram", "fal", "Jimeng", "Kling", "Draw")


async def test_a_comparison_is_seen_side_by_side_and_one_result_goes_on(chat: Page) -> None:
    await say(chat, "/compare a lighthouse in a storm")
    await chat.get_by_role("button", name=f"Start all {len(ENGINES)}").click()

    card = chat.locator("li[data-message-id]").filter(has=chat.get_by_role("button", name=GO_ON))
    await expect(card.get_by_role("button", name=GO_ON)).to_have_count(len(ENGINES), timeout=PATIENCE_MS)
    pictures = card.locator(".content img")
    await expect(pictures).to_have_count(len(ENGINES))
    for number in range(len(ENGINES)):
        await expect(pictures.nth(number)).not_to_have_js_property("naturalWidth", 0)
    for engine in ENGINES:
        await expect(card).to_contain_text(engine)
    await expect(message(chat, "All 6 are ready")).to_have_count(1)

    await card.get_by_role("button", name=GO_ON).first.click()
    chosen = chat.locator("li[data-message-id]").filter(has=chat.get_by_role("button", name="U1"))
    await chosen.get_by_role("button", name="U1").click()

    single = message(chat, "Image #1").filter(has_text="@Ana")
    await expect(single.get_by_role("button", name="Zoom Out 2x")).to_be_visible(timeout=PATIENCE_MS)
