"""The background loop that removes what was kept for as long as the owner wants: pictures, prompts, whole jobs."""

import asyncio
import logging
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.crypto import Pseudonyms
from bot.pictures.folder import Pictures
from bot.pictures.places import MB
from bot.settings.storage import StorageSettings
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600.0
HOUR_S = 3600.0


class Sweeper:
    """Once a day removes what is old, once an hour the oldest pictures where they take more room than they may.

    What an unfinished job needs always stays. A later press goes by the picture in Discord's message or at the relay;
    the buttons of a job whose words or all of it went say so. Of several processes one does it for all.
    """

    def __init__(
        self, store: JobStore, pictures: Pictures, storage: StorageSettings, clock: Clock, pseudonyms: Pseudonyms
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._storage = storage
        self._clock = clock
        self._pseudonyms = pseudonyms

    @property
    def is_needed(self) -> bool:
        """Whether anything goes at all once its time has come."""
        kept = self._storage
        return bool(kept.keep_pictures_days or kept.keep_prompts_days or kept.keep_jobs_days or kept.max_pictures_mb)

    async def run(self) -> None:
        """Work until cancelled; at once at an end where nothing ever goes."""
        if not self.is_needed:
            return
        async with asyncio.TaskGroup() as group:
            group.create_task(self._sweep_daily(), name="daily")
            if self._storage.max_pictures_mb:
                group.create_task(self._make_room_hourly(), name="hourly")

    async def _sweep_daily(self) -> None:
        while True:
            try:
                if await self._store.shared_limits.take_turn("sweep", self._clock.real(DAY_S / 2)):
                    await self.sweep_once()
            except Exception:  # tidying up is never worth the process
                logger.exception("nothing swept")
            await self._clock.sleep(DAY_S)

    async def _make_room_hourly(self) -> None:
        while True:
            try:
                if await self._store.shared_limits.take_turn("room", self._clock.real(HOUR_S / 2)):
                    await self.make_room()
            except Exception:  # as above
                logger.exception("no room made")
            await self._clock.sleep(HOUR_S)

    async def sweep_once(self) -> None:
        """Remove what is old and not needed."""
        kept = self._storage
        if kept.keep_jobs_days:
            forgotten = await self._store.erasure.forget_before(self._before(kept.keep_jobs_days))
            await self._remove(forgotten.pictures)
            if forgotten.jobs:
                logger.info("old jobs removed count=%d", forgotten.jobs)
        if kept.keep_prompts_days:
            emptied = await self._store.emptying.empty_before(self._before(kept.keep_prompts_days), self._pseudonyms.of)
            await self._remove(emptied.pictures)
            if emptied.jobs:
                logger.info("old prompts removed count=%d", emptied.jobs)
        if kept.keep_pictures_days or kept.max_pictures_mb:
            await self._pictures.stock.take_stock()
        if kept.keep_pictures_days:
            register = await self._pictures.stock.register()
            await self._remove(await register.older_than(self._before(kept.keep_pictures_days)))

    async def make_room(self) -> None:
        """Remove the oldest pictures beyond what all of them may take."""
        register = await self._pictures.stock.register()
        needed = await self._store.needed_pictures()
        await self._remove(await register.over(self._storage.max_pictures_mb * MB, needed))

    async def _remove(self, keys: frozenset[str]) -> None:
        if spare := keys and keys - await self._store.needed_pictures():
            await self._pictures.remove(spare)
            logger.info("old pictures removed count=%d", len(spare))

    def _before(self, days: int) -> datetime:
        return self._clock.now() - timedelta(seconds=self._clock.real(days * DAY_S))
