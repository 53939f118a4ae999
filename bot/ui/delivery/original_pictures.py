"""The original of a finished picture for any later use, although links die and files get lost."""

import logging

import discord

from bot.domain.job import Job
from bot.errors import PictureError
from bot.jobs.deliveries import Deliveries
from bot.language import _
from bot.pictures.folder import Pictures
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.message_parts import attached_names
from bot.ui.delivery.channels import channel_of

logger = logging.getLogger(__name__)

PICTURE_GONE = _("The picture is gone: it is no longer stored here, and the relay has deleted it, too.")


class OriginalPictures:
    """Finds originals in three places: the kept file, the posted message fetched anew, the relay."""

    def __init__(self, client: discord.Client, pictures: Pictures, deliveries: Deliveries) -> None:
        self._client = client
        self._pictures = pictures
        self._deliveries = deliveries

    async def key(self, job: Job) -> str:
        """Return the key of the job's original in the picture folder, fetched again if its file is lost.

        Raises:
            PictureError: it is nowhere to be found any more.
        """
        result = job.result
        if result is None or not (result.image_url or result.picture):
            raise PictureError(_("This job has no picture."))
        if result.picture is not None and await self._pictures.has(result.picture):
            return result.picture
        for address in (await self._posted_address(job), result.image_url):
            if not address:  # not posted; or it came as bytes
                continue
            try:
                return await self._deliveries.keep_original(job, address)
            except PictureError:
                logger.info("original not found there job_id=%s", job.id)
        raise PictureError(PICTURE_GONE)

    async def _posted_address(self, job: Job) -> str | None:
        """Read a fresh link to the posted picture; None if a smaller one was posted, or none can be read."""
        if job.result_message_id is None:
            return None
        try:
            message = await channel_of(self._client, job.place).fetch_message(job.result_message_id)
        except NETWORK_ERRORS as exc:
            logger.info("posted message not readable job_id=%s reason=%s", job.id, type(exc).__name__)
            return None
        named = zip(attached_names(message), message.attachments, strict=True)
        return next((file.url for name, file in named if name.startswith(f"easel-{job.id}.")), None)
