"""The background loop that lists in members' libraries what nobody has looked for yet."""

import logging

from bot.clock import Clock
from bot.storage.library import Library

logger = logging.getLogger(__name__)

PAUSE_S = 600.0  # whoever looks sooner has theirs listed at once
STEP_S = 0.5  # between two transactions, so that nobody notices a long history


class LibraryKeeper:
    """Lists jobs that ended before there were libraries, at another program, or just now."""

    def __init__(self, library: Library, clock: Clock) -> None:
        self._library = library
        self._clock = clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            has_more = False
            try:
                has_more = await self._library.list_some()
            except Exception:  # they are listed for those who look, or at the next try
                logger.exception("libraries not kept")
            await self._clock.sleep(self._clock.scale * (STEP_S if has_more else PAUSE_S))
