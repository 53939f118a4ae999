"""The main job in the page, by the keyboard and the mouse of a person, with the real bot."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.e2e.chat import PATIENCE_MS, message, open_chat, say
from tests.e2e.studio import Studio, open_studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

GRID_PIXELS, CELL_PIXELS = 1024, 512


@pytest_asyncio.fixture(loop_scope="session")
async def studio(tmp_path: Path) -> AsyncIterator[Studio]:
    """A sandbox of its own."""
    async with open_studio(tmp_path, speed=20.0) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def chat(studio: Studio, page: Page) -> Page:
    """The page, with the bot there."""
    return await open_chat(studio, page)


async def test_imagine_grid_and_u1_in_the_page(studio: Studio, chat: Page) -> None:
    await say(chat, "/imagine a lighthouse in a storm")
    await expect(message(chat, "(Waiting to start)").or_(message(chat, "%) (fast)")).first).to_be_visible()

    grid = message(chat, "@Ana (fast)")
    await expect(grid.locator(".content img")).to_have_js_property("naturalWidth", GRID_PIXELS, timeout=PATIENCE_MS)
    await expect(grid.get_by_role("button", name=re.compile("^[UV][1-4]$|🔄"))).to_have_count(9)
    await grid.get_by_role("button", name="U1").click()

    single = message(chat, "Image #1 @Ana").filter(has=chat.get_by_role("button", name="Zoom Out 2x"))
    await expect(single.locator(".content img")).to_have_js_property("naturalWidth", CELL_PIXELS, timeout=PATIENCE_MS)
    assert [task["action"] for task in studio.relay.tasks()] == ["IMAGINE", "UPSCALE"]


async def test_a_refusal_is_seen_by_its_author_alone(chat: Page) -> None:
    await say(chat, "/imagine a field of gore")

    refusal = message(chat, "does not accept the word “gore”")
    await expect(refusal).to_contain_text("Only you can see this", timeout=PATIENCE_MS)
    await expect(chat.get_by_role("button", name="Cancel Job")).to_have_count(0)

    await chat.locator("[data-user=ben]").click()
    await expect(refusal).to_have_count(0)
