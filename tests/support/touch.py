"""What a finger can press on a page, and what is too small for it."""

from playwright.async_api import Page, ViewportSize

PHONE = ViewportSize(width=390, height=844)
# Words within a line are as tall as it; the way past everything is for keyboards; a box counts with its words.
_TOO_SMALL = """(least) => [...document.querySelectorAll(
    "a, button, input, summary, textarea, select, [role=button], [role=combobox], [role=option], [role=tab]"
  )].filter((one) => {
    const style = getComputedStyle(one);
    const isWithinText = style.display === "inline" || one.matches(".skip-link, .jump, [type=checkbox], [type=radio]");
    if (isWithinText || style.opacity === "0" || !one.checkVisibility({ visibilityProperty: true })) return false;
    const { width, height } = one.getBoundingClientRect();
    return Math.round(width) < least || Math.round(height) < least;
  }).map((one) => one.outerHTML.slice(0, 160))"""


async def too_small(page: Page, least: int = 40) -> list[str]:
    """Return what can be pressed and is narrower or lower than so many pixels."""
    found: list[str] = await page.evaluate(_TOO_SMALL, least)
    return found


async def is_wider_than_the_screen(page: Page) -> bool:
    """Tell whether a page has to be pushed sideways to be read."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > innerWidth"))
