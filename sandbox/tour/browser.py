"""The tour's browser: headless Chromium, where there is one."""

import importlib.util
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page, ViewportSize

# The first is the same without all that a window needs: it starts in half the time.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def find_chromium() -> str | None:
    """Where Chromium is on this machine."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@asynccontextmanager
async def browser_page(width: int, height: int, *, scale: float = 1.0) -> "AsyncIterator[Page | None]":
    """An empty page of that size, in the dark, `scale` pixels to each of its own; None where there is no Chromium."""
    chromium = find_chromium()
    if chromium is None or importlib.util.find_spec("playwright") is None:
        yield None
        return
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only developers have it

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        size: ViewportSize = {"width": width, "height": height}
        yield await browser.new_page(viewport=size, device_scale_factor=scale, color_scheme="dark")
        await browser.close()
