"""Tells the owner once a week how the last one was, where their alerts go."""

import logging

from bot.clock import Clock
from bot.domain.alerts import Level
from bot.operation.digest import claim_week, give_back_week, read_digest
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.ui.delivery.owner_messages import OwnerMessages
from bot.ui.text.digest_lines import digest_text

logger = logging.getLogger(__name__)

LOOK_S = 3600.0


class WeeklyDigest:
    """Looks each hour whether it is time; of all processes one tells. What reached nobody is told an hour later."""

    def __init__(self, store: JobStore, settings: Settings, messages: OwnerMessages, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._messages = messages
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                await self.look_once()
            except Exception:  # told in an hour, or next week
                logger.exception("no digest told")
            await self._clock.sleep(LOOK_S)

    async def look_once(self) -> None:
        """Tell of the last week, if it is time and nobody has."""
        if not self._settings.alerts.weekly_digest:
            return
        monday = await claim_week(self._store, self._clock.now())
        if monday is None:
            return
        digest = await read_digest(self._store, self._settings, monday)
        if digest.is_empty:
            return
        if not await self._messages.send(digest_text(digest, self._messages.language), Level.INFO):
            await give_back_week(self._store, monday)
