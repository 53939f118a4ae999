"""`python -m sandbox.tour.readme_pictures`: the pictures in README.md, made anew at twice their size."""

import asyncio
import io
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from sandbox.app import Sandbox
from sandbox.driver import Driver
from sandbox.message_view import Message, buttons, faces
from sandbox.tour.browser import browser_page

if TYPE_CHECKING:
    from playwright.async_api import Page

FOLDER = Path("docs")
SPEED = 8.0
SCALE = 2.0
QUALITY = 80  # of the WebP files; at this they are sharp and under 200 KB each
STILL_S = 2.0  # until pictures have been drawn and nothing glides any more
WIDTH, HEIGHT, TALL = 1280, 860, 1800
FIRST_PROMPT = "a red fox in a misty forest --ar 3:2"
MORE_PROMPTS = (
    "a lighthouse at dusk --ar 16:9",
    "a cat in a garden",
    "a sailing boat at sea --ar 2:3",
    "a mountain lake at dawn --ar 3:2",
    "an owl in a tree",
    "a castle on a hill --ar 16:9",
    "a robot in the rain --ar 2:3",
)


class Photographer(Driver):
    """Makes things happen in a sandbox, and takes pictures of its page."""

    def __init__(self, sandbox: Sandbox, page: "Page") -> None:
        super().__init__(sandbox)
        self.page = page

    async def take(self, name: str, *, of: str = "") -> None:
        """Keep a picture of the page, or of the element that the selector `of` names last."""
        await self.page.mouse.move(0, 0)  # or what lies under it would look pressed
        await asyncio.sleep(STILL_S)
        data = await (self.page.locator(of).last.screenshot() if of else self.page.screenshot())
        Image.open(io.BytesIO(data)).save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)

    async def imagine(self, prompt: str, **options: str) -> None:
        """Ask for pictures, and wait until they are posted."""
        before = len(self._results())
        await self.slash("imagine", {"prompt": prompt, **options})
        await self.eventually(lambda: len(self._results()) > before, "the pictures")

    def _results(self) -> list[object]:
        return [message for message in self.messages("studio") if face_of_first(message) == "U1"]


def face_of_first(message: Message) -> str:
    """What stands on a message's first button."""
    return next(iter(faces(message)), [""])[0]


async def studio(photographer: Photographer) -> None:
    """A grid with its buttons."""
    await photographer.imagine(FIRST_PROMPT)
    await photographer.page.get_by_role("button", name="Dismiss message").click()  # the hint after a first grid
    await photographer.page.get_by_role("button", name="U1").wait_for()
    await photographer.take("studio")


async def behind_the_scenes(photographer: Photographer) -> None:
    """The side panel with its faults."""
    await photographer.page.get_by_role("button", name="Behind the scenes").click()
    await photographer.page.get_by_role("tab", name="Faults").click()
    await photographer.take("sandbox-panel")
    await photographer.page.get_by_role("button", name="Behind the scenes").click()


async def comparison(photographer: Photographer) -> None:
    """One prompt at two engines, on one card."""
    asked = {"prompt": "a hot air balloon over hills --ar 16:9", "engines": "midjourney, kling"}
    await photographer.click(await photographer.slash("compare", asked), "Start all 2")
    await photographer.page.set_viewport_size({"width": WIDTH, "height": TALL})
    await photographer.page.get_by_role("button", name="Use this one").nth(1).wait_for()
    await photographer.take("compare", of="[data-message-id]:has(button:has-text('Use this one')) .container")
    await photographer.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


async def gallery(photographer: Photographer) -> None:
    """A member's own pictures in the browser."""
    for prompt in MORE_PROMPTS:
        await photographer.imagine(prompt)
    answer = await photographer.slash("gallery")
    await photographer.page.goto(next(button["url"] for button in buttons(answer) if button.get("url")))
    await photographer.page.locator("#gallery img").first.wait_for()
    await photographer.take("gallery")


SCENES: tuple[Callable[[Photographer], Awaitable[None]], ...] = (studio, behind_the_scenes, comparison, gallery)


async def main() -> None:
    """Play all scenes, one after another, in one sandbox."""
    with tempfile.TemporaryDirectory(prefix="easel-pictures-") as data:
        async with Sandbox(speed=SPEED, data=Path(data)) as sandbox, browser_page(WIDTH, HEIGHT, scale=SCALE) as page:
            if page is None:
                raise SystemExit("The pictures need Chromium and playwright.")
            await sandbox.wait_ready()
            await page.goto(sandbox.url)
            photographer = Photographer(sandbox, page)
            for scene in SCENES:
                await scene(photographer)


if __name__ == "__main__":
    asyncio.run(main())
