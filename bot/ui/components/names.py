"""What people and servers are called, asked of Discord where somebody reads their ids: the bot keeps none."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import discord

from bot.clock import Clock
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.remembered import Remembered

REMEMBERED = 2_000  # names, the newest
REMEMBERED_FOR_S = 3600.0
UNKNOWN_FOR_S = 60.0
ASKED_AT_ONCE = 5
ASK_LIMIT_S = 3.0  # real seconds for each: an id says as much


class Names:
    """Names by id; what Discord does not say soon has none."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._people = Remembered[int, str](clock)
        self._servers = Remembered[int, str](clock)
        self._room = asyncio.Semaphore(ASKED_AT_ONCE)

    async def people(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names of people by id, as far as they are known."""
        return await self._all(self._people, ids, self._client.http.get_user, ("global_name", "username"))

    async def servers(self, ids: Collection[int]) -> dict[int, str]:
        """Return the names of servers that the bot is in by id, as far as they are known."""

        async def ask(guild_id: int) -> Any:
            return await self._client.http.get_guild(guild_id, with_counts=False)

        return await self._all(self._servers, ids, ask, ("name",))

    async def _all(
        self,
        known: Remembered[int, str],
        ids: Collection[int],
        ask: Callable[[int], Awaitable[Any]],
        fields: Collection[str],
    ) -> dict[int, str]:
        names = await asyncio.gather(*(self._one(known, one, ask, fields) for one in ids))
        return {one: name for one, name in zip(ids, names, strict=True) if name}

    async def _one(
        self, known: Remembered[int, str], one: int, ask: Callable[[int], Awaitable[Any]], fields: Collection[str]
    ) -> str:
        if (name := known.get(one)) is not None:
            return name
        try:
            async with self._room, asyncio.timeout(ASK_LIMIT_S):
                told = await ask(one)
        except NETWORK_ERRORS:
            told = {}
        name = next((str(told[field]) for field in fields if told.get(field)), "")
        known.keep(one, name, for_s=REMEMBERED_FOR_S if name else UNKNOWN_FOR_S, among=REMEMBERED)
        return name
