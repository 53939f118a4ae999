"""The main job as a member lives it: /imagine, the card, the grid, U, V and the reroll."""

import re

import aiohttp
import pytest
import pytest_asyncio

from sandbox.driver import custom_id
from sandbox.message_view import Message, cell, faces
from tests.e2e.studio import CAT, Ordered, Studio, ordered, result_files, same_pixels

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 15.0
PROMPT = "a lighthouse in a storm --v 7"
ANA, BEN = "<@1200000000004194304>", "<@1200000000008388608>"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def order(studio: Studio) -> Ordered:
    """Ana's /imagine, at a relay that waits until the card has shown its first states."""
    studio.let_relay_work(0.02)
    order = await studio.imagine(PROMPT)
    await studio.shows(order, "(0%) (fast)")
    studio.let_relay_work(0.5)
    await studio.eventually(lambda: (studio.card(order) or {}).get("attachments"), "a preview on the card")
    studio.let_relay_work(1.0)
    return order


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid(studio: Studio, order: Ordered) -> Message:
    """The grid that came of it."""
    return await studio.result(order)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def family(studio: Studio, grid: Message) -> dict[str, Message]:
    """What some of its buttons make, all pressed at once."""
    jobs = {label: await studio.follow_up(grid, label) for label in ("U2", "V3", "🔄")}
    return {label: await studio.result(job) for label, job in jobs.items()}


@pytest.fixture
def single(family: dict[str, Message]) -> Message:
    """The grid's second picture."""
    return family["U2"]


async def test_the_card_goes_through_the_official_texts(studio: Studio, order: Ordered, grid: Message) -> None:
    texts = [stage["content"] for stage in studio.states(order.card["id"])]

    assert grid["content"] == f"**{PROMPT}** - {ANA} (fast)"
    lines = [text.partition("\n")[0] for text in texts]  # below it stands when it may be ready, where that is known
    assert lines[:2] == [f"**{PROMPT}** - {ANA} (Waiting to start)", f"**{PROMPT}** - {ANA} (0%) (fast)"]
    assert all(re.fullmatch(rf"\*\*{PROMPT}\*\* - {ANA} \(\d+%\) \(fast\)", text) for text in texts[1:])
    percents = [int(text.rpartition("%")[0].rpartition("(")[2]) for text in texts[1:]]
    assert percents == sorted(set(percents))
    assert percents[-1] > 0


async def test_the_card_has_one_button_and_the_preview(studio: Studio, order: Ordered, grid: Message) -> None:
    stages = studio.states(order.card["id"])

    assert {str(faces(stage)) for stage in stages} == {"[['Cancel Job']]"}
    assert [name["filename"] for name in stages[-1]["attachments"]] == [f"preview-{order.id}.webp"]
    assert all(len(stage["attachments"]) <= 1 for stage in stages)
    assert grid["id"] != order.card["id"]


async def test_the_grid_is_a_new_message_that_pings_its_author_alone(order: Ordered, grid: Message) -> None:
    assert [user["username"] for user in grid["mentions"]] == ["ana"]
    assert not grid["mention_everyone"]
    assert "message_reference" not in grid
    assert result_files(grid) == [f"easel-{order.id}.png"]
    assert grid["attachments"][0]["description"] == f"Grid of four: {PROMPT}"
    assert order.card["mentions"] == []


async def test_the_grid_has_the_nine_buttons_in_two_rows(grid: Message) -> None:
    assert faces(grid) == [["U1", "U2", "U3", "U4", "🔄"], ["V1", "V2", "V3", "V4"]]


async def test_the_relay_hears_our_job_id_and_its_own_ids(studio: Studio, order: Ordered, single: Message) -> None:
    pick_id = result_files(single)[0].removeprefix("easel-").removesuffix(".png")

    (imagined,) = studio.submits(order.id)
    (picked,) = studio.submits(pick_id)

    assert imagined.path == "/mj/submit/imagine"
    assert imagined.body == {"botType": "MID_JOURNEY", "prompt": PROMPT, "state": order.id}
    assert imagined.headers["mj-api-secret"] == studio.relay.key
    assert picked.path == "/mj/submit/action"
    assert picked.body["taskId"] == studio.tasks(order.id)[0]["id"]
    assert re.fullmatch(r"MJ::JOB::upsample::2::[0-9a-f-]{36}", picked.body["customId"])


async def test_u2_is_exactly_the_second_cell(studio: Studio, grid: Message, single: Message) -> None:
    picture = await studio.picture(single)

    assert same_pixels(picture, cell(await studio.picture(grid), 2))
    assert single["content"] == f"**{PROMPT}** - Image #2 {ANA}"


