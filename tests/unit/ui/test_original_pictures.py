"""Where the original of a finished picture is found, although links die and files get lost."""

import io

import discord
import pytest

from bot.domain.job import Job, JobStatus, Result
from bot.errors import PictureError
from bot.services import Services
from bot.ui.delivery.original_pictures import OriginalPictures
from tests.support.discord_bench import DiscordBench
from tests.support.makers import picture
from tests.support.ports import ShelfFetcher

GRID = "https://img.example.com/grid.png"  # it lies on the shelf of the tests' fetcher


@pytest.fixture
def originals(bench: DiscordBench, services: Services) -> OriginalPictures:
    return OriginalPictures(bench.client, services.pictures, services.jobs.deliveries)


async def posted(bench: DiscordBench, fetcher: ShelfFetcher, name: str = "", *, relay_has_it: bool = False) -> Job:
    """A job whose result stands in the studio, with a file of this name; its kept file is lost."""
    url = GRID if relay_has_it else "https://img.example.com/gone.png"
    job = await bench.job(JobStatus.DONE, result=Result(image_url=url, picture="lost.png"))
    channel = bench.client.get_partial_messageable(job.place.channel_id)
    file = discord.File(io.BytesIO(picture(colour="red")), name.format(job.id) or f"easel-{job.id}.png")
    message = await channel.send("done", file=file)
    fetcher.shelf[message.attachments[0].url] = picture(colour="red")
    bench.loopback.wire.requests.clear()
    return job.with_(result_message_id=message.id)


async def test_the_kept_file_is_enough(
    bench: DiscordBench, originals: OriginalPictures, services: Services, fetcher: ShelfFetcher
) -> None:
    key = await services.pictures.keep_made("made", picture())
    job = (await posted(bench, fetcher)).with_(result=Result(picture=key))

    assert await originals.key(job) == key
    assert (bench.calls, fetcher.fetched) == ([], [])


@pytest.mark.parametrize("name", ["easel-{}.png", "SPOILER_easel-{}.png"])
async def test_a_lost_file_comes_from_the_posted_message(
    name: str, bench: DiscordBench, originals: OriginalPictures, services: Services, fetcher: ShelfFetcher
) -> None:
    key = await originals.key(await posted(bench, fetcher, name))

    assert await services.pictures.has(key)
    assert fetcher.fetched == [url for url in fetcher.shelf if url != GRID]


@pytest.mark.parametrize("name", ["easel-{}-small.webp", "SPOILER_easel-{}-small.webp", "else.png"])
async def test_a_smaller_picture_is_no_original(
    name: str, bench: DiscordBench, originals: OriginalPictures, fetcher: ShelfFetcher
) -> None:
    await originals.key(await posted(bench, fetcher, name, relay_has_it=True))

    assert fetcher.fetched == [GRID]


@pytest.mark.parametrize(("status", "code"), [(404, 10008), (403, 50001), (503, 0)])
async def test_what_cannot_be_read_comes_from_the_relay(
    status: int, code: int, bench: DiscordBench, originals: OriginalPictures, fetcher: ShelfFetcher
) -> None:
    job = await posted(bench, fetcher, relay_has_it=True)
    bench.refuse("GET", "/channels/*", status, code)

    await originals.key(job)

    assert fetcher.fetched == [GRID]


async def test_what_was_never_posted_comes_from_the_relay(
    bench: DiscordBench, originals: OriginalPictures, fetcher: ShelfFetcher
) -> None:
    job = await posted(bench, fetcher, relay_has_it=True)

    await originals.key(job.with_(result_message_id=None))

    assert (bench.calls, fetcher.fetched) == ([], [GRID])


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (None, "This job has no picture."),
        (Result(text="1. a cat"), "This job has no picture."),
        (Result(image_url="https://img.example.com/gone.png"), "The picture is gone"),
        (Result(picture="lost.png"), "The picture is gone"),
    ],
)
async def test_a_picture_that_is_nowhere_says_so(
    result: Result | None, sentence: str, bench: DiscordBench, originals: OriginalPictures
) -> None:
    job = await bench.job(JobStatus.DONE, result=result)

    with pytest.raises(PictureError, match=sentence):
        await originals.key(job)
