"""A server's wall: what enough members starred is shown there once, whatever is killed, and goes with its result."""

import pytest
import pytest_asyncio

from bot.ui.delivery.wall import PAUSE_S
from sandbox.message_view import Message
from sandbox.panel import open_panel
from tests.e2e.drawing import with_address
from tests.e2e.galleries import ask, link_of
from tests.e2e.studio import Ordered, Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SETTINGS = with_address()
SPEED = 60.0
SMALL = "--ar 1:1 --seed 7"
STAR = "⭐"
AT_ONCE_S = PAUSE_S / 2  # real seconds, so that it is not found by the look that comes anyway


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wall(studio: Studio) -> str:
    """The channel of the wall, for which two stars are enough."""
    said = await studio.slash("easel wall", {"channel": "news", "stars": 2}, user="mia")
    assert "2 members" in said["content"]
    return "news"


def shown(studio: Studio, job: Ordered, wall: str) -> list[Message]:
    """What stands on the wall of a job."""
    name = f"wall-{job.id}."
    return [m for m in studio.messages(wall) if any(file["filename"].startswith(name) for file in m["attachments"])]


async def starred(studio: Studio, result: Message, *users: str) -> None:
    for user in users:
        await studio.actor.react(user, result["id"], STAR)


async def test_enough_stars_bring_it_to_the_wall_with_author_and_link(studio: Studio, wall: str) -> None:
    job = await studio.imagine(f"a fox {SMALL}")
    result = await studio.result(job)

    await starred(studio, result, "ben", "mia")

    (message,) = await studio.eventually(lambda: shown(studio, job, wall), "the picture on the wall")
    assert message["content"].startswith("⭐ 2 · **a fox")
    assert studio.mention("ana") in message["content"]
    assert f"/{result['id']})" in message["content"]


async def test_one_star_is_not_enough_and_a_member_counts_once(studio: Studio, wall: str) -> None:
    few, enough = await studio.imagine(f"a boat {SMALL}"), await studio.imagine(f"a barn {SMALL}")
    result = await studio.result(few)
    await starred(studio, result, "ben", "ben")
    await starred(studio, await studio.result(enough), "ben", "mia")

    await studio.eventually(lambda: shown(studio, enough, wall), "the other one on the wall")

    assert shown(studio, few, wall) == []


async def test_a_bot_that_is_killed_shows_it_once(studio: Studio, wall: str) -> None:
    job = await studio.imagine(f"an owl {SMALL}")
    result = await studio.result(job)
    await starred(studio, result, "ben", "mia")
    await studio.eventually(lambda: shown(studio, job, wall), "the picture on the wall")

    await studio.kill()
    await studio.start()
    await starred(studio, result, "ana")
    other = await studio.imagine(f"a heron {SMALL}")
    await starred(studio, await studio.result(other), "ben", "mia")

    await studio.eventually(lambda: shown(studio, other, wall), "the next one on the wall")
    assert len(shown(studio, job, wall)) == 1


async def on_the_wall(studio: Studio, wall: str, prompt: str, user: str = "ana") -> tuple[Ordered, Message]:
    job = await studio.imagine(f"{prompt} {SMALL}", user=user)
    result = await studio.result(job)
    await starred(studio, result, "ben", "mia")
    await studio.eventually(lambda: shown(studio, job, wall), "the picture on the wall")
    return job, result


async def test_what_its_author_removes_goes_from_the_wall(studio: Studio, wall: str) -> None:
    job, result = await on_the_wall(studio, wall, "a kite")

    await studio.use_menu(result, "Remove")

    await studio.eventually(lambda: not shown(studio, job, wall), "nothing on the wall", AT_ONCE_S)


async def test_what_is_removed_in_the_gallery_goes_at_once(studio: Studio, wall: str) -> None:
    job, _result = await on_the_wall(studio, wall, "a plum")

    status, _body = await ask(await link_of(studio), f"api/jobs/{job.id}", "DELETE")

    assert status == 200
    await studio.eventually(lambda: not shown(studio, job, wall), "nothing on the wall", AT_ONCE_S)


async def test_what_is_erased_with_its_member_goes_at_once(studio: Studio, wall: str) -> None:
    job, _result = await on_the_wall(studio, wall, "a pear", user="mia")

    panel = await open_panel(studio, "privacy", user="mia")
    await (await panel.press("Erase my data…")).write("Erase", "erase")

    await studio.eventually(lambda: not shown(studio, job, wall), "nothing on the wall", AT_ONCE_S)


async def test_a_star_of_the_gallery_counts_at_once(studio: Studio, wall: str) -> None:
    job = await studio.imagine(f"a quince {SMALL}")
    await starred(studio, await studio.result(job), "ben")

    status, _body = await ask(await link_of(studio), f"api/jobs/{job.id}/star", "PUT")

    assert status == 200
    await studio.eventually(lambda: shown(studio, job, wall), "the picture on the wall", AT_ONCE_S)


async def test_what_is_for_adults_stays_where_it_is(studio: Studio, wall: str) -> None:
    dark = await studio.imagine(f"a shadow {SMALL}", channel="after-dark")
    other = await studio.imagine(f"a lamp {SMALL}")
    await starred(studio, await studio.result(dark, channel="after-dark"), "ben", "mia")
    await starred(studio, await studio.result(other), "ben", "mia")

    await studio.eventually(lambda: shown(studio, other, wall), "the other one on the wall")

    assert shown(studio, dark, wall) == []
