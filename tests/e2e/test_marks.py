"""What is posted says to machines that it was generated: as the relay said it, or as Easel adds it."""

import io

import aiohttp
import pytest
from PIL import Image

from sandbox.discord import limits
from sandbox.message_view import Message
from sandbox.relay.profiles import MIDJOURNEY_PROXY
from tests.e2e.gestures import job_of, relay_task, single_of
from tests.e2e.studio import Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

MADE = b"digitalsourcetype/trainedAlgorithmicMedia"


async def a_grid(studio: Studio) -> Message:
    return await studio.result(await studio.imagine("a red lighthouse --ar 2:1 --seed 7"))


async def at_relay(studio: Studio, message: Message) -> bytes:
    """The file of a result as the relay hands it out."""
    task = await relay_task(studio, studio.tasks(job_of(message).id)[0]["id"])
    async with aiohttp.ClientSession() as session, session.get(task["imageUrl"]) as response:
        return await response.read()


async def test_a_grid_that_says_so_is_posted_byte_by_byte(studio: Studio) -> None:
    message = await a_grid(studio)

    posted = await studio.download(message)

    assert posted == await at_relay(studio, message)
    assert MADE in posted


async def test_what_is_made_smaller_still_says_so(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.FILE_LIMITS, 0, 20_000)

    posted = await studio.download(await a_grid(studio))

    assert Image.open(io.BytesIO(posted)).format == "WEBP"
    assert MADE in posted
    assert len(posted) <= 20_000


async def test_a_film_gets_what_its_relay_did_not_say(studio: Studio) -> None:
    studio.relay.profile = MIDJOURNEY_PROXY
    single = await single_of(studio, "a boat --ar 4:1 --seed 7 --v 8.2")

    films = await studio.result(await studio.follow_up(single, "Animate (High motion)"))

    posted = await studio.download(films)
    assert posted[4:8] == b"ftyp"
    assert MADE in posted
