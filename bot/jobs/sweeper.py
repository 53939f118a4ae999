"""The background loop that removes kept pictures once their time is over."""

import logging
from datetime import timedelta

from bot.clock import Clock
from bot.jobs.store import JobStore
from bot.pictures.folder import Pictures

logger = logging.getLogger(__name__)

DAY_S = 24 * 3600.0


class Sweeper:
    """Once a day removes the pictures that were kept for `keep_days` and that no unfinished job needs; 0 = none ever.

    A later press goes by the picture in Discord's message or at the relay.
    """

    def __init__(self, store: JobStore, pictures: Pictures, keep_days: int, clock: Clock) -> None:
        self._store = store
        self._pictures = pictures
        self._keep_days = keep_days
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while self._keep_days:
            try:
                await self.sweep_once()
            except Exception:  # tidying up is never worth the process
                logger.exception("pictures not swept")
            await self._clock.sleep(DAY_S)

    async def sweep_once(self) -> None:
        """Remove what is old and not needed."""
        oldest = self._clock.now() - timedelta(seconds=self._clock.real(self._keep_days * DAY_S))
        old = await self._pictures.older_than(oldest)
        spare = old - await self._store.needed_pictures() if old else old
        if spare:
            await self._pictures.remove(spare)
            logger.info("old pictures removed count=%d", len(spare))
