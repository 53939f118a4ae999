"""Films over the limit of their place: a preview that plays, and a way to all of it; none is dropped, none fails."""

import re
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
import pytest_asyncio

from sandbox.discord import limits
from sandbox.hostile_films import crowded_film, endless_film
from sandbox.message_view import Message
from sandbox.relay.profiles import MIDJOURNEY_PROXY
from tests.e2e.drawing import with_address
from tests.e2e.gestures import single_of
from tests.e2e.studio import Ordered, Studio, ordered, result_files
from tests.support.films import seen
from tests.support.makers import picture

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = with_address()
LIMIT = 20_000  # bytes; the relay's films have some 90,000
LINK = re.compile(r"\[([^\]]+)\]\(<(\S+)>\)")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(studio: Studio) -> Message:
    studio.relay.profile = MIDJOURNEY_PROXY
    return await single_of(studio, "a boat --ar 4:1 --seed 7 --v 8.2")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody's browser, without anything of ours."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(autouse=True)
def _narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(limits.FILE_LIMITS, 0, LIMIT)


async def files(message: Message, web: aiohttp.ClientSession) -> list[bytes]:
    return [await (await web.get(file["url"])).read() for file in message["attachments"]]


async def at_relay(studio: Studio, job: Ordered, web: aiohttp.ClientSession) -> list[bytes]:
    """The films as the relay made them."""
    task = studio.relay._tasks.tasks_by_id[studio.tasks(job.id)[0]["id"]]
    return [await (await web.get(url)).read() for url in task.film_urls(studio.relay.base_url)]


async def animate(studio: Studio, prompt: str) -> Ordered:
    upload = studio.upload("start.png", picture())
    return ordered(await studio.slash("animate", {"prompt": prompt, "picture": upload, "films": 1}), "ana", "studio")


async def test_set_of_films_is_posted_as_previews_with_a_link_to_each(
    studio: Studio, single: Message, web: aiohttp.ClientSession
) -> None:
    job = await studio.follow_up(single, "Animate (High motion)")
    films = await studio.result(job)

    assert result_files(films) == [f"easel-{job.id}{end}-small.mp4" for end in ("", "-2", "-3", "-4")]
    whole = await at_relay(studio, job, web)
    for small, large in zip(await files(films, web), whole, strict=True):
        assert len(small) <= LIMIT < len(large)
        assert (seen(small).frames, seen(small).codecs) == (seen(large).frames, ["h264"])
    assert "These videos are too large to post here, so smaller previews are posted. Full videos:" in films["content"]
    links = LINK.findall(films["content"])
    assert [number for number, _url in links] == ["1", "2", "3", "4"]
    assert [await (await web.get(url)).read() for _number, url in links] == whole
    assert all(url.startswith(f"{SETTINGS['PUBLIC_URL']}/original/") for _number, url in links)
    assert studio.units(job) == "settled"


async def test_full_film_plays_from_its_link_in_pieces(studio: Studio, web: aiohttp.ClientSession) -> None:
    job = await animate(studio, "it rains")
    film = await studio.result(job)

    assert "This video is too large to post here, so a smaller preview is posted. [Full video](<" in film["content"]
    ((_label, url),) = LINK.findall(film["content"])
    async with web.get(url, headers={"Range": "bytes=4-7"}) as response:
        assert (response.status, await response.read()) == (206, b"ftyp")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_film_shown_once_more_has_a_link_again(studio: Studio) -> None:
    job = await animate(studio, "it is sunny")
    await studio.result(job)

    shown = await studio.slash("show", {"id": job.id})

    await studio.with_text(shown, "[Full video](<")
    await studio.actor.delete_message("studio", shown["id"], "mia")


@pytest.mark.parametrize("make", [crowded_film, endless_film], ids=["four billion frames", "49 days"])
async def test_hostile_film_is_never_dropped(
    make: Callable[[], bytes], studio: Studio, web: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = make()
    monkeypatch.setitem(limits.FILE_LIMITS, 0, len(hostile) - 1)
    studio.relay_fault("GET", "/attachments/*.mp4", status=200, body=hostile)
    job = await animate(studio, "it snows")

    def posted() -> Message | None:
        found = [message for message in studio.messages() if LINK.search(message["content"])]
        return next((message for message in found if job.id in str(message["components"])), None)

    message = await studio.eventually(posted, "the result")
    await studio.gone(job)

    assert len(result_files(message)) == (make is endless_film)
    ((_label, url),) = LINK.findall(message["content"])
    assert await (await web.get(url)).read() == hostile
    assert (studio.units(job), len(studio.submits(job.id))) == ("settled", 1)
