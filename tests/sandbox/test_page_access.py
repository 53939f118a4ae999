"""Whether everybody can use the page: axe finds nothing serious, in each light, at each width, with all that opens."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Page, ViewportSize, expect

from tests.sandbox.chat_page import SHARED, messages, open_panel, type_command

pytestmark = SHARED

PHONE = ViewportSize(width=390, height=800)
SERIOUS = {"serious", "critical"}

Scene = Callable[[Page], Awaitable[Any]]


async def talk(chat: Page) -> None:
    await type_command(chat, "/imagine a red fox")
    await expect(messages(chat, "a red fox").get_by_role("button", name="U1")).to_be_visible()
    await type_command(chat, "/layout ")
    await expect(messages(chat, "A layout")).to_be_visible()
    await type_command(chat, "/selects ")
    await expect(messages(chat, "One of everything.")).to_be_visible()
    await type_command(chat, "/whisper ")
    await expect(messages(chat, "Only for you.")).to_be_visible()


async def fill_in(chat: Page) -> None:
    await chat.locator("#composer").press_sequentially("/")
    await expect(chat.get_by_test_id("picker")).to_be_visible()
    assert await serious_violations(chat) == []
    await chat.locator("#composer").fill("/show fox")
    await expect(chat.get_by_role("option", name="fox in the rain")).to_be_visible()


async def ask(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await chat.get_by_role("button", name="Custom Zoom").click()
    await expect(chat.get_by_role("dialog", name="Zoom Out")).to_be_visible()


async def ask_form(chat: Page) -> None:
    await type_command(chat, "/form ")
    await expect(chat.get_by_role("dialog", name="A form")).to_be_visible()


async def open_menu(chat: Page) -> None:
    await type_command(chat, "hello")
    await messages(chat, "hello").first.click(button="right")
    await expect(chat.get_by_role("menu")).to_be_visible()


async def enlarge(chat: Page) -> None:
    await type_command(chat, "/imagine a fox")
    await messages(chat, "a fox").locator(".picture").click()
    await expect(chat.get_by_test_id("lightbox")).to_be_visible()


async def watch_the_panel(chat: Page) -> None:
    """Every tab in turn; the last one stays open."""
    faults = await open_panel(chat, "Faults")
    await faults.get_by_role("button", name="Drop the reply to the next message").click()
    await expect(faults.get_by_text("cuts the line")).to_be_visible()
    assert await serious_violations(chat) == []
    await chat.get_by_test_id("clear-faults").click()
    await type_command(chat, "/whisper ")
    await expect(messages(chat, "Only for you.")).to_be_visible()
    for name in ("Tasks", "Events", "Ledger", "Controls"):
        await chat.get_by_role("tab", name=name).click()
        await expect(chat.get_by_role("tabpanel", name=name)).to_be_visible()
        assert await serious_violations(chat) == []


SCENES: dict[str, Scene] = {
    "talk": talk,
    "autocomplete": fill_in,
    "dialog": ask,
    "form": ask_form,
    "menu": open_menu,
    "lightbox": enlarge,
    "panel": watch_the_panel,
}


async def serious_violations(chat: Page) -> list[str]:
    """What axe holds against the page, one line for each place."""
    found = (await Axe().run(chat)).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
async def test_axe_finds_nothing_serious_in_dark_and_light(chat: Page, scene: Scene) -> None:
    await chat.emulate_media(reduced_motion="reduce")  # no colour is on its way to another one
    await scene(chat)
    in_dark = await serious_violations(chat)
    await chat.evaluate("document.documentElement.dataset.theme = 'light'")

    assert in_dark == []
    assert await serious_violations(chat) == []


@pytest.mark.parametrize("scene", [talk, ask_form], ids=["talk", "form"])
async def test_axe_finds_nothing_serious_at_phone_width(chat: Page, scene: Scene) -> None:
    await chat.set_viewport_size(PHONE)
    await scene(chat)

    assert await serious_violations(chat) == []
    assert await chat.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


async def test_axe_finds_nothing_serious_in_the_drawer_and_panel_of_a_phone(chat: Page) -> None:
    await chat.set_viewport_size(PHONE)
    await chat.get_by_role("button", name="Show servers and channels").click()
    in_drawer = await serious_violations(chat)
    await chat.keyboard.press("Escape")
    await open_panel(chat, "Controls")

    assert in_drawer == []
    assert await serious_violations(chat) == []
