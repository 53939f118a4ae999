"""Headless Chromium for tests: a browser that many pages share, and pages that tell when something on them broke."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

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
PATIENCE_MS = 60_000
DESKTOP = ViewportSize(width=1280, height=860)


def find_chromium() -> str | None:
    """Where Chromium is on this machine."""
    if Path(CHROMIUM_PATH).exists():
        return CHROMIUM_PATH
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A browser without a window; where there is none the test is skipped, or fails when nothing may be."""
    executable = find_chromium()
    if executable is None:
        reason = f"Chromium was not found: neither {CHROMIUM_PATH} nor any of {', '.join(CHROMIUM_NAMES)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def open_page(browser: Browser) -> AsyncIterator[Page]:
    """An empty page of a new profile; the test fails when a script on it fails or the content policy is broken."""
    troubles: list[str] = []
    context = await browser.new_context(viewport=DESKTOP, color_scheme="dark")
    try:
        opened = await context.new_page()
        opened.set_default_timeout(PATIENCE_MS)
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("console", lambda line: _note_policy(line.text, troubles))
        yield opened
    finally:
        await context.close()
    assert troubles == []


def _note_policy(text: str, troubles: list[str]) -> None:
    if "Content Security Policy" in text:
        troubles.append(text)
