"""What is to be had once, asked for fifty times of three bots at the same instant: it is paid for once."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.driver import ExpectationError, custom_id
from sandbox.message_view import Message, is_private
from sandbox.servers import NoServerError
from tests.crash.arena import AGAIN
from tests.crash.fleet import Fleet, open_fleet
from tests.crash.kills import USERS
from tests.support.rows import Row, rows

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300), pytest.mark.sqlite_only(reason="own")]

BOTS, PRESSES, SPEED = 3, 50, 10.0
FOX, HARE, OWL = (f"{animal} in the rain --ar 4:1 --seed 7" for animal in ("a fox", "a hare", "an owl"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    folder, env = tmp_path_factory.mktemp("once"), {"SHARD_COUNT": str(BOTS)}
    try:
        async with open_fleet(folder, bots=BOTS, speed=SPEED, env=env) as opened:
            await opened.everybody()
            await opened.studio.eventually(lambda: len(holders(opened)) == BOTS, "a shard for each bot")
            yield opened
    except NoServerError as exc:
        pytest.skip(str(exc))


def holders(fleet: Fleet) -> list[Row]:
    return list(rows(fleet.database, "SELECT DISTINCT owner FROM shards WHERE owner IS NOT NULL"))


async def pressed(fleet: Fleet, message: Message, button: str, users: tuple[str, ...]) -> list[Message]:
    """Press a button at once, each press being heard by the next bot; returns what was answered in time."""
    sessions = [*fleet.studio.sandbox.discord.gateway.sessions.values()]
    assert len(sessions) == BOTS
    theirs = [session.shard for session in sessions]
    presses = []
    for number, user in zip(range(PRESSES), itertools.cycle(users), strict=False):
        for place, session in enumerate(sessions):
            session.shard = theirs[(place + number) % BOTS]
        presses.append(await fleet.studio.actor.click(user, message["id"], button))
    for session, shard in zip(sessions, theirs, strict=True):
        session.shard = shard
    answers = await asyncio.gather(*map(fleet.studio.answer, presses), return_exceptions=True)
    assert all(isinstance(answer, (dict, ExpectationError)) for answer in answers)
    return [answer for answer in answers if isinstance(answer, dict)]  # a machine may be too busy for all


async def test_fifty_presses_of_a_once_only_button_are_one_submit(fleet: Fleet) -> None:
    studio = fleet.studio
    grid = await studio.result(await studio.imagine(FOX))
    before = len(studio.relay.tasks())

    answers = await pressed(fleet, grid, custom_id(grid, "U1"), USERS)

    assert len(answers) > BOTS
    assert [is_private(answer) for answer in answers].count(False) <= 1
    await fleet.settle()
    assert len(studio.relay.tasks()) - before == 1
    assert fleet.verdict().problems == []


async def test_fifty_times_again_without_a_parent_are_one_submit_more(fleet: Fleet) -> None:
    studio = fleet.studio
    fleet.arena.lose_an_answer()
    job = await studio.imagine(HARE)
    card = await studio.shows(job, "(Unknown outcome)")

    await pressed(fleet, card, f"{AGAIN}{job.id}", ("ana",))

    await fleet.settle()
    paid = [task["state"] for task in studio.relay.tasks() if task["prompt"].startswith(HARE)]
    assert (len(paid), len(set(paid)), paid[0]) == (2, 2, job.id)
    assert len(rows(fleet.database, f"SELECT id FROM jobs WHERE replaces = '{job.id}' AND parent_id IS NULL")) == 1
    assert fleet.verdict().problems == []


async def test_a_reply_that_all_hear_is_paid_once(fleet: Fleet) -> None:
    studio, gateway = fleet.studio, fleet.studio.sandbox.discord.gateway
    grid = await studio.result(await studio.imagine(OWL))
    before = len(studio.relay.tasks())

    said = await studio.actor.say("ana", "studio", "R", reply_to=grid["id"])
    heard = (event for session in gateway.sessions.values() for event in session.replay)
    event = next(data for _seq, name, data in heard if name == "MESSAGE_CREATE" and data["id"] == said["id"])
    for session in gateway.sessions.values():
        session.dispatch("MESSAGE_CREATE", event)

    await studio.eventually(lambda: asked_by(fleet, said), "the job")
    await fleet.settle()
    assert asked_by(fleet, said) == 1
    assert len(studio.relay.tasks()) - before == 1
    assert fleet.verdict().problems == []


def asked_by(fleet: Fleet, said: Message) -> int:
    return len(rows(fleet.database, f"SELECT id FROM jobs WHERE asked_by = {said['id']}"))