async def test_a_follow_up_replies_to_the_pressed_message(grid: Message, single: Message) -> None:
    assert single["message_reference"]["message_id"] == grid["id"]
    assert [user["username"] for user in single["mentions"]] == ["ana"]


async def test_the_single_picture_has_its_buttons_by_meaning(single: Message) -> None:
    assert faces(single) == [
        ["Upscale (Subtle)", "Upscale (Creative)"],
        ["Vary (Subtle)", "Vary (Strong)", "Vary (Region)"],
        ["Zoom Out 2x", "Zoom Out 1.5x", "Custom Zoom"],
        ["⬅️", "➡️", "⬆️", "⬇️"],
        ["Animate (High motion)", "Animate (Low motion)"],
    ]


async def test_v3_and_the_reroll_are_new_grids(studio: Studio, grid: Message, family: dict[str, Message]) -> None:
    varied, rerolled = family["V3"], family["🔄"]

    assert varied["content"] == f"**{PROMPT}** - Variations (Strong) by {ANA} (fast)"
    assert rerolled["content"] == f"**{PROMPT}** - {ANA} (fast)"
    pictures = [await studio.picture(message) for message in (grid, varied, rerolled)]
    assert len({picture.tobytes() for picture in pictures}) == 3
    assert [m["message_reference"]["message_id"] for m in (varied, rerolled)] == [grid["id"], grid["id"]]


async def test_a_picture_of_the_second_generation_is_its_own_cell(studio: Studio, family: dict[str, Message]) -> None:
    single = await studio.result(await studio.follow_up(family["V3"], "U4"))

    assert same_pixels(await studio.picture(single), cell(await studio.picture(family["V3"]), 4))
    assert single["message_reference"]["message_id"] == family["V3"]["id"]


async def test_every_button_without_a_modal_works(studio: Studio, single: Message) -> None:
    titles = {
        "Upscale (Subtle)": "Upscaled (Subtle) by ",
        "Vary (Strong)": "Variations (Strong) by ",
        "Zoom Out 2x": "Zoom Out by ",
        "⬅️": "Pan Left by ",
    }
    jobs = [await studio.follow_up(single, label) for label in titles]

    made = [(await studio.result(job))["content"] for job in jobs]

    assert made == [f"**{PROMPT}** - {title}{ANA} (fast)" for title in titles.values()]


async def test_two_members_press_buttons_of_one_grid_at_once(studio: Studio, grid: Message) -> None:
    first = await studio.click(grid, "U3")
    second = await studio.click(grid, "U4", user="ben")
    jobs = [ordered(await studio.answer(one), user, "studio") for one, user in ((first, "ana"), (second, "ben"))]

    results = [await studio.result(job) for job in jobs]

    assert [message["content"] for message in results] == [
        f"**{PROMPT}** - Image #3 {ANA}",
        f"**{PROMPT}** - Image #4 {BEN}",
    ]
    assert [[user["username"] for user in message["mentions"]] for message in results] == [["ana"], ["ben"]]


async def test_the_acting_api_leads_the_same_way_over_http(studio: Studio) -> None:
    headers = {"Authorization": f"Bearer {studio.sandbox.key}"}
    async with aiohttp.ClientSession(studio.sandbox.api_url + "/", headers=headers) as session:
        state = await (await session.get("state")).json()
        order = {"user": "ana", "channel": "side-thread", "command": "imagine", "options": {"prompt": CAT}}
        sent = await (await session.post("slash", json=order)).json()
        card = await studio.answer(sent["interaction_id"])
        grid = await studio.result(ordered(card, "ana", "side-thread"))
        seen = await (await session.get("channels/side-thread/messages", params={"user": "ben"})).json()
        press = {"user": "ben", "message_id": seen[-1]["id"], "custom_id": custom_id(seen[-1], "U1")}
        pressed = await (await session.post("click", json=press)).json()
        await studio.result(ordered(await studio.answer(pressed["interaction_id"]), "ben", "side-thread"))
        interaction = await (await session.get(f"interactions/{pressed['interaction_id']}")).json()
        ledger = await (await session.get("ledger")).json()

    assert state["ready"]
    assert {command["name"] for command in state["commands"]} >= {"imagine", "jobs"}
    assert seen[-1]["id"] == grid["id"]
    assert interaction["state"] == "acknowledged"
    assert [task["action"] for task in ledger["relay"]["tasks"]][-2:] == ["IMAGINE", "UPSCALE"]
