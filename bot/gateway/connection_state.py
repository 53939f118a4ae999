"""What the library keeps of what the gateway says: nothing about servers."""

from typing import Any

import discord
from discord.state import AutoShardedConnectionState
from typing_extensions import override


class SmallState(AutoShardedConnectionState[Any]):
    """Keeps no servers, of which each would hold channels, roles, emoji and members that nobody here reads.

    Without the intent GUILDS the gateway tells no more of a server than its id, in READY. Source:
    https://docs.discord.com/developers/events/gateway (list of intents, "Ready").
    """

    guild_counts: dict[int, int]  # by shard, as its last READY told

    @override
    def clear(self, *, views: bool = True) -> None:
        super().clear(views=views)
        self.guild_counts = {}

    @override
    def parse_ready(self, data: Any) -> None:
        self.guild_counts[data["shard"][0]] = len(data["guilds"])
        data["guilds"] = []
        super().parse_ready(data)

    @override
    def parse_message_reaction_add(self, data: Any) -> None:
        # The library tells who reacted of servers alone that it keeps, and their roles decide what they may. Source:
        # https://docs.discord.com/developers/events/gateway-events ("Message Reaction Add").
        raw = discord.RawReactionActionEvent(data, discord.PartialEmoji.from_dict(data["emoji"]), "REACTION_ADD")
        if raw.guild_id is not None and "member" in data:
            guild = self._get_or_create_unavailable_guild(raw.guild_id)
            raw.member = discord.Member(data=data["member"], guild=guild, state=self)
        self.dispatch("raw_reaction_add", raw)

    @override
    def parse_message_create(self, data: Any) -> None:
        # Nobody answers bots, and each of our own cards comes back this way.
        if not data["author"].get("bot"):
            super().parse_message_create(data)
