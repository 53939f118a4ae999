"""A member's library: /history with thumbnails, searches and pages, and what its buttons do; /show's suggestions."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from sandbox.discord.components import Kind, walk
from sandbox.message_view import Message, buttons, face, faces, is_private
from sandbox.panel import Panel, open_panel
from tests.e2e.gestures import send_for_job
from tests.e2e.studio import Ordered, Studio, ordered, result_files

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SMALL = "--ar 1:1"
PROMPTS = ("a fox in the snow", "a lighthouse", "雪中的狐狸", "a paper boat", "a glass heron")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grids(studio: Studio) -> list[Ordered]:
    """Mia's grids, oldest first, to which no test adds anything."""
    return await made_by(studio, "mia")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def anas(studio: Studio) -> list[Ordered]:
    """The same of Ana's, to go on from."""
    return await made_by(studio, "ana")


async def made_by(studio: Studio, user: str) -> list[Ordered]:
    made = [await studio.imagine(f"{prompt} {SMALL}", user=user) for prompt in PROMPTS]
    for job in made:
        await studio.result(job)
    return made


async def history(studio: Studio, user: str = "mia", **options: Any) -> Panel:
    return await open_panel(studio, "history", options, user=user)


def titles(panel: Panel) -> list[str]:
    """The prompts on a page."""
    lines = panel.text.splitlines()
    return [line.strip("*").removesuffix(f" {SMALL}") for line in lines if line.startswith("**")]


async def turned(panel: Panel, label: str, wanted: list[str]) -> Panel:
    """The panel once it shows these."""
    await panel.click(label)
    return await panel.shows(lambda now: titles(now) == wanted)


def thumbnails(panel: Panel) -> list[str]:
    parts = walk(panel.message["components"])
    return [part["media"]["url"] for part in parts if part["type"] == Kind.THUMBNAIL]


async def press(studio: Studio, panel: Panel, job: Ordered, label: str) -> str:
    """Press a button beside one job."""
    its = [one for one in buttons(panel.message) if job.id in one["custom_id"] and face(one) == label]
    return await studio.actor.click(panel.user, panel.message["id"], its[0]["custom_id"])


@pytest.mark.usefixtures("grids")
async def test_each_picture_stands_there_with_a_thumbnail(studio: Studio) -> None:
    panel = await history(studio)

    assert is_private(panel.message)
    assert titles(panel) == [*reversed(PROMPTS)][:4]
    assert len(thumbnails(panel)) == 4
    async with aiohttp.ClientSession() as session, session.get(thumbnails(panel)[0]) as response:
        assert response.content_type == "image/webp"
        assert 0 < len(await response.read()) < 60_000


@pytest.mark.usefixtures("grids")
async def test_pages_turn_both_ways(studio: Studio) -> None:
    newest = await history(studio)
    assert newest.button("Newer").get("disabled")

    oldest = await turned(newest, "Older", [PROMPTS[0]])
    assert oldest.button("Older").get("disabled")

    await turned(oldest, "Newer", titles(newest))


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"search": "fox"}, [PROMPTS[0]]),
        ({"search": "狐狸"}, [PROMPTS[2]]),
        ({"search": "fo sno", "kind": "picture"}, [PROMPTS[0]]),
        ({"kind": "film"}, []),
        ({"engine": "kling"}, []),
        ({"favourites": True}, []),
    ],
)
@pytest.mark.usefixtures("grids")
async def test_what_is_looked_for_is_found_and_nobody_elses(
    studio: Studio, options: Mapping[str, Any], found: list[str]
) -> None:
    panel = await history(studio, **options)

    assert titles(panel) == found
    assert found or "Nothing found" in panel.text


async def test_a_star_stays_and_is_found(studio: Studio, grids: list[Ordered]) -> None:
    panel = await history(studio)

    await press(studio, panel, grids[3], "⭐")
    starred = await panel.shows(lambda now: any(one["style"] == 1 for one in buttons(now.message)))

    assert titles(starred) == titles(panel)
    assert titles(await history(studio, favourites=True)) == [PROMPTS[3]]
    await press(studio, starred, grids[3], "⭐")
    await panel.shows(lambda now: all(one["style"] != 1 for one in buttons(now.message)))
    assert titles(await history(studio, favourites=True)) == []


async def test_show_here_posts_it_for_all(studio: Studio, grids: list[Ordered]) -> None:
    panel = await history(studio, search="lighthouse")

    shown = await studio.whole_answer(await press(studio, panel, grids[1], "Show here"), user="mia")

    assert not is_private(shown)
    assert result_files(shown) == [f"easel-{grids[1].id}.png"]
    assert "U1" in [face(button) for button in buttons(shown)]
    await studio.actor.delete_message("studio", shown["id"], "mia")


async def test_again_paints_the_same_once_more_and_is_paid(studio: Studio, anas: list[Ordered]) -> None:
    panel = await history(studio, "ana", search="boat")

    card = await studio.answer(await press(studio, panel, anas[3], "Again"))

    job = ordered(card, "ana", "studio")
    await studio.result(job)
    (sent,) = studio.submits(job.id)
    assert (sent.body or {})["prompt"] == f"a paper boat {SMALL}"
    assert job.id != anas[3].id


