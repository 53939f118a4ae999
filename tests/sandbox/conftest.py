"""Fixtures for the page's tests: one browser, page and sandbox for a module, which each test finds as new."""

import sys
from collections.abc import AsyncIterator
from functools import partial

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from tests.support.chromium import DESKTOP, open_browser, open_page

PageBot = partial(BotProcess, command=(sys.executable, "-m", "tests.sandbox.page_bot"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(make_bot=PageBot) as running:
        await running.wait_ready()
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with open_page(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def chat(sandbox: Sandbox, page: Page) -> AsyncIterator[Page]:
    for channel in sandbox.discord.state.channels.values():
        channel.messages.clear()
    await page.goto(sandbox.url)
    await expect(page.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    yield page
    await page.evaluate("localStorage.clear(), sessionStorage.clear()")
    await page.set_viewport_size(DESKTOP)
    await page.emulate_media(reduced_motion="no-preference")
