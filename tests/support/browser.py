"""A page in headless Chromium, for every test that looks at something the way a person does.

A test module that wants it says `pytest_plugins = ["tests.support.browser"]` and takes the fixture `page`.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page

from tests.support.chromium import open_browser, open_page


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """An empty page in a browser of its own."""
    async with open_browser() as browser, open_page(browser) as opened:
        yield opened
