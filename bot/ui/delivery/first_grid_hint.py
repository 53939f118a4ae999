"""Tells a member once, in private, what can be done with a grid."""

import logging

import discord

from bot.domain.job import Job
from bot.jobs.first_grid import FirstGrid
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.delivery.card_access import CardAccess
from bot.ui.messages.hint import hint_view

logger = logging.getLogger(__name__)


class FirstGridHint:
    """Sends the hint by the interaction that asked for the grid, which alone can tell somebody in private."""

    def __init__(self, cards: CardAccess, first_grid: FirstGrid) -> None:
        self._cards = cards
        self._first_grid = first_grid

    async def tell(self, job: Job) -> None:
        """Tell it, if this is the moment; a hint that does not arrive is nobody's trouble."""
        webhook = self._cards.webhook(job)
        if webhook is None or not await self._first_grid.claim(job):
            return
        try:
            await webhook.send(view=hint_view(job.actor.locale), ephemeral=True, wait=True)
        except NETWORK_ERRORS as exc:
            logger.info("hint not shown job_id=%s reason=%s", job.id, type(exc).__name__)
            if isinstance(exc, discord.HTTPException) and exc.status < 500:
                await self._first_grid.give_back(job)
