"""What servers allow, asked of Discord where it is needed: the client keeps no servers, channels, roles or members.

Interactions carry place and rights; messages and reactions carry ids alone.
"""

import asyncio

import discord

from bot.clock import Clock
from bot.domain.job import Place, Reach
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.remembered import Remembered

REMEMBERED = 5_000  # servers, the newest
REMEMBERED_FOR_S = 10 * 60.0
ASK_LIMIT_S = 5.0  # real seconds; the library repeats what fails for much longer


def guild_id_of(message: discord.Message) -> int | None:
    """Return the server in which a message stands; None in direct messages."""
    if message.guild is not None:
        return message.guild.id
    return message.channel.guild_id if isinstance(message.channel, discord.PartialMessageable) else None


class Guilds:
    """Asks for one server at a time, and remembers for some minutes what it takes."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._limits = Remembered[int, int](clock)

    async def upload_limit(self, place: Place) -> int:
        """Return how many bytes a file of ours may have in a place; never more than its own limit.

        An interaction tells the higher one of the server's limit and its author's; our own messages have the
        server's. Source: https://docs.discord.com/developers/interactions/receiving-and-responding
        (`attachment_size_limit`). Where Discord cannot be asked now, it is the least that every server takes.
        """
        is_least = place.upload_limit <= DM_UPLOAD_LIMIT
        if is_least or place.guild_id is None or place.reach is not Reach.GUILD:
            return place.upload_limit
        return min(place.upload_limit, await self._limit_of(place.guild_id))

    async def _limit_of(self, guild_id: int) -> int:
        if (known := self._limits.get(guild_id)) is not None:
            return known
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                limit = (await self._client.fetch_guild(guild_id, with_counts=False)).filesize_limit
        except NETWORK_ERRORS:
            return DM_UPLOAD_LIMIT
        self._limits.keep(guild_id, limit, for_s=REMEMBERED_FOR_S, among=REMEMBERED)
        return limit

    async def manages_messages(self, guild_id: int | None, user_id: int) -> bool:
        """Tell whether a person may manage messages in a server; nobody may in direct messages.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: Discord cannot be asked, or they are not there.
        """
        if guild_id is None:
            return False
        async with asyncio.timeout(ASK_LIMIT_S):
            guild = await self._client.fetch_guild(guild_id, with_counts=False)
            member = await guild.fetch_member(user_id)
        return member.guild_permissions.manage_messages
