"""What a shard's servers cost: memory for each, and how long the event loop stands still when they come.

Everything in this one process: the gateway's texts are made here and given to the library's own state, and to ours.
"""

import asyncio
import gc
import json
import time
import tracemalloc
from collections.abc import Sequence
from typing import Any, TypeVar

import discord
from discord.state import AutoShardedConnectionState

from benchmarks.table import Figure
from bot.gateway.connection_state import SmallState

SERVERS = 2_500  # the most that one shard may have
SAMPLE = 250  # servers for the library's own state, where each costs much
CHANNELS, ROLES, EMOJI = 60, 40, 40

Events = Sequence[tuple[str, str]]  # names and texts
State = TypeVar("State", bound=AutoShardedConnectionState[Any])


def figures() -> list[Figure]:
    """Bytes for a server, and the stall at start beside the library's own."""
    return asyncio.run(_figures())


async def _figures() -> list[Figure]:
    library = AutoShardedConnectionState[Any], discord.Intents(guilds=True, emojis_and_stickers=True)
    own = SmallState, discord.Intents.none()
    theirs = [("ready", ready_text(SAMPLE)), *(("guild_create", _server(number)) for number in range(SAMPLE))]
    ours = [("ready", ready_text(SERVERS))]
    their_s, own_s = _taken_s(make_state(*library), theirs) / SAMPLE, _taken_s(make_state(*own), ours) / SERVERS
    their_bytes, own_bytes = (
        bytes_kept(make_state(*library), theirs) / SAMPLE,
        bytes_kept(make_state(*own), ours) / SERVERS,
    )
    shape = f"with {CHANNELS} channels, {ROLES} roles and {EMOJI} emoji"
    return [
        Figure(
            "memory for a server of a shard",
            own_bytes,
            "bytes",
            20,
            f"{SERVERS} servers {shape}; the library's own cache keeps {their_bytes / 1000:.1f} kB of each",
        ),
        Figure(
            "event loop for a server at a shard's start, the library's own cache = 1",
            own_s / their_s,
            "",
            0.01,
            f"{own_s * SERVERS * 1000:.1f} ms of processor time for {SERVERS} servers, not {their_s * SERVERS:.2f} s",
        ),
    ]


def make_state(kind: type[State], intents: discord.Intents) -> State:
    """A state of the library's, on its own."""

    def ignore(*_given: object) -> None:
        return None

    http: Any = None
    state = kind(
        dispatch=ignore,
        handlers={},
        hooks={},
        http=http,
        intents=intents,
        max_messages=None,
        chunk_guilds_at_startup=False,
    )
    state.shard_count, state.shard_ids = 1, [0]
    return state


def _taken_s(state: AutoShardedConnectionState[Any], events: Events) -> float:
    """Seconds of processor time that reading events takes."""
    begun = time.process_time()
    _feed(state, events)
    return time.process_time() - begun


def bytes_kept(state: AutoShardedConnectionState[Any], events: Events) -> int:
    """Bytes that a state keeps of events."""
    gc.collect()
    tracemalloc.start()
    _feed(state, events)
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return kept


def _feed(state: AutoShardedConnectionState[Any], events: Events) -> None:
    for name, text in events:
        getattr(state, f"parse_{name}")(json.loads(text))


def ready_text(servers: int) -> str:
    """READY as the gateway sends it to a shard of so many servers."""
    user = {"id": "9", "username": "easel", "discriminator": "0", "avatar": None, "bot": True}
    guilds = [{"id": str(_id(number)), "unavailable": True} for number in range(servers)]
    application = {"id": "9", "flags": 0}
    return json.dumps({"v": 10, "user": user, "guilds": guilds, "shard": [0, 1], "application": application})


def _server(number: int) -> str:
    """A server as GUILD_CREATE brings it, with the fields that the library reads."""
    own = _id(number)
    channels = [
        {"id": str(own + 1_000 + i), "type": 0, "name": f"channel-{i}", "position": i, "permission_overwrites": []}
        for i in range(CHANNELS)
    ]
    roles = [
        {"id": str(own + i), "name": f"role {i}", "permissions": "104324673", "position": i, "color": 0, "colors": {}}
        | {"hoist": False, "managed": False, "mentionable": False, "flags": 0}
        for i in range(ROLES)
    ]
    emoji = [
        {"id": str(own + 2_000 + i), "name": f"emoji_{i}", "roles": [], "require_colons": True, "managed": False}
        | {"animated": False, "available": True}
        for i in range(EMOJI)
    ]
    about = {"id": str(own), "name": f"Server {number}", "owner_id": str(own + 5), "member_count": 500, "members": []}
    return json.dumps(
        about | {"unavailable": False, "large": False, "channels": channels, "roles": roles, "emojis": emoji}
    )


def _id(number: int) -> int:
    return (1_000_000 + number) << 22
