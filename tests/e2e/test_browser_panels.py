"""Every private panel as a person at the page sees it, in a browser: desktop and phone, English and Chinese."""

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize, expect

from tests.e2e.chat import message, say
from tests.e2e.studio import CAT, Studio

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

DESKTOP, PHONE = ViewportSize(width=1280, height=860), ViewportSize(width=390, height=844)
# The command, what stands on its panel in English and Chinese, and how many buttons and menus it has.
PANELS = {
    "/help ": ("Your first picture", "你的第一张图片", 6),
    "/usage ": ("This month", "本月", 0),
    "/info ": ("Your info", "你的信息", 0),
    "/privacy ": ("Your data", "你的数据", 2),
    "/settings ": ("Settings", "设置", 17),
    "/build ": ("Prompt builder", "提示词构建器", 10),
}


@pytest.mark.parametrize("screen", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
@pytest.mark.parametrize("command", PANELS, ids=str.strip)
async def test_a_panel_is_whole_and_fits(
    command: str, locale: str, screen: ViewportSize, chat: Page, room: Studio
) -> None:
    await room.result(await room.imagine(CAT))  # so that there is something to tell of
    english, chinese, controls = PANELS[command]
    await chat.get_by_test_id("locale").select_option(locale)
    await chat.set_viewport_size(screen)
    await say(chat, command)

    panel = message(chat, english if locale == "en-US" else chinese).last
    await expect(panel).to_be_visible()
    pressed = panel.locator(".components button, .components [role=combobox], .components a")
    await expect(pressed).to_have_count(controls)
    for number in range(controls):
        box = await pressed.nth(number).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= screen["width"]
    assert await chat.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    if folder := os.environ.get("SHOTS"):
        await chat.screenshot(path=Path(folder) / f"{command.strip()[1:]}-{locale}-{screen['width']}.png")
