"""The page in the hand: what a finger presses, and that nothing lies over what is being written."""

import pytest
from playwright.async_api import Page, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import SHARED, messages, open_panel, type_command
from tests.sandbox.test_page_access import SCENES
from tests.support.chromium import DESKTOP
from tests.support.touch import PHONE, is_wider_than_the_screen, too_small

pytestmark = SHARED


@pytest.mark.parametrize("name", ["talk", "autocomplete", "dialog", "form", "menu", "lightbox"])
async def test_a_finger_hits_everything(chat: Page, name: str) -> None:
    await chat.set_viewport_size(PHONE)
    await SCENES[name](chat)

    assert await too_small(chat) == []
    assert not await is_wider_than_the_screen(chat)


@pytest.mark.parametrize("tab", ["Controls", "Faults", "Tasks", "Events", "Ledger"])
async def test_a_finger_hits_everything_behind_the_scenes(chat: Page, tab: str) -> None:
    await chat.set_viewport_size(PHONE)
    await open_panel(chat, tab)

    assert await too_small(chat) == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
async def test_what_is_offered_leaves_what_is_written_uncovered(chat: Page, size: dict[str, int]) -> None:
    await chat.set_viewport_size(size)  # type: ignore[arg-type]
    for written in ("/", "/imagine a fox"):
        await chat.locator("#composer").fill(written)
        picker, box = [await chat.locator(what).bounding_box() for what in (".picker", "#compose .box")]
        assert picker is not None
        assert box is not None
        assert picker["y"] + picker["height"] <= box["y"]
        await chat.keyboard.press("Escape")


async def test_a_large_picture_does_not_push_its_embed_out_of_the_window(chat: Page) -> None:
    await chat.set_viewport_size(PHONE)
    await type_command(chat, "mountains at dusk")
    await messages(chat, "mountains at dusk").first.click(button="right")
    await chat.get_by_role("menuitem", name="Describe").click()
    embed = messages(chat, "Described").locator(".embed")
    await expect(embed.locator("img")).not_to_have_js_property("naturalWidth", 0)

    for part in (embed, embed.locator(".picture"), embed.locator(".markdown")):
        box = await part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= PHONE["width"]


async def test_a_long_name_leaves_room_for_the_command(chat: Page, sandbox: Sandbox) -> None:
    ana = sandbox.discord.state.user("ana")
    assert ana is not None
    usual, ana.global_name = ana.global_name, "Anastasia Wilhelmina von Hohenfels"
    try:
        await chat.set_viewport_size(PHONE)
        await chat.reload()
        await type_command(chat, "/whisper ")
        command = messages(chat, "Only for you.").locator(".origin .mention")
        await expect(command).to_have_text("/whisper")
        box = await command.bounding_box()
    finally:
        ana.global_name = usual

    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
