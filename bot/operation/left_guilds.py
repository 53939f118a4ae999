"""Finds out which servers the bot has left: the gateway tells it only to bots that want to know all about servers.

GUILD_DELETE needs the intent GUILDS, which would bring every server's channels, roles and members along. Source:
https://docs.discord.com/developers/events/gateway (list of intents). So Discord is asked which servers there are, two
hundred in a request, once an hour.
"""

import contextlib
import logging
from typing import Protocol

from bot.clock import Clock
from bot.domain.job import Subject
from bot.errors import UserError
from bot.jobs.controls import JobControls
from bot.operation.sweeper import DAY_S, HOUR_S
from bot.storage.erasures import WantedErasure
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 300.0


class OwnGuilds(Protocol):
    """Knows which servers have the bot; implemented by the Discord side. Any exception means that it cannot say now."""

    async def ids(self) -> frozenset[int]:
        """Return all of them."""
        ...

    async def has(self, guild_id: int) -> bool:
        """Tell of one of them."""
        ...


class LeftGuilds:
    """Stops what waits in servers that were left, and notes that they are to be erased; coming back undoes that."""

    def __init__(
        self, store: JobStore, controls: JobControls, guilds: OwnGuilds, clock: Clock, keep_guild_days: int
    ) -> None:
        self._store = store
        self._controls = controls
        self._guilds = guilds
        self._clock = clock
        self._keep_guild_days = keep_guild_days
        self._known: frozenset[int] | None = None  # those that it had, or that have jobs, at the last look

    async def run(self) -> None:
        """Work until cancelled; a start has enough to do without."""
        await self._clock.sleep(FIRST_LOOK_S)
        while True:
            try:
                if await self._store.shared_limits.take_turn("guilds", self._clock.real(HOUR_S / 2)):
                    await self.look()
            except Exception as exc:  # noqa: BLE001 - Discord or the database cannot say now; in an hour, then
                logger.info("servers not known error=%s", type(exc).__name__)
            await self._clock.sleep(HOUR_S)

    async def look(self) -> None:
        """Ask which servers there are, and do what follows for those that are gone, or back."""
        now = await self._guilds.ids()
        before = self._known if self._known is not None else await self._store.guild_jobs.guilds()
        for wanted in await self._store.erasures.of(Subject.GUILD):
            if wanted.subject_id in now and await self._store.erasures.drop(wanted):
                logger.info("server is back guild_id=%d", wanted.subject_id)
        for guild_id in sorted(before - now):
            if not await self._guilds.has(guild_id):  # a list may be of a moment before
                await self._leave(guild_id)
        self._known = now

    async def _leave(self, guild_id: int) -> None:
        stopped = 0
        for job in await self._store.guild_jobs.waiting(guild_id):
            with contextlib.suppress(UserError):  # it was over a moment ago
                await self._controls.cancel(job)
                stopped += 1
        if not self._keep_guild_days:
            return
        due_at = self._clock.after(self._keep_guild_days * DAY_S)
        wanted = WantedErasure(Subject.GUILD, guild_id, asked_at=self._clock.now(), due_at=due_at)
        if await self._store.erasures.note_first(wanted):
            logger.info("server left guild_id=%d stopped=%d", guild_id, stopped)
