"""The background loop that takes over jobs of processes that are gone."""

import asyncio
import logging
import random

from bot import metrics
from bot.clock import wait_at_most
from bot.jobs.recovery import CLAIMED_AT_ONCE, Recovery
from bot.storage.database import Database
from bot.storage.notifications import Changed

logger = logging.getLogger(__name__)

CLAIM_S = 5.0  # real seconds between looks, each shortened or lengthened by up to a fifth: processes look in turns


class Claims:
    """Looks for jobs that nobody works on, now and then, and at once where a process says that it leaves."""

    def __init__(self, *, database: Database, recovery: Recovery, chance: random.Random) -> None:
        self._recovery = recovery
        self._chance = chance
        self._is_due = asyncio.Event()
        database.notifications.subscribe(Changed.LEFT, lambda _process: self._is_due.set())

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await wait_at_most(self._is_due, CLAIM_S * self._chance.uniform(0.8, 1.2))
            self._is_due.clear()
            try:
                await self.claim_once()
            except Exception:  # while the database refuses, nothing can be taken over
                logger.exception("nothing taken over")

    async def claim_once(self) -> None:
        """Take over all that there is, in small portions, so that other processes get theirs."""
        while claimed := await self._recovery.take_over():
            logger.info("jobs taken over count=%d", claimed)
            metrics.CLAIMS.inc(claimed)
            if claimed < CLAIMED_AT_ONCE:
                return
