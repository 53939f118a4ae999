"""Edits of running cards: one writer per message, at least two seconds apart, the newest state wins."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord

from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.job import Job
from bot.domain.outcomes import Working
from bot.fairness import AnswersFirst
from bot.lanes import Lanes
from bot.ui.components.interactions import NETWORK_ERRORS

logger = logging.getLogger(__name__)

SPACING_S = 2.0  # real seconds: Discord's limits know no time scale
SETTLING_S = 1.0  # a state that another replaces within this time is not shown
LEAST_SETTLING_S = 0.25  # real seconds, however fast time passes
EDITS_AT_ONCE = 8  # of one channel, which has its own limits at Discord
PATIENCE_S = 5.0  # real seconds after which the others of a channel do not wait for an edit


@dataclass(slots=True)
class _Card:
    """One message: when it was edited last (monotonic seconds), what it shows, what it should show."""

    edited_at: float = float("-inf")
    shown: object = None
    wanted: tuple[Job, Working] | None = None
    is_gone: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class CardEditor:
    """Merges offers for a card into few edits; a card that stays as it is costs next to nothing.

    `look_of` returns what a card's look depends on, for comparison: thousands are compared each round, so it must be
    cheap. `edit` sends the edit; its errors are logged, and the next offer tries again.
    """

    def __init__(
        self,
        clock: Clock,
        look_of: Callable[[Job, Working], object],
        edit: Callable[[Job, Working], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._look_of = look_of
        self._edit = edit
        self._cards: dict[str, _Card] = {}
        self._due = DelayQueue(clock)  # ids of jobs whose card should look different

    def offer(self, job: Job, working: Working) -> None:
        """Ask for an edit as soon as the spacing allows; a later offer replaces it."""
        card = self._card(job.id)
        is_news = not card.is_gone and self._look_of(job, working) != card.shown
        card.wanted = (job, working) if is_news else None
        self._plan(job.id, card)

    async def run(self, answers_first: AnswersFirst) -> None:
        """Send edits until cancelled: in a lane for each channel, where members take turns, and answers come first."""
        async with asyncio.TaskGroup() as group:
            lanes = Lanes(group, self._flush, places=EDITS_AT_ONCE, patience_s=PATIENCE_S)
            while True:
                await self._due.wait()
                if due := self._due.take():
                    await answers_first.come_after()
                for job_id in due:
                    card = self._cards.get(job_id)
                    if card is not None and card.wanted is not None:
                        job, _working = card.wanted
                        lanes.put(job.place.channel_id, job_id, job.actor.id)

    async def _flush(self, _channel: int, job_id: str) -> None:
        card = self._cards.get(job_id)
        if card is None or card.lock.locked():  # whoever holds the lock plans anew
            return
        async with self._writing(job_id, card):
            if card.wanted is None or self._wait_s(card) > 0:
                return
            (job, working), card.wanted = card.wanted, None
            look = self._look_of(job, working)
            if look == card.shown:
                return
            try:
                await self._edit(job, working)
            except discord.NotFound:
                card.is_gone = True  # deleted by a person, or out of reach: the result comes all the same
                card.wanted = None
            except NETWORK_ERRORS as exc:
                logger.info("progress not shown job_id=%s reason=%s", job.id, type(exc).__name__)
            except Exception:  # progress is never worth the process
                logger.exception("progress not shown job_id=%s", job.id)
            else:
                card.shown = look
            card.edited_at = self._clock.monotonic()

    def drop_progress(self, job_id: str) -> None:
        """Drop the edit that is still waiting, if any."""
        if job_id in self._cards:
            self._cards[job_id].wanted = None

    async def finish(self, job_id: str, edit: Callable[[], Awaitable[None]]) -> None:
        """Make the last edit of a card, after the one on its way and no sooner than the spacing allows.

        Raises:
            Exception: whatever `edit` raises.
        """
        card = self._card(job_id)
        card.wanted = None
        async with self._writing(job_id, card):
            await asyncio.sleep(self._wait_s(card))
            card.shown = None
            try:
                await edit()
            finally:  # the spacing counts from the end: how long an edit is on its way nobody knows before
                card.edited_at = self._clock.monotonic()

    def forget(self, job_id: str) -> None:
        """Forget a card that changes no more."""
        self._cards.pop(job_id, None)

    def _card(self, job_id: str) -> _Card:
        if job_id not in self._cards:
            self._cards[job_id] = _Card()
        return self._cards[job_id]

    @asynccontextmanager
    async def _writing(self, job_id: str, card: _Card) -> AsyncIterator[None]:
        """Be the only writer of a card; plan what was offered meanwhile afterwards."""
        try:
            async with card.lock:
                yield
        finally:
            self._plan(job_id, card)

    def _plan(self, job_id: str, card: _Card) -> None:
        if card.wanted is not None and job_id not in self._due:
            self._due.put(job_id, max(self._wait_s(card), self._clock.real(SETTLING_S), LEAST_SETTLING_S))

    def _wait_s(self, card: _Card) -> float:
        """Real seconds until a card may be edited again."""
        return max(card.edited_at + SPACING_S - self._clock.monotonic(), 0.0)
