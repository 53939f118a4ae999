"""The library as a person at the page uses it, in a browser: on a desk and on a phone, in English and in Chinese."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.e2e.chat import message, say
from tests.e2e.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

PHONE = ViewportSize(width=390, height=844)


async def paint(studio: Studio, *prompts: str) -> None:
    jobs = [await studio.imagine(f"{prompt} --ar 3:2 --seed 7") for prompt in prompts]
    for job in jobs:
        await studio.result(job)


async def shoot(part: Locator | Page, name: str) -> None:
    """Keep a picture of it for who looks, where `SHOTS` says."""
    if folder := os.environ.get("SHOTS"):
        await part.screenshot(path=Path(folder) / f"{name}.png")


async def test_a_library_is_looked_through_and_starred(chat: Page, room: Studio) -> None:
    await paint(
        room, "a red lighthouse over the sea", "a fox in the snow", "a paper boat", "a glass heron", "雪中的狐狸"
    )
    await room.result(await room.follow_up(await room.result(await room.imagine("an owl --seed 7")), "U2"))

    await say(chat, "/history ")
    panel = message(chat, "Your pictures")
    await expect(panel.get_by_role("button", name="Show here")).to_have_count(4)
    await expect(panel.locator(".section img")).to_have_count(4)
    await expect(panel).to_contain_text("U2 · fast")
    await shoot(panel, "history-desk")

    star = panel.get_by_role("button", name="⭐").nth(2)
    await star.click()
    await expect(star).to_contain_class("primary")
    await panel.get_by_role("button", name="Older").click()
    await expect(panel).to_contain_text("a red lighthouse")
    await panel.get_by_role("button", name="Newer").click()
    await expect(panel).to_contain_text("U2")

    await say(chat, "/history search: fox")
    found = message(chat, "“fox”")
    await expect(found.get_by_role("button", name="Show here")).to_have_count(1)


@pytest.mark.parametrize(("locale", "title"), [("en-US", "Your pictures"), ("zh-CN", "你的图片")])
async def test_a_library_fits_a_phone(locale: str, title: str, chat: Page, room: Studio) -> None:
    await paint(room, "a very long prompt about a lighthouse " * 6, "a fox")
    await chat.get_by_test_id("locale").select_option(locale)
    await chat.set_viewport_size(PHONE)

    await say(chat, "/history ")
    panel = message(chat, title)
    await expect(panel.locator(".section img")).to_have_count(2)
    await shoot(chat, f"history-phone-{locale}")

    assert await chat.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    if locale == "zh-CN":
        await expect(panel.get_by_role("button", name="在此显示")).to_have_count(2)
