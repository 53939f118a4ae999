"""Drawing a region as people do: the panel's link, the page in Chromium; and strokes worked out independently."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import aiohttp
from PIL import Image, ImageChops, ImageDraw
from playwright.async_api import Page

from sandbox.app import HOST, free_port
from sandbox.driver import custom_id
from sandbox.message_view import Message, buttons
from tests.e2e.gestures import call_with, from_data_url
from tests.e2e.studio import Ordered, Studio, ordered

Point = tuple[float, float]


def with_address() -> dict[str, str]:
    """Settings of a bot whose web side can be reached."""
    port = free_port()
    return {"WEB_PORT": str(port), "PUBLIC_URL": f"http://{HOST}:{port}"}


async def link_for(studio: Studio, single: Message, *, user: str = "ana", locale: str = "en-US") -> str:
    """Press Vary (Region) and return the address behind *Draw the region*."""
    before = {message["id"] for message in studio.messages(single["channel_id"], user)}
    await studio.actor.click(user, single["id"], custom_id(single, "Vary (Region)"), locale)

    def panel() -> str | None:
        fresh = [m for m in studio.messages(single["channel_id"], user) if m["id"] not in before]
        return next((url for url in map(link_in, fresh) if url), None)

    return await studio.eventually(panel, "the link")


def link_in(message: Message) -> str:
    """The address behind *Draw the region* in a private answer; "" where there is none."""
    return next((str(button["url"]) for button in buttons(message) if button.get("url")), "")


@dataclass
class Easel:
    """The page, once it can be drawn on, with places given in parts of the picture (0 to 1)."""

    page: Page
    left: float
    top: float
    width: float
    height: float
    size: tuple[int, int]

    def at(self, spot: Point) -> Point:
        """A place on the screen."""
        return self.left + spot[0] * self.width, self.top + spot[1] * self.height

    def pixels(self, spot: Point) -> Point:
        """A place in the picture's pixels."""
        return spot[0] * self.size[0], spot[1] * self.size[1]

    async def brush(self) -> float:
        """The brush's radius, in the picture's pixels."""
        return float((await self.page.locator("#size-value").inner_text()).split()[0]) / 2

    async def drag(self, spots: Sequence[Point]) -> None:
        """Draw with the mouse, straight from spot to spot."""
        mouse = self.page.mouse
        await mouse.move(*self.at(spots[0]))
        await mouse.down()
        for spot in spots[1:]:
            await mouse.move(*self.at(spot), steps=6)
        await mouse.up()

    async def swipe(self, spots: Sequence[Point]) -> None:
        """Draw with one finger."""
        session = await self.page.context.new_cdp_session(self.page)
        for number, spot in enumerate(spots):
            x, y = self.at(spot)
            kind = "touchMove" if number else "touchStart"
            await session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": 1}]})
        await session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    async def marked(self) -> str:
        """What the page says about how much is marked, once it has shown the last step."""
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        return await self.page.locator("#marked").inner_text()


async def open_easel(page: Page, url: str) -> Easel:
    """Go to a link and wait until the picture is there."""
    await page.goto(url)
    return await opened_easel(page)


async def opened_easel(page: Page) -> Easel:
    """The page that was led to, once the picture is there."""
    await page.wait_for_selector("#app:not([hidden])")
    box = await page.locator("#picture").bounding_box()
    assert box is not None
    width, height = await page.eval_on_selector("#picture", "(canvas) => [canvas.width, canvas.height]")
    return Easel(page, box["x"], box["y"], box["width"], box["height"], (width, height))


FINE = 8  # shapes are worked out on a grid so much finer, of which each pixel's centre counts


def stroke(size: tuple[int, int], points: Sequence[Point], radius: float) -> Image.Image:
    """A brush's way as a mask."""
    mask, pen = _canvas(size)
    reach = radius * FINE
    for (x0, y0), (x1, y1) in pairwise(_fine(points)):
        pen.line((x0, y0, x1, y1), fill=255, width=round(2 * reach))
    for x, y in _fine(points):
        pen.ellipse((x - reach, y - reach, x + reach, y + reach), fill=255)
    return mask.resize(size, Image.Resampling.NEAREST)


def patch(size: tuple[int, int], points: Sequence[Point]) -> Image.Image:
    """What a line goes around, as a mask."""
    mask, pen = _canvas(size)
    pen.polygon(_fine(points), fill=255)
    return mask.resize(size, Image.Resampling.NEAREST)


def _canvas(size: tuple[int, int]) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    mask = Image.new("L", (size[0] * FINE, size[1] * FINE))
    return mask, ImageDraw.Draw(mask)


def _fine(points: Sequence[Point]) -> list[Point]:
    return [(x * FINE - 0.5, y * FINE - 0.5) for x, y in points]


def overlap(one: Image.Image, other: Image.Image) -> float:
    """How much two masks agree: what both mark over what either marks (IoU)."""
    both = ImageChops.darker(one.convert("L"), other.convert("L"))
    either = ImageChops.lighter(one.convert("L"), other.convert("L"))
    return both.histogram()[255] / max(1, either.histogram()[255])


async def card_after(studio: Studio, known: set[str], *, user: str = "ana", channel: str = "studio") -> Ordered:
    """The job of a drawing that was just sent, by the first card that is not among the known messages."""

    def card() -> Ordered | None:
        fresh = [m for m in studio.messages(channel, user) if m["id"] not in known]
        cards = [m for m in fresh if any(button.get("label") == "Cancel Job" for button in buttons(m))]
        return ordered(cards[0], user, channel) if cards else None

    return await studio.eventually(card, "the card of the drawing")


async def mask_at_relay(studio: Studio, job: Ordered) -> Image.Image:
    """The mask as the relay received it."""
    sent = await call_with(studio, job, "/mj/submit/modal")
    return from_data_url(str(sent.body["maskBase64"]))


async def post(url: str, mask: bytes, prompt: str = "", *, sure: bool = False) -> tuple[int, dict[str, str]]:
    """Send a mask without the page, as its script does; returns status and answer."""
    address, _, token = url.partition("#")
    form = aiohttp.FormData({"prompt": prompt} | ({"sure": "yes"} if sure else {}), default_to_multipart=True)
    form.add_field("mask", mask, filename="mask.png", content_type="image/png")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{address}api/region", data=form) as response,
    ):
        return response.status, await response.json()
