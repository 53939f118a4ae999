"""The ready-made troubles of the fault panel: while each is on, another member is answered and gets the picture.

An answer must come within the three seconds of the loopback Discord, which are real ones. How long the bot itself held
it up is judged by the processor time of the bot's process between the press and the answer: a loop, or a thread that
keeps the interpreter, which is busy with one member's order spends it, and a machine that is busy with other things
does not. What decodes pictures is in processes of its own and does not count.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.message_view import Message, is_private
from sandbox.troubles import TROUBLES
from tests.e2e.studio import CAT, Studio

pytestmark = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]

ANSWERS = 50
MOST_S = 1.0  # of processor time, in the slowest of a hundred answers
LOOK_S = 0.005
TICKS = os.sysconf("SC_CLK_TCK")


async def make(studio: Studio, trouble: str) -> list[str]:
    """Press its button, as Ben in the studio."""
    body = {"trouble": trouble, "user": "ben", "channel": "studio"}
    headers = {"Authorization": f"Bearer {studio.sandbox.key}"}
    async with (
        aiohttp.ClientSession() as web,
        web.post(f"{studio.sandbox.api_url}/troubles", json=body, headers=headers) as response,
    ):
        answer: dict[str, Any] = await response.json()
        assert response.status == 200, answer
        return list(answer["interaction_ids"])


def processor_time(studio: Studio) -> float:
    """Seconds that all threads of the bot's process have worked so far; its children are not among them."""
    fields = Path(f"/proc/{studio.bot.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def held_up(studio: Studio) -> float:
    """How long the bot worked until it answered Ana's next command."""
    before = processor_time(studio)
    interaction_id = await studio.actor.slash("ana", "studio", "info", {})
    while (state := studio.actor.interaction(interaction_id)["state"]) == "pending":  # noqa: ASYNC110 - no event
        await asyncio.sleep(LOOK_S)
    assert state == "acknowledged"
    return processor_time(studio) - before


async def answers_to(studio: Studio, interaction_ids: list[str]) -> list[Message]:
    return [await studio.answer(one) for one in interaction_ids]


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_while_it_is_on_others_are_answered_and_get_their_results(studio: Studio, trouble: str) -> None:
    sent = await make(studio, trouble)

    early = [await held_up(studio) for _ in range(ANSWERS)]
    job = await studio.imagine()
    late = [await held_up(studio) for _ in range(ANSWERS)]
    await studio.result(job)

    assert sorted([*early, *late])[-2] < MOST_S  # the 99th of a hundred
    assert len(await answers_to(studio, sent)) == len(sent)


async def test_the_long_option_costs_nothing_and_says_why(studio: Studio) -> None:
    tasks = len(studio.relay.tasks())

    kept, *refused = await answers_to(studio, await make(studio, "long-option"))

    assert "--zq" in kept["content"]
    assert all(is_private(message) for message in refused)
    assert len({message["content"] for message in refused}) == 1
    assert len(studio.relay.tasks()) == tasks


async def test_the_quoting_relay_is_neither_empty_nor_closed(studio: Studio) -> None:
    alerts = studio.log().count("owner alert")

    await answers_to(studio, await make(studio, "quoting-relay"))

    await studio.result(await studio.imagine(f"{CAT} --no rain"))
    await studio.eventually(lambda: not unfinished(studio), "an end of each of the refused ones")
    assert studio.log().count("owner alert") == alerts


def unfinished(studio: Studio) -> list[Message]:
    """Cards of Ben's that still wait."""
    return [message for message in studio.messages() if "(Wait" in message["content"]]


async def test_the_hostile_picture_is_refused_in_words(studio: Studio) -> None:
    known = {message["id"] for message in studio.messages(user="ben")}
    await make(studio, "hostile-picture")

    def told() -> list[Message]:
        return [m for m in studio.messages(user="ben") if m["id"] not in known and is_private(m)]

    (answer,) = await studio.eventually(told, "a private word")
    assert "picture" in answer["content"]
