"""Copies of finished results in their authors' direct messages, for those who want that."""

import logging

import discord

from bot.domain.job import Job, Place, Reach
from bot.jobs.auto_dm import AutoDm
from bot.jobs.original_addresses import OriginalAddresses
from bot.language import _
from bot.pictures.folder import Pictures
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY, message_link, nonce_of, open_link
from bot.ui.delivery.card_access import CardAccess
from bot.ui.delivery.channels import find_own_message, first_id_after
from bot.ui.delivery.fitting_results import send_fitting
from bot.ui.messages.result import ResultParts, result_parts, shows_result_of

logger = logging.getLogger(__name__)

CLOSED = _(
    "I couldn't send you a direct message, so your pictures stay where you ask for them. To get them by direct "
    "message, allow those of this server's members in Discord, and turn `/prefer auto_dm` on again."
)


class DirectCopies:
    """Sends each result once: who tries again searches for the first copy before."""

    def __init__(
        self,
        client: discord.Client,
        pictures: Pictures,
        cards: CardAccess,
        originals: OriginalAddresses,
        auto_dm: AutoDm,
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._cards = cards
        self._originals = originals
        self._auto_dm = auto_dm

    async def send(self, job: Job, attempt: int) -> None:
        """Send a posted result to its author, if that is wanted; tell them once where it cannot be.

        `attempt` is 0 only if it is certain that nothing was tried before.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: it may be sent or not; try again later.
        """
        if await self._auto_dm.wants(job):
            try:
                await self._send(job, attempt)
            except (discord.Forbidden, discord.NotFound) as exc:
                logger.info("no copy by direct message job_id=%s code=%d", job.id, exc.code)
                await self._auto_dm.close(job)
        if await self._auto_dm.is_to_be_told(job):
            await self._tell_closed(job)

    async def _send(self, job: Job, attempt: int) -> None:
        channel = await self._client.create_dm(discord.Object(job.actor.id))
        if attempt and await self._is_sent(job, channel):
            return
        place = Place(channel.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
        copy, link = job.with_(place=place), open_link(job.place, job.result_message_id)

        async def build(limit: int) -> ResultParts:
            return await result_parts(self._pictures, copy, limit, self._originals, note=link)

        async def send(parts: ResultParts, view: discord.ui.View) -> int:
            message = await channel.send(
                parts.content,
                embeds=parts.embeds,
                files=parts.files,
                view=view if self._auto_dm.has_buttons else discord.utils.MISSING,
                nonce=nonce_of(f"{job.id}:copy", place),
                allowed_mentions=NOBODY,
                suppress_embeds=True,
            )
            return message.id

        await send_fitting(copy, DM_UPLOAD_LIMIT, build, send)

    async def _is_sent(self, job: Job, channel: discord.DMChannel) -> bool:
        """Whether an earlier try arrived: a message with the result that leads to where it was posted."""
        address = message_link(job.place, job.result_message_id)

        def fits(message: discord.Message) -> bool:
            return address in message.content and shows_result_of(message, job.id)

        return await find_own_message(self._client, channel, first_id_after(job.created_at), fits) is not None

    async def _tell_closed(self, job: Job) -> None:
        """Tell it in private, which only a living interaction can; else the next job's does."""
        webhook = self._cards.webhook(job)
        if webhook is None or not await self._auto_dm.claim_telling(job):
            return
        try:
            await webhook.send(CLOSED.render(job.actor.locale), ephemeral=True, wait=True)
        except NETWORK_ERRORS as exc:
            logger.info("closed direct messages not told job_id=%s reason=%s", job.id, type(exc).__name__)
