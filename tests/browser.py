"""A page in headless Chromium, for every test that looks at something the way a person does.

A test module that wants it says `pytest_plugins = ["tests.browser"]` and takes the fixture `page`.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright

CHROMIUM_PATH = "/usr/bin/chromium"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE_MS = 10_000


def find_chromium() -> str | None:
    """Where Chromium is on this machine."""
    if Path(CHROMIUM_PATH).exists():
        return CHROMIUM_PATH
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """An empty page; the test fails when a script on it fails or the content policy is broken."""
    executable = find_chromium()
    if executable is None:
        reason = f"Chromium was not found: neither {CHROMIUM_PATH} nor any of {', '.join(CHROMIUM_NAMES)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    troubles: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        context = await browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="dark")
        opened = await context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("console", lambda line: _note_policy(line.text, troubles))
        try:
            yield opened
        finally:
            await browser.close()
    assert troubles == []


def _note_policy(text: str, troubles: list[str]) -> None:
    if "Content Security Policy" in text:
        troubles.append(text)
