"""What the owner decides for all servers: bans, and rules that bound those of each."""

from typing import Any

import pytest

from sandbox.message_view import Message, is_private
from sandbox.panel import Panel
from tests.e2e.studio import CAT, Studio

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEED = 60.0
SETTINGS = {"MAX_RUNNING_PER_MEMBER": "1"}
BANNED = "The owner of Easel has banned you from using it."


async def owner(studio: Studio, command: str, channel: str = "studio", **options: Any) -> str:
    """What the owner's team is told."""
    answer = await studio.slash(f"easel owner {command}", options, user="mia", channel=channel)
    assert is_private(answer)
    return str(answer["content"])


async def test_a_banned_members_ways_in_are_all_closed_and_what_waits_is_stopped(studio: Studio) -> None:
    grid: Message = await studio.result(await studio.imagine(user="ben"))
    running = await studio.imagine(f"{CAT} --sandbox-queued", user="ben")
    await studio.running(running)
    waiting = await studio.imagine(user="ben")

    said = await owner(studio, "ban", member="ben", reason="spam")
    paid = len(studio.relay.tasks())

    assert "What waited was stopped." in said
    await studio.eventually(lambda: studio.units(waiting) == "released", "the waiting job stopped")
    assert studio.tasks(waiting.id) == []
    refused = [
        (await studio.slash("imagine", {"prompt": CAT}, user="ben"))["content"],
        (await studio.slash("draw", {"prompt": "a cat"}, user="ben"))["content"],
        (await studio.slash("show", {"id": "1"}, user="ben"))["content"],
        (await studio.press(grid, "V1", user="ben"))["content"],
    ]
    assert refused == [BANNED] * 4
    assert len(studio.relay.tasks()) == paid
    assert "spam" in await owner(studio, "bans")
    await studio.result(running)  # what runs was paid for

    await owner(studio, "unban", member="ben")
    await studio.result(await studio.imagine(user="ben"))


async def test_nobody_but_the_owners_may(studio: Studio) -> None:
    team = studio.sandbox.discord.state.application_team
    studio.sandbox.discord.state.application_team = None  # Ana alone owns it
    try:
        answer = await studio.slash("easel owner bans", user="mia")
    finally:
        studio.sandbox.discord.state.application_team = team

    assert answer["content"] == "Only the owner of Easel can do this."


async def test_a_banned_server_is_left_and_left_again_when_it_invites_the_bot(studio: Studio) -> None:
    state = studio.sandbox.discord.state
    hall = next(guild for guild in state.guilds.values() if guild.name == "Boosted Hall")
    roles = list(hall.roles_by_member[state.bot.id])
    assert not is_private(await studio.slash("imagine", {"prompt": CAT}, user="ben", channel="hall"))

    said = await owner(studio, "ban", server=str(hall.id), reason="spam")
    await studio.eventually(lambda: state.bot.id not in hall.roles_by_member, "the server left")
    hall.roles_by_member[state.bot.id] = roles
    refused = await studio.slash("jobs", user="ben", channel="hall")
    await studio.eventually(lambda: state.bot.id not in hall.roles_by_member, "the server left again")

    assert "and I leave it" in said
    assert refused["content"] == "The owner of Easel has banned this server."
    await owner(studio, "unban", server=str(hall.id))
    hall.roles_by_member[state.bot.id] = roles
    assert not is_private(await studio.slash("imagine", {"prompt": CAT}, user="ben", channel="hall"))


async def test_the_owners_rules_bound_those_of_every_server(studio: Studio) -> None:
    panel = Panel(studio, await studio.slash("easel owner setup", user="mia"), "mia")
    panel = await panel.choose("page", "limits")

    panel = await panel.write("Budgets and cooldowns...", "member.day 0")

    assert "`member.day` 0" in panel.text
    for channel in ("studio", "hall"):
        answer = await studio.slash("imagine", {"prompt": CAT}, channel=channel)
        assert "more than is left of your limit of 0 units in this server for today" in answer["content"]
    await panel.write("Budgets and cooldowns...", "")
    await studio.result(await studio.imagine())
