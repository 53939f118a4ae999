"""The chat page speaks the chosen language, all of it."""

import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

import bot.web
import sandbox
from sandbox.relay.profiles import PROFILES
from tests.sandbox.chat_page import messages, open_panel, type_command

PAGE = Path(sandbox.__file__).parent / "page"
BOT_PAGE = Path(bot.web.__file__).parent / "page"
SAID = re.compile(r"""\bt\(\s*(?:\w+\(\) \? ("[^"]*") : )?("[^"]*"|'[^']*')""")
CHINESE = re.compile(r'^  ("(?:[^"\\]|\\.)*"):\s+("(?:[^"\\]|\\.)*"),$', re.MULTILINE)
NAMES = re.compile(
    r"Easel|Discord|English|Studio|Boosted Hall|Visitors|Ana|Ben|Mia \(moderator\)|Mia|ID"
    r"|new-api|uniapi|plain|plus|midjourney-proxy|GET|POST|PATCH|PUT|DELETE",
    re.IGNORECASE,
)
SPOKEN = """
() => {
  const isOurs = (element) => !element.closest(".panel-list, pre, #channels");  // and not the bot's or the wire's
  const within = (what) => [...document.querySelectorAll(what)].flatMap((part) =>
    [...part.querySelectorAll("*")]).filter(isOurs);
  const all = within("#places, #top, #compose, #panel");
  const names = ["aria-label", "title", "placeholder"];
  const named = all.flatMap((element) => names.map((name) => element.getAttribute(name)));
  const texts = all.flatMap((element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE))
    .map((node) => node.data.trim());
  return [...named, ...texts].filter(Boolean);
}
"""


def said() -> set[str]:
    """Every sentence that the scripts and the document say."""
    scripts = "".join(path.read_text() for path in (PAGE / "js").glob("*.js"))
    found = {quoted[1:-1] for pair in SAID.findall(scripts) for quoted in pair if quoted}
    document = (PAGE / "index.html").read_text()
    found |= set(re.findall(r'aria-label="([^"]+)"', document)) | set(
        re.findall(r'class="skip-link"[^>]*>([^<]+)', document)
    )
    return found | {profile.summary for profile in PROFILES.values()}


def chinese() -> dict[str, str]:
    pairs = CHINESE.findall((PAGE / "js" / "chinese.js").read_text())
    return {json.loads(english): json.loads(translated) for english, translated in pairs}


def test_every_word_of_the_page_has_its_chinese_and_nothing_else_has() -> None:
    assert set(chinese()) == said()


def test_no_style_sheet_says_what_nobody_can_translate() -> None:
    sheets = [*(PAGE / "css").glob("*.css"), *(BOT_PAGE / "assets").glob("*.css")]

    assert [said for sheet in sheets for said in re.findall(r'content: "(\w[^"]*)"', sheet.read_text())] == []


def test_translations_fill_in_the_same_names() -> None:
    names = re.compile(r"\{\w+\}")

    for english, translated in chinese().items():
        assert sorted(names.findall(translated)) == sorted(names.findall(english))


@pytest.mark.browser
@pytest.mark.asyncio(loop_scope="session")
async def test_the_page_follows_its_language_switch(chat: Page) -> None:
    async with chat.expect_navigation():
        await chat.get_by_test_id("locale").select_option("zh-CN")
    await expect(chat.get_by_test_id("bot-state")).to_have_text("机器人在线")
    await type_command(chat, "/whisper ")
    await expect(messages(chat, "Only for you.")).to_contain_text("只有你能看到这条消息")
    for tab in ("故障", "任务", "事件", "账本", "控制"):
        await (open_panel(chat, tab) if tab == "故障" else chat.get_by_role("tab", name=tab).click())
    english = {text for text in await chat.evaluate(SPOKEN) if re.search("[A-Za-z]{3,}", NAMES.sub("", text))}

    assert await chat.get_attribute("html", "lang") == "zh-CN"
    assert english == set()
