"""How long a stroke takes to show on a 2048 x 2048 picture: `python -m benchmarks.drawing`.

The real page in headless Chromium (drawn by the processor alone, so the slowest case), with one mouse move per frame.
Two times count: the scripts' work for one move, and the time from one frame to the next while drawing.
"""

import asyncio
import io
import statistics
import tempfile
from pathlib import Path

from aiohttp import web
from PIL import Image
from playwright.async_api import async_playwright

from bot.web.requests import PAGE
from bot.web.server import build_app
from bot.web.texts import TEXTS
from sandbox.tour.browser import find_chromium
from tests.support.chromium import ARGUMENTS

SIDE = 2048
MOVES = 240
MEASURE = """
(moves) => new Promise((done) => {
  const board = document.getElementById("board");
  const box = document.getElementById("picture").getBoundingClientRect();
  const work = [], frames = [];
  let last = 0;
  const event = (kind, at) => new PointerEvent(kind, {
    bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse", button: 0, buttons: 1,
    clientX: box.x + box.width * (0.5 + 0.4 * Math.cos(at / 9)),
    clientY: box.y + box.height * (0.5 + 0.4 * Math.sin(at / 7)),
  });
  board.setPointerCapture = () => {};
  board.dispatchEvent(event("pointerdown", 0));
  const step = (at) => requestAnimationFrame((now) => {
    if (last) frames.push(now - last);
    last = now;
    const start = performance.now();
    board.dispatchEvent(event("pointermove", at));
    requestAnimationFrame(() => {});
    const moved = performance.now() - start;
    queueMicrotask(() => work.push(moved));
    if (at < moves) return step(at + 1);
    const up = performance.now();
    board.dispatchEvent(event("pointerup", at));
    done({ work, frames, step: performance.now() - up });
  });
  step(1);
})
"""


def _app(picture: bytes) -> web.Application:
    async def opened(_request: web.Request) -> web.Response:
        texts = {name: text.render() for name, text in TEXTS.items()}
        return web.json_response({"prompt": "", "prompt_limit": 100, "drawing": "x", "locale": "en", "texts": texts})

    async def shown(_request: web.Request) -> web.Response:
        return web.Response(body=picture, content_type="image/png")

    async def page(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")

    return build_app(
        [
            web.get("/draw/", page),
            web.get("/draw/api/region", opened),
            web.get("/draw/api/picture", shown),
            web.static("/draw/assets", PAGE / "assets"),
        ]
    )


async def _measure() -> None:
    buffer = io.BytesIO()
    Image.effect_noise((SIDE, SIDE), 60).convert("RGB").save(buffer, "PNG", compress_level=1)
    runner = web.AppRunner(_app(buffer.getvalue()))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    with tempfile.TemporaryDirectory() as folder:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                Path(folder), executable_path=find_chromium(), args=ARGUMENTS, viewport={"width": 1280, "height": 860}
            )
            page = await context.new_page()
            await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/draw/#token")
            await page.wait_for_selector("#app:not([hidden])")
            await page.wait_for_timeout(500)
            brush = await page.inner_text("#size-value")
            measured = await page.evaluate(MEASURE, MOVES)
            await context.close()
    await runner.cleanup()
    print(f"brush {brush}, picture {SIDE} x {SIDE}, {MOVES} moves")
    for name, times in (("work for one move", measured["work"]), ("frame to frame", measured["frames"])):
        high = statistics.quantiles(times, n=20)[-1]
        print(f"{name}: median {statistics.median(times):.2f} ms, 95% under {high:.2f} ms, max {max(times):.2f} ms")
    print(f"frames: {1000 / statistics.mean(measured['frames']):.0f} a second")
    print(f"end of the stroke, with its undo step: {measured['step']:.2f} ms")


if __name__ == "__main__":
    asyncio.run(_measure())