async def test_edit_and_run_again_begins_with_its_text(studio: Studio, anas: list[Ordered]) -> None:
    panel = await history(studio, "ana", search="heron")
    interaction = await press(studio, panel, anas[4], "Edit and run again")
    modal = await studio.modal_of(interaction, "ana")
    assert modal.text == f"a glass heron {SMALL}"

    job = await send_for_job(studio, modal, prompt=f"a glass owl {SMALL}")

    await studio.result(job)
    assert (studio.submits(job.id)[0].body or {})["prompt"] == f"a glass owl {SMALL}"


@pytest.mark.usefixtures("grids")
async def test_a_panel_works_after_a_restart(studio: Studio) -> None:
    panel = await history(studio, search="a")

    await studio.kill()
    await studio.start()

    await panel.click("Older")
    older = await panel.shows(lambda now: titles(now)[-1] == PROMPTS[0])
    assert "“a”" in older.text


async def test_suggestions_say_what_it_was_and_when(studio: Studio, anas: list[Ordered]) -> None:
    single = await studio.follow_up(await studio.result(anas[0]), "U2", user="ana")
    await studio.result(single)

    offered = await studio.suggestions("show", "id", "fox", user="ana")

    assert len(offered) == 2
    assert offered[0].startswith("just now · U2 · a fox in the snow")
    assert all(job.id[:6] not in line for job in (single, anas[0]) for line in offered)
    assert await studio.suggestions("show", "id", anas[0].id, user="ben") == []


@pytest.mark.usefixtures("grids")
async def test_suggestions_find_chinese_words(studio: Studio) -> None:
    assert await studio.suggestions("show", "id", "狐", user="mia") != []


async def test_a_removed_picture_is_gone_from_the_library(studio: Studio, anas: list[Ordered]) -> None:
    result = await studio.result(anas[2])
    await studio.use_menu(result, "Remove", user="ana")
    await studio.eventually(lambda: studio.now(result) is None, "the message gone")

    panel = await history(studio, "ana", search="狐狸")

    assert titles(panel) == []


# From any result.


async def details(studio: Studio, message: Message, user: str = "mia") -> Message:
    """The private answer of *Details and files*."""
    return await studio.whole_answer(await studio.use_menu(message, "Details and files", user=user), user=user)


async def test_details_lead_on(studio: Studio) -> None:
    result = await studio.result(await studio.imagine(f"an owl {SMALL} --seed 7 --v 7", user="ana"))

    own, of_another = await details(studio, result, "ana"), await details(studio, result, "ben")

    assert "**Model**: Midjourney 7" in own["content"]
    assert faces(own) == [["Files", "Edit and run again", "Use this seed", "⭐"]]
    assert faces(of_another) == [["Files", "Use this seed", "⭐"]]


async def test_files_are_the_grid_and_its_four(studio: Studio, anas: list[Ordered]) -> None:
    told = await details(studio, await studio.result(anas[1]), "ana")

    sent = await studio.whole_answer(await studio.click(told, "Files", user="ana"), user="ana")

    assert is_private(sent)
    names = [file["filename"] for file in sent["attachments"]]
    assert names == [f"{anas[1].id}.png", *(f"{anas[1].id}-{number}.png" for number in range(1, 5))]


async def test_a_seed_is_used_for_another_prompt(studio: Studio) -> None:
    result = await studio.result(await studio.imagine(f"an oak {SMALL} --seed 7", user="ana"))
    told = await details(studio, result, "ben")

    modal = await studio.open(told, "Use this seed", user="ben")
    assert modal.text == f"an oak {SMALL} --seed 7"
    job = await send_for_job(studio, modal, prompt=f"a birch {SMALL} --seed 7")

    await studio.result(job)
    assert (studio.submits(job.id)[0].body or {})["prompt"] == f"a birch {SMALL} --seed 7"
    now = studio.now(told, user="ben")
    assert now is not None
    assert now["content"] == told["content"]  # the details stay


async def test_a_star_under_details_is_a_favourite(studio: Studio, anas: list[Ordered]) -> None:
    told = await details(studio, await studio.result(anas[1]), "ana")

    await studio.click(told, "⭐", user="ana")
    await studio.changed(told, user="ana")

    assert titles(await history(studio, "ana", favourites=True)) == [PROMPTS[1]]


async def test_what_nobody_typed_is_imagined_anew(studio: Studio, anas: list[Ordered]) -> None:
    single = await studio.result(await studio.follow_up(await studio.result(anas[3]), "U1", user="ana"))
    told = await details(studio, single, "ana")

    modal = await studio.open(told, "Edit and run again", user="ana")
    job = await send_for_job(studio, modal, prompt=f"a tin boat {SMALL}")

    await studio.result(job)
    assert [request.path.rpartition("/")[2] for request in studio.submits(job.id)] == ["imagine"]


async def test_a_refused_text_is_found_in_the_library(studio: Studio) -> None:
    card = await studio.slash("imagine", {"prompt": f"a gore statue {SMALL}"}, user="ana")
    refusal = await studio.told("does not accept", user="ana")
    assert faces(refusal) == [["Edit and run again"]]

    panel = await history(studio, "ana", search="statue", kind="failed")

    assert titles(panel) == ["a gore statue"]
    assert "Refused" in panel.text
    modal = await studio.modal_of(
        await press(studio, panel, ordered(card, "ana", "studio"), "Edit and run again"), "ana"
    )
    assert modal.text == f"a gore statue {SMALL}"
