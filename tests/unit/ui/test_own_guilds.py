"""Which servers have the bot is asked of Discord, page by page."""

import discord
import pytest

from bot.ui.components.own_guilds import AT_ONCE, ListedGuilds
from sandbox.discord.model import Guild
from sandbox.wire import Fault
from tests.support.discord_bench import DiscordBench
from tests.support.ports import ManualClock


def bring_into(bench: DiscordBench, count: int) -> set[int]:
    """The bot comes into so many more servers; all that have it."""
    state = bench.loopback.state
    for guild_id in range(5_000, 5_000 + count):
        state.guilds[guild_id] = Guild(
            guild_id, "more", bench.loopback.state.bot.id, roles_by_member={state.bot.id: []}
        )
    return {guild.id for guild in state.bot_guilds()}


async def test_all_are_listed_however_many_pages_they_take(bench: DiscordBench, clock: ManualClock) -> None:
    there = bring_into(bench, 2 * AT_ONCE)

    assert await ListedGuilds(bench.client, clock).ids() == there
    assert sum(call.startswith("GET /users/@me/guilds") for call in bench.calls) == 3


async def test_one_that_removed_the_bot_is_not_listed_and_has_it_no_more(
    bench: DiscordBench, clock: ManualClock
) -> None:
    guild = bench.loopback.state.bot_guilds()[0]
    guilds = ListedGuilds(bench.client, clock)
    assert await guilds.has(guild.id)

    guild.roles_by_member.pop(bench.loopback.state.bot.id)

    assert guild.id not in await guilds.ids()
    assert not await guilds.has(guild.id)
    assert not await guilds.has(999)


async def test_when_discord_cannot_say_nobody_is_taken_for_gone(bench: DiscordBench, clock: ManualClock) -> None:
    bench.loopback.wire.faults.append(Fault("GET", "/api/v10/users/@me/guilds", 1, status=403, body={}))

    with pytest.raises(discord.HTTPException):
        await ListedGuilds(bench.client, clock).ids()


async def test_banned_server_is_left_and_one_that_has_no_bot_costs_no_refusal(
    bench: DiscordBench, clock: ManualClock
) -> None:
    guild, other = bench.loopback.state.bot_guilds()[:2]
    guilds = ListedGuilds(bench.client, clock)

    left = [await guilds.leave(one) for one in (guild.id, guild.id, 999, other.id + 1)]

    assert left == [True, False, False, False]
    assert other in bench.loopback.state.bot_guilds()
    assert {request.status for request in bench.loopback.wire.requests} <= {200, 204}
