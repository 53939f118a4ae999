"""Fixtures of the stand-ins' tests.

A loopback Discord or relay is new for each test; of page and the sandbox behind it there is one for a
module, which each test finds as new.
"""

import sys
from collections.abc import AsyncIterator
from functools import partial

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from sandbox.discord.server import LoopbackDiscord
from tests.sandbox.discord_caller import Caller
from tests.sandbox.discord_studio import Studio, open_loopback, open_studio
from tests.sandbox.relay_bench import Bench
from tests.support.chromium import DESKTOP, open_page

PageBot = partial(BotProcess, command=(sys.executable, "-m", "tests.sandbox.page_bot"))


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackDiscord]:
    async with open_loopback() as opened:
        yield opened


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with open_loopback() as loopback, aiohttp.ClientSession() as session:
        yield Caller(loopback, session)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with Bench.open() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(make_bot=PageBot) as running:
        await running.wait_ready()
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with open_page(browser) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def chat(sandbox: Sandbox, page: Page) -> AsyncIterator[Page]:
    for channel in sandbox.discord.state.channels.values():
        channel.messages.clear()
    await page.goto(sandbox.url)
    await expect(page.get_by_test_id("bot-state")).to_have_attribute("data-state", "online")
    yield page
    await page.evaluate("localStorage.clear(), sessionStorage.clear()")
    await page.set_viewport_size(DESKTOP)
    await page.emulate_media(reduced_motion="no-preference")
