"""A shard's servers cost next to nothing, and none of them is kept."""

import discord
import pytest

from benchmarks.guilds import SERVERS, bytes_kept, make_state, ready_text
from bot.gateway.connection_state import SmallState
from bot.ui.components.interactions import roles_of
from tests.support.makers import START


async def test_a_shard_of_thousands_of_servers_keeps_only_their_number() -> None:
    state = make_state(SmallState, discord.Intents.none())

    kept = bytes_kept(state, [("ready", ready_text(SERVERS))])

    assert state.guild_counts == {0: SERVERS}
    assert not state.guilds
    assert kept / SERVERS < 100  # bytes


def test_who_reacts_in_a_server_comes_with_their_roles_though_no_server_is_kept() -> None:
    told: list[discord.RawReactionActionEvent] = []
    state = make_state(SmallState, discord.Intents.all())
    state.dispatch = lambda _event, *given: told.extend(given)
    user = {"id": "901", "username": "ana", "discriminator": "0", "avatar": None}
    member = {"user": user, "roles": ["42"], "joined_at": START.isoformat(), "deaf": False, "mute": False, "flags": 0}
    reacted = {"user_id": "901", "channel_id": "2", "message_id": "1", "type": 0, "burst": False}
    emoji = {"emoji": {"id": None, "name": "⭐"}}

    state.parse_message_reaction_add(reacted | emoji | {"guild_id": "201", "member": member})
    state.parse_message_reaction_add(reacted | emoji)

    assert [event.member and roles_of(event.member) for event in told] == [(42,), None]
    assert not state.guilds


@pytest.mark.parametrize(("by_bot", "heard"), [({"bot": True}, []), ({}, ["message"])], ids=["bot", "person"])
def test_what_bots_write_is_left_out(by_bot: dict[str, bool], heard: list[str]) -> None:
    told: list[str] = []
    state = make_state(SmallState, discord.Intents.all())
    state.dispatch = lambda event, *_given: told.append(event)
    author = {"id": "901", "username": "ana", "discriminator": "0", "avatar": None} | by_bot
    # https://docs.discord.com/developers/resources/message (message object), in a direct message
    written = {"id": "1", "channel_id": "2", "author": author, "content": "U2", "timestamp": START.isoformat()}
    told_with_it = {"edited_timestamp": None, "tts": False, "mention_everyone": False, "pinned": False, "type": 0}
    lists: dict[str, list[object]] = {"mentions": [], "mention_roles": [], "attachments": [], "embeds": []}

    state.parse_message_create(written | told_with_it | lists)

    assert told == heard
