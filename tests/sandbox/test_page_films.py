"""Films on the page: they play there, by the keyboard as well, and go on when their message changes."""

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from sandbox.app import Sandbox
from tests.sandbox.chat_page import SHARED, messages
from tests.support.films import film

pytestmark = SHARED

SIZES = {"phone": (390, 844), "desktop": (1280, 800)}


async def send_films(chat: Page, text: str, count: int) -> Locator:
    """A message with films."""
    data = film((160, 96), 0.5)
    files = [FilePayload(name=f"{number}.mp4", mimeType="video/mp4", buffer=data) for number in range(count)]
    await chat.locator("#attach-input").set_input_files(files)
    await chat.locator("#composer").fill(text)
    await chat.keyboard.press("Enter")
    sent = messages(chat, text)
    await expect(sent.locator("video")).to_have_count(count)
    return sent


async def test_a_film_waits_for_its_reader_and_plays_by_the_keyboard(chat: Page) -> None:
    player = (await send_films(chat, "a film", 1)).locator("video")
    await expect(player).to_have_js_property("paused", value=True)
    await expect(player).to_have_js_property("muted", value=True)

    await player.focus()
    await chat.keyboard.press("Space")

    await expect(player).to_have_js_property("paused", value=False)
    await chat.wait_for_function("film => film.currentTime > 0", arg=await player.element_handle())
    await expect(player).to_have_accessible_name("0.mp4")


async def test_a_film_goes_on_when_its_message_changes(chat: Page, sandbox: Sandbox) -> None:
    sent = await send_films(chat, "goes on", 1)
    player = sent.locator("video")
    await player.focus()
    await chat.keyboard.press("Space")
    await expect(player).to_have_js_property("paused", value=False)

    await sandbox.discord.actor.react("ana", await sent.get_attribute("data-message-id") or "", "👍")

    await expect(sent.get_by_role("button", name="👍, 1")).to_be_visible()
    await expect(player).to_have_js_property("paused", value=False)
    await expect(player).to_be_focused()


@pytest.mark.parametrize("size", SIZES)
async def test_four_films_stand_side_by_side_where_there_is_room(chat: Page, size: str) -> None:
    width, height = SIZES[size]
    await chat.set_viewport_size({"width": width, "height": height})
    sent = await send_films(chat, f"four on a {size}", 4)
    await expect(sent.locator("video").last).to_have_js_property("readyState", 4)

    boxes = [await one.bounding_box() for one in await sent.locator("video").all()]
    await chat.set_viewport_size({"width": 1280, "height": 800})

    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert all(box and box["width"] >= 240 for box in boxes)
    assert len({box["x"] for box in boxes if box}) == (2 if size == "desktop" else 1)
    await expect(sent.get_by_label("Video 4: 3.mp4")).to_be_visible()
