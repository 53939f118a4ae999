"""A shard's servers cost next to nothing, and none of them is kept."""

import discord

from benchmarks.guilds import SERVERS, bytes_kept, make_state, ready_text
from bot.gateway.connection_state import SmallState


async def test_a_shard_of_thousands_of_servers_keeps_only_their_number() -> None:
    state = make_state(SmallState, discord.Intents.none())

    kept = bytes_kept(state, [("ready", ready_text(SERVERS))])

    assert state.guild_counts == {0: SERVERS}
    assert not state.guilds
    assert kept / SERVERS < 100  # bytes
