"""Headless Chromium for tests: a browser that many pages share, and pages that tell when something on them broke."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from sandbox.tour.browser import CHROMIUM_NAMES, find_chromium

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


@asynccontextmanager
async def open_browser() -> AsyncIterator[Browser]:
    """A browser without a window; where there is none the test is skipped, or fails when nothing may be."""
    executable = find_chromium()
    if executable is None:
        reason = f"Chromium was not found: none of {', '.join(CHROMIUM_NAMES)}"
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
    context = await browser.new_context(viewport=DESKTOP, color_scheme="dark", reduced_motion="reduce")
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
