"""What the page says of a place: prompts to begin with, what a server is there for, whose commands there are."""

import pytest
from playwright.async_api import Page, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import SHARED, messages, type_command

pytestmark = SHARED


async def test_an_empty_channel_offers_prompts_that_fill_in_the_command(chat: Page, sandbox: Sandbox) -> None:
    before = len(sandbox.discord.state.interactions)
    samples = chat.get_by_role("group", name="Prompts to try").get_by_role("button")
    await expect(samples).to_have_count(3)
    await samples.first.click()

    await expect(chat.locator("[data-option=prompt]")).to_have_value("a red fox in the first snow --ar 3:2")
    await expect(chat.locator("[data-option=prompt]")).to_be_focused()
    assert len(sandbox.discord.state.interactions) == before
    await chat.keyboard.press("Enter")
    await expect(messages(chat, "a red fox in the first snow").get_by_role("button", name="U1")).to_be_visible()
    await expect(samples).to_have_count(0)


@pytest.mark.parametrize(
    ("server", "about"),
    [
        ("Easel Studio", "A server with the bot"),
        ("Boosted Hall", "A server with boosts: larger files"),
        ("Visitors", "A server without the bot: only commands that people have installed for themselves"),
    ],
)
async def test_a_server_says_what_it_is(chat: Page, server: str, about: str) -> None:
    button = chat.locator("#rail").get_by_role("button", name=server)
    await expect(button).to_have_attribute("title", f"{server}\n{about}")
    await button.click()

    await expect(chat.locator("#guild-about")).to_have_text(about)


async def test_commands_of_moderators_are_offered_to_them_alone(chat: Page) -> None:
    command = chat.get_by_role("option", name="/moderate")
    await chat.locator("#composer").fill("/mod")
    await expect(chat.get_by_text("No command of that name here")).to_be_visible()
    await expect(command).to_have_count(0)
    await chat.locator("#composer").fill("")

    await chat.locator("[data-user=mia]").click()
    await chat.locator("#composer").fill("/mod")
    await expect(command).to_be_visible()
    await type_command(chat, "/moderate ")
    await expect(messages(chat, "in order")).to_be_visible()
