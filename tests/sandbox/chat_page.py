"""The chat page as its tests use it: short ways to type, to find messages and to open the side panel."""

import pytest
from playwright.async_api import FilePayload, Locator, Page

SHARED = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]  # what a test module marks itself with
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc000000301010018dd8db00000000049454e44ae426082"
)
PICTURE: FilePayload = {"name": "fox.png", "mimeType": "image/png", "buffer": PNG}


async def type_command(chat: Page, line: str) -> None:
    """Write into the message box and send it; a command without options ends with a blank."""
    await chat.locator("#composer").fill(line)
    await chat.keyboard.press("Enter")


def messages(chat: Page, text: str) -> Locator:
    """The messages with this text."""
    return chat.locator("li[data-message-id]").filter(has_text=text)


async def open_panel(chat: Page, tab: str) -> Locator:
    """One tab of the side panel."""
    await chat.get_by_test_id("panel-button").click()
    await chat.get_by_role("tab", name=tab).click()
    return chat.get_by_role("tabpanel", name=tab)
