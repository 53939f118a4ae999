"""Leaves the servers that the owner banned, at once where that can be known, and forgets bans that have ended.

Discord tells only bots with the intent GUILDS that somebody invited them (see `bot.operation.left_guilds`), so each
banned server is looked for every minute, too.
"""

import logging
from typing import Protocol

from bot.clock import Clock, wait_at_most
from bot.jobs.bans import Bans
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

LOOK_S = 60.0  # real seconds
PAUSE_S = 0.2  # real seconds between two servers


class LeavesGuilds(Protocol):
    """Takes the bot out of servers; implemented by the Discord side. Any exception means that it cannot now."""

    async def leave(self, guild_id: int) -> bool:
        """Leave a server; False where the bot is not in it."""
        ...


class BanKeeper:
    """Looks whether the bot is in a banned server, and leaves it."""

    def __init__(self, bans: Bans, guilds: LeavesGuilds, store: JobStore, clock: Clock) -> None:
        self._bans = bans
        self._guilds = guilds
        self._store = store
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled. Whoever knows of a reason goes at once; of several processes one looks for all."""
        while True:
            await wait_at_most(self._bans.to_leave, LOOK_S)
            try:
                await self.look_once()
            except Exception as exc:  # noqa: BLE001 - Discord or the database cannot say now; in a minute, then
                logger.warning("banned servers not left error=%s", type(exc).__name__)

    async def look_once(self) -> None:
        """Do what is to be done now."""
        has_reason = self._bans.to_leave.is_set()
        self._bans.to_leave.clear()
        is_on_turn = await self._store.shared_limits.take_turn("bans", LOOK_S / 2)
        if is_on_turn:
            await self._store.bans.forget_ended(self._clock.now())
        if has_reason or is_on_turn:
            await self._leave_all()

    async def _leave_all(self) -> None:
        for guild_id in self._bans.banned_guilds():
            if await self._guilds.leave(guild_id):
                logger.info("banned server left guild_id=%d", guild_id)
            await self._clock.sleep(self._clock.scale * PAUSE_S)
