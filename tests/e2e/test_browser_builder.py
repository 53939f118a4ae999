"""The prompt builder and the personal language as a person at the page uses them, in a browser."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.chat import message, say
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]


def grid(chat: Page, prompt: str) -> Locator:
    """The finished picture of a prompt."""
    return message(chat, prompt).filter(has=chat.get_by_role("button", name="U1")).locator(".content img")


async def choose(panel: Locator, menu: str, option: str) -> None:
    """Choose in a menu, and wait until the panel shows it."""
    await panel.get_by_role("combobox", name=menu, exact=True).click()
    await panel.get_by_role("option", name=option).click()
    await expect(panel.get_by_role("combobox", name=menu, exact=True)).to_contain_text(option)


async def write(chat: Page, panel: Locator, button: str, text: str) -> None:
    """Type into the modal behind a button, and wait until the panel shows it."""
    await panel.get_by_role("button", name=button).click()
    modal = chat.get_by_role("dialog")
    await modal.get_by_role("textbox").fill(text)
    await modal.get_by_role("button", name="Submit").click()
    await expect(panel).to_contain_text(text)


async def test_the_builder_leads_from_empty_to_a_picture(chat: Page, room: Studio) -> None:
    await say(chat, "/build ")
    panel = message(chat, "Prompt builder")
    await expect(panel).to_contain_text("Only you can see this")
    await expect(panel.get_by_role("button", name="Imagine")).to_be_disabled()

    await write(chat, panel, "Prompt…", "a red lighthouse over the sea --seed 7")
    await choose(panel, "Shape", "Shape: 3:2 (landscape)")
    await choose(panel, "Model", "Midjourney 7")
    await choose(panel, "Chaos", "Chaos: 10 (a little)")
    await write(chat, panel, "Leave out…", "people")
    built = "a red lighthouse over the sea --seed 7 --ar 3:2 --v 7 --chaos 10 --no people"
    await expect(panel).to_contain_text(f"{built}1 unit")
    assert room.relay.tasks() == []
    await panel.get_by_role("button", name="Imagine").click()

    await expect(grid(chat, built)).to_be_visible()
    assert [request.body["prompt"] for request in room.requests_to("/mj/submit/imagine")] == [built]

    await panel.get_by_role("button", name="Clear").click()
    await expect(panel).to_contain_text("Press “Prompt…”")


async def test_a_suffix_an_option_and_the_settings_are_at_work(chat: Page, room: Studio) -> None:
    await say(chat, "/prefer suffix text: --chaos 5 --seed 7")
    await expect(message(chat, "All your prompts now end with --chaos 5 --seed 7")).to_be_visible()
    await say(chat, "/prefer option set option: mine value: in thick oil paint --ar 4:1")
    await expect(message(chat, "--mine stands for in thick oil paint --ar 4:1")).to_be_visible()
    await say(chat, "/settings ")
    panel = message(chat, "Adjust your settings here. Current suffix: --chaos 5 --seed 7")
    await choose(panel, "Model", "Midjourney 6.1")
    await panel.get_by_role("button", name="Stylize high", exact=True).click()
    await expect(panel).to_contain_text("--v 6.1 --stylize 250")

    await say(chat, "/imagine a heron --mine --chaos 9")

    whole = "a heron in thick oil paint --ar 4:1 --chaos 9 --seed 7 --v 6.1 --stylize 250"
    await expect(grid(chat, whole)).to_be_visible()
    assert [request.body["prompt"] for request in room.requests_to("/mj/submit/imagine")] == [whole]
