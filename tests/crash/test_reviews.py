"""The bot dies while moderators are asked, or have just decided: they are asked once, and nothing is posted twice."""

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.message_view import Message, buttons
from tests.crash.arena import Arena, open_arena
from tests.crash.launcher import Plan
from tests.support.rows import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

REVIEW = "news"
POST = "POST /api/v10/channels/*/messages"
EDIT = "PATCH /api/v10/channels/*/messages/*"
OPEN = "SELECT count(*) AS count FROM reviews WHERE decision IS NULL AND message_id IS NOT NULL"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arena(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Arena]:
    async with open_arena(tmp_path_factory.mktemp("arena")) as opened:
        studio = opened.studio
        chosen = {"server": {"review": True, "review_channel": studio.channel_id(REVIEW)}}
        file = studio.upload("rules.json", json.dumps(chosen).encode())
        said = await studio.slash("easel import", {"file": file}, user="mia")
        await studio.with_text(said, "Imported: ", user="mia")
        yield opened


def asked(arena: Arena) -> list[Message]:
    """What asks moderators to decide."""
    return [message for message in arena.studio.messages(REVIEW, "mia") if buttons(message)]


async def held(arena: Arena, plan: Plan) -> Message:
    """Let the bot die while a result comes to its moderators; return the one message that asks them afterwards."""
    arena.follow(plan)
    await arena.ask("imagine")
    await arena.revive()
    await arena.studio.eventually(lambda: rows(arena.database, OPEN)[0]["count"], "a message that is known")
    (message,) = asked(arena)
    return message


async def decided(arena: Arena) -> None:
    """Return once nothing is left to decide, and all is settled."""
    await arena.revive()
    await arena.studio.eventually(lambda: not asked(arena), "nothing left to decide")
    await arena.revive()


@pytest.mark.parametrize("plan", [Plan(f"before {POST}", 1), Plan(f"after {POST}", 1)], ids=["before", "after"])
async def test_dying_while_moderators_are_asked_asks_them_once(arena: Arena, plan: Plan) -> None:
    posted = len(arena.studio.result_names())

    message = await held(arena, plan)

    assert len(arena.studio.result_names()) == posted
    await arena.studio.click(message, "Approve", user="mia")
    await decided(arena)
    assert len(arena.studio.result_names()) == posted + 1
    assert arena.verdict().problems == []


@pytest.mark.parametrize(
    "plan",
    [Plan("after commit", 1), Plan(f"before {POST}", 1), Plan(f"after {POST}", 1), Plan(f"before {EDIT}", 1)],
    ids=["decided", "before the result", "after the result", "before the message"],
)
async def test_dying_after_a_decision_posts_once(arena: Arena, plan: Plan) -> None:
    posted, message = len(arena.studio.result_names()), await held(arena, Plan())

    arena.follow(plan)
    await arena.studio.click(message, "Approve", user="mia")
    await arena.cleared()

    await arena.revive()
    if rows(arena.database, OPEN)[0]["count"]:  # it died at what it did by itself, before it heard of the press
        await arena.studio.click(message, "Approve", user="mia")
    await decided(arena)
    assert len(arena.studio.result_names()) == posted + 1
    assert arena.verdict().problems == []
