"""What the card of a running job shows: its line, its buttons, its progress picture."""

import asyncio
import io
import logging
from collections.abc import Callable

import discord

from bot.clock import Clock
from bot.domain.job import Job
from bot.domain.outcomes import Working
from bot.errors import PictureError
from bot.pictures.folder import Pictures
from bot.ui.components.job_buttons import check_view, running_view
from bot.ui.delivery.card_access import CardAccess
from bot.ui.text import job_lines
from bot.ui.text.alt_text import alt_text

logger = logging.getLogger(__name__)

# The last moment for offering a Check button, before the token dies: simulated seconds, but never less than real ones.
LAST_CALL_S, LAST_CALL_REAL_S = 60.0, 5.0
PREVIEW_LIMIT_S = 5.0  # real seconds; a card does not wait longer for its progress picture


class RunningCards:
    """Shows how far jobs are, on their own cards."""

    def __init__(self, pictures: Pictures, cards: CardAccess, clock: Clock) -> None:
        self._pictures = pictures
        self._cards = cards
        self._clock = clock

    def look_of(self, job: Job, working: Working) -> object:
        """Collect all that a running card depends on."""
        return job.request, job.status, job.stopped, job.waiting_for, self._is_last_call(job), working

    async def edit(self, job: Job, working: Working) -> None:
        """Bring a card up to date; a progress picture that does not come in time is left out.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: as editing does.
        """
        if job.card_id is None:
            return
        files = []
        if working.preview_url:
            try:
                async with asyncio.timeout(PREVIEW_LIMIT_S):
                    preview = await self._pictures.preview(job.id, working.preview_url)
            except (PictureError, TimeoutError):
                logger.debug("preview not fetched job_id=%s", job.id)  # the next one comes soon
            else:
                name, described = f"preview-{job.id}.webp", alt_text(job)
                files = [discord.File(io.BytesIO(preview), name, spoiler=job.is_spoiler, description=described)]
        line, view_of = self._progress(job, working)
        await self._cards.edit(job, line, view_of(job) if view_of else None, files)

    def _progress(self, job: Job, working: Working) -> tuple[str, Callable[[Job], discord.ui.View] | None]:
        """Choose the line of a running card and what makes its buttons, as of one moment."""
        if job.stopped:
            return job_lines.running_line(job, working), None
        if self._is_last_call(job):
            return job_lines.still_running_line(job, working), check_view
        return job_lines.running_line(job, working), running_view

    def _is_last_call(self, job: Job) -> bool:
        """Whether this card is about to leave our reach."""
        if job.place.may_post or job.token is None:
            return False
        margin = max(self._clock.real(LAST_CALL_S), LAST_CALL_REAL_S)
        return (job.token.expires_at - self._clock.now()).total_seconds() < margin
