"""Which servers have the bot, asked of Discord page by page."""

import asyncio

import discord

from bot.clock import Clock

AT_ONCE = 200  # what Discord gives in one answer; https://docs.discord.com/developers/resources/user
PAUSE_S = 1.0  # real seconds between two pages: nobody waits for them
ASK_LIMIT_S = 60.0  # real seconds for a page, with what the library tries again


class ListedGuilds:
    """See `OwnGuilds` in `bot.operation.left_guilds`, and `LeavesGuilds` in `bot.operation.ban_keeper`."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def ids(self) -> frozenset[int]:
        """Return the ids of all servers that have the bot.

        Raises:
            discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError: Discord cannot be asked now.
        """
        found = set[int]()
        after = 0
        while True:
            async with asyncio.timeout(ASK_LIMIT_S):
                page = await self._client.http.get_guilds(AT_ONCE, after=after, with_counts=False)
            ids = [int(guild["id"]) for guild in page or ()]
            found.update(ids)
            if len(ids) < AT_ONCE:
                return frozenset(found)
            after = max(ids)
            await self._clock.sleep(self._clock.scale * PAUSE_S)

    async def has(self, guild_id: int) -> bool:
        """Tell whether one server has the bot; raises as `ids` does."""
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                await self._client.http.get_guild(guild_id, with_counts=False)
        except (discord.NotFound, discord.Forbidden):
            return False
        return True

    async def leave(self, guild_id: int) -> bool:
        """Leave one server; False where the bot is not in it. Raises as `ids` does."""
        async with asyncio.timeout(ASK_LIMIT_S):
            # Asked for by the list: Discord counts refusals, and blocks whoever collects too many.
            page = await self._client.http.get_guilds(1, after=guild_id - 1, with_counts=False)
            if not page or int(page[0]["id"]) != guild_id:
                return False
            await self._client.http.leave_guild(guild_id)
        return True
