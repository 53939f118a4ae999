"""Seed, job id and pictures of finished jobs."""

import io
import logging
from collections.abc import Sequence

import discord

from bot.domain.custom_ids import Family, parse
from bot.domain.job import Job, JobStatus
from bot.errors import PictureError, RelayError
from bot.jobs.admission import check_is_kept
from bot.language import _
from bot.pictures.fitting import is_film
from bot.pictures.origins import origin_of
from bot.services import Services
from bot.text import escape_inline
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.text.alt_text import alt_text, corner_text
from bot.ui.text.job_lines import is_other_engine, way_word

logger = logging.getLogger(__name__)

PROMPT_LIMIT = 1200  # characters of all prompts in one answer
MOST_TOLD = 5  # jobs of one message


class Details:
    """Tells what a member can know of finished jobs."""

    def __init__(self, client: discord.Client, services: Services, originals: OriginalPictures) -> None:
        self._client = client
        self._controls = services.jobs.controls
        self._pictures = services.pictures
        self._originals = originals

    async def text(self, jobs: Sequence[Job], locale: str) -> str:
        """Details of the jobs that a message shows; of a crowd those of the first ones.

        Raises:
            UserError: the pictures were removed, and a copy of their message is all that is left.
        """
        told = [job for job in jobs if job.status is not JobStatus.REMOVED][:MOST_TOLD]
        if not told:
            check_is_kept(jobs[0])
        return "\n\n".join([await self._of_job(job, locale, PROMPT_LIMIT // len(told)) for job in told])

    async def _of_job(self, job: Job, locale: str, prompt_limit: int) -> str:
        """Prompt, job id, speed and seed; the seed may take tens of seconds. Source: docs/look.md 5."""
        try:
            seed = await self._controls.seed(job) if job.task_id else ""
        except RelayError as exc:
            logger.info("seed not told job_id=%s reason=%s", job.id, exc)
            seed = ""
        unknown = _("not given by the relay").render(locale)
        lines = (
            f"**{escape_inline(job.prompt, prompt_limit)}**",
            f"**Job ID**: {job.id}",
            f"**{_('Engine').render(locale) if is_other_engine(job) else 'Mode'}**: {way_word(job)}",
            f"**seed** {seed or unknown}",
        )
        return "\n".join(lines)

    async def send(self, job: Job, user_id: int) -> None:
        """Send the details and the pictures to a person's direct messages; a grid comes as four pictures too."""
        text = await self.text([job], job.actor.locale)
        try:
            channel = await self._client.create_dm(discord.Object(user_id))
            await channel.send(text, files=await self._files(job, user_id), allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.info("details not sent job_id=%s reason=%s", job.id, type(exc).__name__)

    async def _files(self, job: Job, user_id: int) -> list[discord.File]:
        if job.result is None or not job.result.image_url or job.result.text:
            return []
        pictures, files = self._pictures, []
        try:
            key = await self._originals.key(job)
            limit, origin = min(job.place.upload_limit, DM_UPLOAD_LIMIT), origin_of(job.request)
            upload = await pictures.fit(key, limit, of=user_id, origin=origin)
            name = f"{job.id}.{upload.extension}"
            files.append(discord.File(io.BytesIO(upload.data), name, description=alt_text(job) or None))
            if any(parse(button.custom_id).family is Family.PICK for button in job.result.buttons) and not is_film(key):
                cells = await pictures.quarters(key, of=user_id, origin=origin)
                files += [
                    discord.File(io.BytesIO(cell), f"{job.id}-{corner + 1}.png", description=corner_text(job, corner))
                    for corner, cell in enumerate(cells)
                ]
        except PictureError as exc:
            logger.info("pictures not all sent job_id=%s reason=%s", job.id, exc)
        return files
