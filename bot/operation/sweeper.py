"""The background loop that removes kept pictures, and jobs that are over, once their time has come."""

import logging
from datetime import datetime, timedelta

from bot.clock import Clock
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600.0


class Sweeper:
    """Once a day removes the pictures that were kept for `keep_days` and that no unfinished job needs; 0 = none ever.

    A later press goes by the picture in Discord's message or at the relay. Jobs that are over go after
    `keep_jobs_days` with all that is known of them; the buttons of their messages then say so.
    """

    def __init__(
        self, store: JobStore, pictures: Pictures, keep_days: int, clock: Clock, keep_jobs_days: int = 0
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._keep_days = keep_days
        self._keep_jobs_days = keep_jobs_days
        self._clock = clock

    @property
    def is_needed(self) -> bool:
        """Whether anything goes at all once its time has come."""
        return bool(self._keep_days or self._keep_jobs_days)

    async def run(self) -> None:
        """Work until cancelled; at once at an end where nothing ever goes."""
        while self.is_needed:
            try:
                if await self._store.shared_limits.take_turn("sweep", self._clock.real(DAY_S / 2)):
                    await self.sweep_once()
            except Exception:  # tidying up is never worth the process
                logger.exception("pictures not swept")
            await self._clock.sleep(DAY_S)

    async def sweep_once(self) -> None:
        """Remove what is old and not needed."""
        if self._keep_jobs_days:
            forgotten = await self._store.erasure.forget_before(self._before(self._keep_jobs_days))
            await self._pictures.remove(forgotten.pictures - await self._store.needed_pictures())
            if forgotten.jobs:
                logger.info("old jobs removed count=%d", forgotten.jobs)
        if self._keep_days:
            await self._pictures.stock.take_stock()
            register = await self._pictures.stock.register()
            old = await register.older_than(self._before(self._keep_days))
            spare = old - await self._store.needed_pictures() if old else old
            if spare:
                await self._pictures.remove(spare)
                logger.info("old pictures removed count=%d", len(spare))

    def _before(self, days: int) -> datetime:
        return self._clock.now() - timedelta(seconds=self._clock.real(days * DAY_S))
