"""A page in headless Chromium, for every test that looks at something the way a person does.

The browser is one for each process of the tests, as it takes longer to start than most tests last. It belongs to the
event loop of the session, so that a test with a page marks itself with `asyncio(loop_scope="session")`.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> "AsyncIterator[Browser]":
    """The browser."""
    from tests.support.chromium import open_browser  # most test files need no playwright

    async with open_browser() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: "Browser") -> "AsyncIterator[Page]":
    """An empty page with nothing remembered."""
    from tests.support.chromium import open_page

    async with open_page(browser) as opened:
        yield opened
