"""Edits of running cards: one writer per message, never closer than two seconds, the newest state wins."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import discord

from bot.clock import Clock
from bot.jobs.models import Job, Working
from bot.ui.interactions import NETWORK_ERRORS

logger = logging.getLogger(__name__)

SPACING_S = 2.0  # real seconds: Discord's limits know no time scale
TICK_S = 0.25
EDITS_AT_ONCE = 8


@dataclass
class _Card:
    """What is known of one message: when it was edited last, what it shows, what it should show."""

    edited_at: float = float("-inf")
    shown: object = None
    wanted: tuple[Job, Working] | None = None
    is_gone: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CardEditor:
    """Coalesces what jobs want to show into few edits.

    `draw` turns a job into what would be shown, for comparison; `edit` shows it.
    """

    def __init__(
        self,
        clock: Clock,
        draw: Callable[[Job, Working], object],
        edit: Callable[[Job, Working], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._draw = draw
        self._edit = edit
        self._cards: dict[str, _Card] = {}

    def offer(self, job: Job, working: Working) -> None:
        """Show this when there is room; a later offer replaces it."""
        self._cards.setdefault(job.id, _Card()).wanted = (job, working)

    async def run(self) -> None:
        """Work until cancelled."""
        places = asyncio.Semaphore(EDITS_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                for job_id, card in self._cards.items():
                    if card.wanted and not card.lock.locked() and self._may_edit(card):
                        group.create_task(self._flush(card, places), name=f"edit-{job_id}")
                await asyncio.sleep(TICK_S)

    async def _flush(self, card: _Card, places: asyncio.Semaphore) -> None:
        async with places, card.lock:
            # Asked again: while this waited for its place, another edit of the same card may have been made.
            if card.wanted is None or not self._may_edit(card):
                return
            (job, working), card.wanted = card.wanted, None
            drawing = self._draw(job, working)
            if card.is_gone or drawing == card.shown:
                return
            try:
                await self._edit(job, working)
            except discord.NotFound:
                card.is_gone = True  # deleted by a person, or out of reach: the result comes all the same
            except NETWORK_ERRORS as exc:
                logger.info("progress not shown job_id=%s reason=%s", job.id, type(exc).__name__)
            except Exception:  # progress is never worth the process
                logger.exception("progress not shown job_id=%s", job.id)
            else:
                card.shown = drawing
            card.edited_at = self._clock.monotonic()

    def _may_edit(self, card: _Card) -> bool:
        return self._clock.monotonic() - card.edited_at >= SPACING_S

    def hush(self, job_id: str) -> None:
        """Show no more progress of this job."""
        if job_id in self._cards:
            self._cards[job_id].wanted = None

    async def finish(self, job_id: str, edit: Callable[[], Awaitable[None]]) -> None:
        """Make the last edit of a card, after whatever is on its way and in due distance; errors are the caller's."""
        card = self._cards.setdefault(job_id, _Card())
        card.wanted = None
        async with card.lock:
            rest = card.edited_at + SPACING_S - self._clock.monotonic()
            await asyncio.sleep(max(rest, 0.0))
            card.edited_at = self._clock.monotonic()
            card.shown = None
            await edit()

    def forget(self, job_id: str) -> None:
        """The card is over."""
        self._cards.pop(job_id, None)
