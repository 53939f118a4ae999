"""Films as the page plays them: those that are files, and animated pictures."""

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from sandbox.relay.profiles import MIDJOURNEY_PROXY, UNIAPI
from tests.e2e.chat import PATIENCE_MS, message
from tests.e2e.gestures import RED, painted
from tests.e2e.studio import Studio, ordered

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.browser]

PROMPT = "a boat --ar 4:1 --seed 7"
GOES_ON = "film => film.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && film.currentTime > 0.2"
IS_THERE = "picture => picture.complete && picture.naturalWidth > 0"
FRAMES = 3  # that differ: a picture that only came late would have been seen without and with it


async def test_a_film_plays_in_the_page(chat: Page, room: Studio) -> None:
    room.relay.profile = MIDJOURNEY_PROXY
    options = {"prompt": "red waves", "picture": room.upload("red.png", painted(RED)), "films": 1}
    job = ordered(await room.slash("animate", options), "ana", "studio")
    await room.result(job)

    film = message(chat, "red waves").locator("video")
    await expect(film).to_have_attribute("src", re.compile(f"{job.id}.*mp4"))
    await film.evaluate("film => { film.muted = true; return film.play(); }")

    await chat.wait_for_function(GOES_ON, arg=await film.element_handle())
    assert await film.evaluate("film => [film.error, film.videoWidth > 0]") == [None, True]


async def test_an_animated_picture_moves_in_the_page(chat: Page, room: Studio) -> None:
    room.relay.profile = UNIAPI
    grid = await room.result(await room.imagine(PROMPT))
    single = await room.result(await room.follow_up(grid, "U1"))
    job = await room.follow_up(single, "Animate (High motion)")
    await room.result(job)

    picture = message(chat, "Animate (High motion) by").locator(".content img").last  # beside its preview for a moment
    await expect(picture).to_have_attribute("src", re.compile(f"easel-{job.id}.*webp"))
    await chat.wait_for_function(IS_THERE, arg=await picture.element_handle())

    seen = {await picture.screenshot()}
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while len(seen) < FRAMES:
            seen.add(await picture.screenshot())
