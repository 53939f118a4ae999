"""A server's rules as a moderator at the page sets them, in a browser, on a desk and on a phone, and who meets them."""

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.chat import message, say
from tests.e2e.studio import CAT, Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DESKTOP, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)
REFUSAL = "Easel may not be used in this channel."


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_a_channel_is_chosen_and_others_are_refused(screen: ViewportSize, chat: Page, room: Studio) -> None:
    await act_as(chat, "mia")
    await chat.set_viewport_size(screen)
    await say(chat, "/easel setup ")
    panel = message(chat, "Rules of this server")
    await expect(panel).to_contain_text("Only you can see this")
    await panel.get_by_role("combobox", name="Only in these channels and categories").click()
    await panel.get_by_role("option", name="#after-dark").click()
    await chat.keyboard.press("Escape")

    await expect(panel).to_contain_text("#after-dark allow true")
    assert await chat.evaluate("document.documentElement.scrollWidth") <= screen["width"]

    await act_as(chat, "ana")
    await chat.set_viewport_size(screen)
    await say(chat, f"/imagine {CAT}")

    refusal = message(chat, REFUSAL)
    await expect(refusal).to_contain_text("Only you can see this")
    await expect(panel).to_have_count(0)
    assert room.relay.tasks() == []


async def act_as(chat: Page, user: str) -> None:
    """Be somebody else; the list of people needs a wide screen."""
    await chat.set_viewport_size(DESKTOP)
    await chat.locator(f"[data-user={user}]").click()
