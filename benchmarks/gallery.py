"""The gallery with 5,000 pictures, and a ZIP of half a gigabyte: `python -m benchmarks.gallery`.

The real page in headless Chromium against the real web side, with a database and files of its own. The memory of the
ZIP is Python's own, as traced while it is sent.
"""

import asyncio
import io
import sys
import tempfile
import time
import tracemalloc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

import discord
from PIL import Image
from playwright.async_api import Page, async_playwright

from benchmarks.table import Figure, show
from bot.clock import Clock
from bot.domain.job import Job, JobStatus
from bot.links import GalleryLinks
from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.storage.jobs import JobStore
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.details import Details
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import GalleryActs
from bot.ui.flows.gallery_orders import GalleryOrders
from bot.ui.flows.gallery_places import GalleryPlaces
from bot.ui.flows.mask_editor import MaskEditor
from bot.ui.flows.own_messages import OwnMessages
from bot.ui.flows.result_posts import ResultPosts
from bot.web.galleries import gallery_routes
from bot.web.gallery_zip import write_zip
from bot.web.server import build_app, serving
from sandbox.app import HOST, free_port
from sandbox.tour.browser import find_chromium
from tests.support.chromium import ARGUMENTS
from tests.support.makers import ANA, DAY, NO_LIMITS, START, make_job, make_result, make_settings
from tests.support.ports import RecordingPresenter, ScriptedEngine, ShelfFetcher
from tests.support.services import make_services

PICTURES = 5_000
SEEN = 400  # of them, which are scrolled through
SHAPES = ((1024, 1024), (1456, 816), (816, 1456), (1232, 928))
ZIP_FILES, ZIP_FILE_BYTES = 50, 10 * 1024 * 1024
JUMPS, JUMP_PX, SETTLED_MS = 12, 900, 500
BLANK = """
() => [...document.querySelectorAll(".tile")].filter((tile) => {
  const box = tile.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && !tile.querySelector("img")?.naturalWidth;
}).length
"""


async def figures(folder: Path) -> list[Figure]:
    """Measure all of it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with _gallery(folder) as (store, pictures, gallery):
        newest = await _fill(store, pictures)
        each_s = await _thumbnails_s(pictures, newest)
        found = await _page_figures(await gallery.url(ANA))
        return [
            Figure("a thumbnail of a grid", each_s * 1000, "ms", 150, how="made once, and kept beside its picture"),
            *found,
            await _zip_figure(pictures),
        ]


@asynccontextmanager
async def _gallery(folder: Path) -> AsyncIterator[tuple[JobStore, Pictures, Gallery]]:
    clock, port, workers = Clock(), free_port(), Workers()
    address = f"http://{HOST}:{port}"
    async with JobStore.opened(f"sqlite+aiosqlite:///{folder / 'easel.db'}") as store:
        stock = Stock(folder / "pictures", store.kept_pictures, clock)
        pictures = Pictures(stock, ShelfFetcher(), workers, relay_limit=100_000)
        services = make_services(
            store=store,
            engines={"midjourney": ScriptedEngine()},
            pictures=pictures,
            presenter=RecordingPresenter(),
            settings=make_settings(),
            clock=clock,
        )
        nobody = cast("discord.Client", None)
        linked = replace(services, gallery_links=GalleryLinks("the owner's key", address, clock))
        gallery = Gallery(nobody, linked, OwnMessages(nobody, services), cast("Details", None))
        places, results = GalleryPlaces(nobody, services), cast("ResultPosts", None)
        acts = GalleryActs(services, places, results, cast("MaskEditor", None))
        routes = gallery_routes(gallery, acts, cast("GalleryOrders", None), Collecting(services), pictures, clock)
        try:
            async with serving(build_app(routes), HOST, port):
                yield store, pictures, gallery
        finally:
            workers.close()


async def _thumbnails_s(pictures: Pictures, keys: Sequence[str]) -> float:
    """Have the thumbnails of the newest pictures made; seconds for each."""
    begun = time.monotonic()
    for key in keys:
        await pictures.thumbnail(key)
    return (time.monotonic() - begun) / len(keys)


async def _fill(store: JobStore, pictures: Pictures) -> list[str]:
    """Give Ana her pictures, of a few kinds; returns the keys of the newest."""
    drawn = [_painted(size) for size in SHAPES]
    keys = []
    for number in range(PICTURES):
        job = _job(number)
        keys.append(f"{job.id}.png")
        await store.admissions.admit(job, NO_LIMITS, DAY)
        await pictures.stock.keep_bytes(f"{job.id}.png", drawn[number % len(drawn)])
        result = make_result().model_copy(update={"picture": f"{job.id}.png"})
        await store.move(job, [job.status], JobStatus.DONE, result=result)
    while await store.library.list_some():
        pass
    return keys[: -SEEN - 1 : -1]


def _painted(size: tuple[int, int]) -> bytes:
    """About as hard to decode as what a relay paints."""
    soft = Image.effect_noise((size[0] // 8, size[1] // 8), 90).resize(size, Image.Resampling.BICUBIC)
    written = io.BytesIO()
    Image.merge("RGB", [soft, soft.rotate(90).resize(size), soft.rotate(180)]).save(written, "PNG")
    return written.getvalue()


def _job(number: int) -> Job:
    return make_job(JobStatus.RUNNING, created_at=START + timedelta(seconds=number))


async def _page_figures(url: str) -> list[Figure]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, bypass_csp=True)  # waiting evaluates
        begun = time.monotonic()
        await page.goto(url)
        await page.wait_for_function("[...document.querySelectorAll('.tile img')].some((one) => one.naturalWidth)")
        first_s = time.monotonic() - begun
        blank, tiles = await _scrolled(page)
        await browser.close()
    return [
        Figure("gallery of 5,000: first picture", first_s, "s", 1.0, how="from the address; two busy cores"),
        Figure("gallery of 5,000: blank tiles after a jump", blank, "", 0, how=f"of {JUMPS}, half a second each"),
        Figure("gallery of 5,000: tiles in the page", tiles, "", 150, how="at the end of the jumps"),
    ]


async def _scrolled(page: Page) -> tuple[int, int]:
    blank = 0
    for _jump in range(JUMPS):
        await page.mouse.wheel(0, JUMP_PX)
        await page.wait_for_timeout(SETTLED_MS)
        blank += int(await page.evaluate(BLANK))
    return blank, await page.locator(".tile").count()


async def _zip_figure(pictures: Pictures) -> Figure:
    data = bytes(ZIP_FILE_BYTES)
    jobs = [make_job(JobStatus.DONE, result=make_result()) for _number in range(ZIP_FILES)]
    for number, job in enumerate(jobs):
        await pictures.stock.keep_bytes(f"{job.id}.png", data)
        jobs[number] = job.with_(result=make_result().model_copy(update={"picture": f"{job.id}.png"}))
    sent = 0

    async def send(piece: bytes) -> None:
        nonlocal sent
        sent += len(piece)

    tracemalloc.start()
    await write_zip(jobs, pictures, send)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    if sent < ZIP_FILES * ZIP_FILE_BYTES:
        raise RuntimeError("the ZIP is not whole")
    return Figure("ZIP of 500 MB: most memory at once", most / 1e6, "MB", 8, how="traced while it is sent")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as name:
        sys.exit(0 if show(asyncio.run(figures(Path(name)))) else 1)
