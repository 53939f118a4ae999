"""What must never be written down, planted and looked for: in the log at DEBUG, in messages, in the database."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from sandbox.driver import custom_id
from sandbox.message_view import Message
from tests.e2e.drawing import link_for, with_address
from tests.e2e.gestures import run_as_it_is
from tests.e2e.studio import CAT, Studio, open_studio
from tests.support.rows import Where, rows, tables

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET_KEY = "planted-secret-key-0123456789abcdef"
PRESSES = 50
LIST = "/mj/task/list-by-condition"
MENTIONS = "@everyone <@&1200000000046137344> <@1200000000008388608> \u200b\u202etxt"
BEN, EVERYONE = "1200000000008388608", "@everyone"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    settings = {"LOG_LEVEL": "DEBUG", "SECRET_KEY": SECRET_KEY} | with_address()
    async with open_studio(tmp_path_factory.mktemp("secrets"), env=settings) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def grid(studio: Studio) -> Message:
    """A finished grid, after some trouble on the way."""
    studio.relay_fault("POST", LIST, status=502, body="<html></html>")
    studio.discord_fault("POST", "/channels/*/messages", status=400, body={"message": "upset", "code": 50035})
    job = await studio.imagine()
    result = await studio.result(job, within_s=30.0)
    studio.clear_faults()
    return result


def secrets(studio: Studio) -> list[str]:
    """Everything that was planted."""
    tokens = [interaction.token for interaction in studio.sandbox.discord.state.interactions.values()]
    return [studio.sandbox.discord.token, studio.relay.key, SECRET_KEY, *tokens]


def stored(database: Where) -> str:
    """Every value of every table."""
    return "\n".join(str(row) for table in tables(database) for row in rows(database, f"SELECT * FROM {table}"))


async def test_fifty_presses_at_the_same_instant_make_one_submit(studio: Studio, grid: Message) -> None:
    press = custom_id(grid, "U2")
    presses = [studio.actor.click(("ana", "ben", "mia")[n % 3], grid["id"], press) for n in range(PRESSES)]

    interactions = await asyncio.gather(*presses)
    await studio.eventually(
        lambda: all(studio.actor.interaction(one)["state"] != "pending" for one in interactions), "all answers"
    )

    (job,) = rows(studio.database, "SELECT * FROM jobs WHERE once_key LIKE '%upsample::2::%'")
    await studio.eventually(lambda: studio.results(job["id"], "studio"), "the picture")
    sent = [r for r in studio.relay.wire.requests if isinstance(r.body, dict) and "upsample::2::" in str(r.body)]
    assert len(sent) == 1


@pytest.mark.parametrize("where", ["prompt", "failReason", "description"])
async def test_mentions_from_anywhere_ping_nobody(studio: Studio, where: str) -> None:
    requests = len(studio.sandbox.discord.wire.requests)
    match where:
        case "prompt":
            await studio.result(await run_as_it_is(studio, f"{MENTIONS} {CAT}"))
        case "failReason":
            job = await studio.imagine()
            task = await studio.running(job)
            failure = {"id": task["id"], "status": "FAILURE", "progress": "100%", "failReason": MENTIONS}
            studio.relay_fault("POST", LIST, status=200, body=[failure])
            await studio.press(await studio.shows(job, "(Failed)"), "Why?", user="mia")
        case _:
            refusal = {"code": 4, "description": MENTIONS, "properties": {}}
            studio.relay_fault("POST", "/mj/submit/imagine", status=400, body=refusal)
            await studio.gone(await studio.imagine())

    for request in studio.sandbox.discord.wire.requests[requests:]:
        body = request.body if isinstance(request.body, dict) else {}
        message = body.get("data") or body
        if isinstance(message, dict) and message.get("content"):
            allowed = message["allowed_mentions"]
            assert "everyone" not in allowed["parse"]
            assert "roles" not in allowed["parse"]
            assert BEN not in map(str, allowed.get("users", []))


@pytest.mark.usefixtures("grid")
async def test_planted_secrets_stand_nowhere(studio: Studio) -> None:
    planted, database = secrets(studio), studio.database
    shown = str([studio.messages(channel, user) for channel in ("studio",) for user in ("ana", "ben", "mia")])
    texts = {"log": studio.log(), "database": stored(database), "messages": shown}

    found = [(place, secret[:12]) for place, text in texts.items() for secret in planted if secret in text]

    assert "DEBUG" in texts["log"]
    assert found == []


async def test_what_members_write_and_their_signed_links_stand_in_no_log(studio: Studio, grid: Message) -> None:
    job = await studio.imagine("a very private wish --seed 7")
    await studio.result(job)
    single = await studio.result(await studio.follow_up(grid, "U1"))
    link = await link_for(studio, single)

    log = studio.log()

    assert "INTERACTION_CREATE" in log
    assert "private wish" not in log
    assert link.partition("#")[2] not in log


async def test_tokens_are_sealed_while_they_are_needed_and_wiped_at_the_end(studio: Studio) -> None:
    database = studio.database
    job = await studio.imagine()
    await studio.running(job)
    (during,) = rows(database, f"SELECT token FROM jobs WHERE id = '{job.id}'")

    await studio.result(job)

    assert during["token"]
    assert during["token"] not in secrets(studio)
    await studio.eventually(
        lambda: rows(database, f"SELECT token FROM jobs WHERE id = '{job.id}'")[0]["token"] is None, "the token wiped"
    )
