"""Buttons that were pressed before, by others, or all at once."""

import pytest
import pytest_asyncio

from sandbox.driver import custom_id
from sandbox.message_view import Message, is_private
from tests.e2e.studio import Studio, ordered

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
ACTION, LIST = "/mj/submit/action", "/mj/task/list-by-condition"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def grid(studio: Studio) -> Message:
    """A finished grid of Ana's."""
    return await studio.result(await studio.imagine())


async def test_a_once_only_button_pressed_by_many_at_once_is_sent_once(studio: Studio, grid: Message) -> None:
    button = custom_id(grid, "U1")
    presses = [await studio.actor.click(user, grid["id"], button) for user in ("ana", "ben", "mia") * 3]

    answers = [await studio.answer(press) for press in presses]

    (card,) = [answer for answer in answers if not is_private(answer)]
    others = [answer["content"] for answer in answers if is_private(answer)]  # before the card stands, to the grid
    ways = {
        f"That is already on its way: [Open](https://discord.com/channels/{place(there)})" for there in (card, grid)
    }
    assert len(others) == 8
    assert set(others) <= ways
    await studio.result(ordered(card, "ana", "studio"))


async def test_a_used_once_only_button_leads_to_its_picture(studio: Studio, grid: Message) -> None:
    single = await studio.result(await studio.follow_up(grid, "U2"))

    answer = await studio.press(grid, "U2", user="ben")

    assert is_private(answer)
    assert answer["content"] == f"That was already made: [Open](https://discord.com/channels/{place(single)})"


async def test_a_variation_can_be_asked_for_again(studio: Studio, grid: Message) -> None:
    jobs = [await studio.follow_up(grid, "V1"), await studio.follow_up(grid, "V1", user="ben")]

    results = [await studio.result(job) for job in jobs]

    assert len({message["id"] for message in results}) == 2


async def test_a_once_only_button_is_free_again_after_a_failure(studio: Studio, grid: Message) -> None:
    studio.relay_fault("POST", ACTION, status=400, body={"code": 4, "description": "not now"})
    await studio.gone(await studio.follow_up(grid, "U3"))

    await studio.result(await studio.follow_up(grid, "U3"))


async def test_a_press_belongs_to_who_pressed(studio: Studio, grid: Message) -> None:
    single = await studio.result(await studio.follow_up(grid, "U4", user="ben"))

    assert [user["username"] for user in single["mentions"]] == ["ben"]


async def test_the_bot_answers_a_button_of_another_version(studio: Studio) -> None:
    job = await studio.imagine()
    own = await studio.result(job)  # the others' grid keeps its buttons
    message = studio.sandbox.discord.state.message(int(own["id"]))
    assert message is not None
    message.components[0]["components"][0]["custom_id"] = f"easel:frobnicate:{job.id}"

    refusal = await studio.answer(await studio.actor.click("ana", own["id"], f"easel:frobnicate:{job.id}"))

    assert is_private(refusal)


def place(message: Message) -> str:
    """A message's address behind discord.com/channels."""
    return f"1200000000041943040/{message['channel_id']}/{message['id']}"
