"""Films as members see them, at a relay that lists each: sets, one of a set, longer ones, and those that come late."""

import pytest
import pytest_asyncio

from sandbox.message_view import Message, cell, faces
from sandbox.relay.profiles import MIDJOURNEY_PROXY, NEW_API
from tests.e2e.gestures import calls, single_of
from tests.e2e.studio import Studio, result_files, same_pixels

PROMPT = "a boat --ar 4:1 --seed 7 --v 8.2"


pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def single(studio: Studio) -> Message:
    studio.relay.profile = MIDJOURNEY_PROXY
    return await single_of(studio, PROMPT)


@pytest.fixture(autouse=True)
def _proxy(studio: Studio) -> None:
    """Every test begins with the proxy itself."""
    studio.relay.profile = MIDJOURNEY_PROXY


async def test_picture_that_the_relay_lists_costs_nothing_and_opens_the_rest(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(PROMPT))
    before = len(studio.relay.tasks())
    free = await studio.result(await studio.follow_up(grid, "U3"))

    assert "Taken from the grid at no extra charge." in free["content"]
    assert len(studio.relay.tasks()) == before
    assert same_pixels(await studio.picture(free), cell(await studio.picture(grid), 3))
    paid = await studio.result(await studio.follow_up(free, "More actions"))
    assert faces(free) == [["More actions"], ["Vary (Region)"], ["Animate (High motion)", "Animate (Low motion)"]]
    assert "Vary (Subtle)" in faces(paid)[0]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def films(studio: Studio, single: Message) -> Message:
    return await studio.result(await studio.follow_up(single, "Animate (High motion)"))


async def test_set_of_films_is_posted_whole(films: Message) -> None:
    names = result_files(films)

    assert len(names) == 4
    assert all(name.endswith(".mp4") for name in names)
    assert "--video 1** - Animate (High motion) by" in films["content"]
    assert faces(films) == [["U1", "U2", "U3", "U4", "🔄"]]


async def test_film_of_a_set_is_taken_and_goes_on(studio: Studio, films: Message) -> None:
    taken = await studio.result(await studio.follow_up(films, "U2"))
    longer = await studio.result(await studio.follow_up(taken, "Extend (Low motion)"))

    assert "Film #2" in taken["content"]
    assert [len(result_files(message)) for message in (taken, longer)] == [1, 4]
    assert (await studio.download(taken))[4:8] == b"ftyp"


async def test_film_that_comes_after_its_success_is_waited_for(studio: Studio) -> None:
    grid = await studio.result(await studio.imagine(f"{PROMPT} --sandbox-late"))
    single = await studio.result(await studio.follow_up(grid, "U1"))

    films = await studio.result(await studio.follow_up(single, "Animate (Low motion)"))

    assert len(result_files(films)) == 4


async def test_gateway_that_refuses_the_button_films_the_picture(studio: Studio, single: Message) -> None:
    studio.relay.profile = NEW_API
    job = await studio.follow_up(single, "Animate (Low motion)")

    films = await studio.result(job)

    assert len(result_files(films)) == 4
    assert calls(studio, job) == ["/mj/submit/action", "/mj/submit/video"]
    assert [task["action"] for task in studio.tasks(job.id)] == ["VIDEO"]
