"""Fixtures for the page's tests: one browser and one sandbox for a module, a fresh page and empty channels for each."""

import sys
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.app import Sandbox
from tests.browser import open_browser, open_page

BOT_COMMAND = [sys.executable, "-m", "tests.sandbox.page_bot"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(bot_command=BOT_COMMAND) as running:
        await running.wait_ready()
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with open_page(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def chat(sandbox: Sandbox, page: Page) -> Page:
    for channel in sandbox.discord.state.channels.values():
        channel.messages.clear()
    await page.goto(sandbox.url)
    await expect(page.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    return page
