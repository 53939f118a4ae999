"""The sandbox's page as a person uses it, in a browser: what is written into it, and what stands there."""

from playwright.async_api import Locator, Page, expect

from tests.e2e.studio import Studio

PATIENCE_MS = 60_000


async def open_chat(studio: Studio, page: Page) -> Page:
    """The page, with the bot there."""
    page.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    await page.goto(studio.sandbox.url)
    await expect(page.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    return page


async def say(chat: Page, line: str) -> None:
    """Write a message or a command and send it; a command without options ends with a blank."""
    await chat.locator("#composer").fill(line)
    await chat.keyboard.press("Enter")


def message(chat: Page, text: str) -> Locator:
    """The messages with this text."""
    return chat.locator("li[data-message-id]").filter(has_text=text)
