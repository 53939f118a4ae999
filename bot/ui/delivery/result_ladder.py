"""Where a result goes: a channel message, else its job's card, else a direct message, else nowhere."""

import logging

import discord

from bot.domain.job import Job, Place, Reach
from bot.domain.outcomes import Delivery, NoPlace, Posted
from bot.jobs.original_addresses import OriginalAddresses
from bot.language import _
from bot.pictures.folder import Pictures
from bot.ui.components.guilds import Guilds
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY, nonce, open_link, ping_only, reply_reference
from bot.ui.delivery.card_access import DEAD_TOKEN_CODES, CardAccess
from bot.ui.delivery.card_editor import CardEditor
from bot.ui.delivery.channels import NO_HISTORY_CODE, channel_of, find_own_message, first_id_after
from bot.ui.delivery.fitting_results import Send, send_fitting
from bot.ui.messages.result import ResultParts, result_parts, shows_result_of

logger = logging.getLogger(__name__)


class _NotPossibleError(Exception):
    """This way of delivering is not possible; try the next."""


class ResultLadder:
    """Posts each result once, in the best place there is.

    In this order: a new channel message by the bot's own token, where the bot may post; the card becomes the result,
    while an interaction token lives; a direct message; nowhere. What a rule keeps from its place comes directly alone.
    """

    def __init__(
        self,
        client: discord.Client,
        pictures: Pictures,
        cards: CardAccess,
        editor: CardEditor,
        originals: OriginalAddresses,
        guilds: Guilds,
    ) -> None:
        self._client = client
        self._pictures = pictures
        self._cards = cards
        self._editor = editor
        self._originals = originals
        self._guilds = guilds

    async def post(self, job: Job, attempt: int) -> Delivery:
        """Post a result; `attempt` is 0 only if it is certain that nothing was tried before.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: it may be posted or not; try again later.
        """
        self._editor.drop_progress(job.id)
        ways = (self._as_channel_message, self._as_card, self._as_direct_message)
        is_diverted = job.result is not None and job.result.is_diverted
        for deliver in ways[-1:] if is_diverted else ways:
            try:
                return await deliver(job, attempt)
            except _NotPossibleError as exc:
                logger.info("no delivery job_id=%s way=%s reason=%s", job.id, deliver.__name__.removeprefix("_"), exc)
        return NoPlace()

    # A message of the bot's own.

    async def _as_channel_message(self, job: Job, attempt: int) -> Delivery:
        if not job.place.may_post:
            raise _NotPossibleError("not allowed to post here")
        channel = channel_of(self._client, job.place)
        try:
            return await self._send(job, channel, attempt, is_reply=True)
        except discord.HTTPException as exc:
            if exc.code != NO_HISTORY_CODE:
                raise
        return await self._send(job, channel, attempt, is_reply=False)

    async def _as_direct_message(self, job: Job, attempt: int) -> Delivery:
        try:
            channel = await self._client.create_dm(discord.Object(job.actor.id))
        except (discord.Forbidden, discord.NotFound) as exc:
            raise _NotPossibleError("no direct messages") from exc
        place = Place(channel.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
        delivery = await self._send(job.with_(place=place), channel, attempt, is_reply=False)
        await self._cards.remove(job)  # while it is known where the card stands
        return Posted(delivery.message_id, place)

    async def _send(self, job: Job, channel: discord.abc.Messageable, attempt: int, *, is_reply: bool) -> Posted:
        try:
            if attempt and (found := await self._find_posted(job, channel)):
                return Posted(found)

            # Of a group's results only the last word pings.
            pinged = NOBODY if job.group_id else ping_only(job.actor)

            async def send(parts: ResultParts, view: discord.ui.View) -> int:
                message = await channel.send(
                    parts.content,
                    embeds=parts.embeds,
                    files=parts.files,
                    view=view,
                    reference=reply_reference(job) if is_reply else None,  # type: ignore[arg-type]  # None means none here as well
                    nonce=nonce(job),
                    allowed_mentions=pinged,
                    suppress_embeds=not parts.embeds,
                )
                return message.id

            return Posted(await self._send_fitting(job, send))
        except (discord.Forbidden, discord.NotFound) as exc:
            raise _NotPossibleError(f"HTTP {exc.status} code {exc.code}") from exc

    async def _find_posted(self, job: Job, channel: discord.abc.Messageable) -> int | None:
        """Find the message of an earlier try in history, by its file's name or its buttons."""
        # From its beginning: after a restore it may have been taken up, and got another card, long after it was posted.
        since = first_id_after(job.created_at)
        try:
            return await find_own_message(
                self._client, channel, since, lambda message: shows_result_of(message, job.id)
            )
        except discord.Forbidden:
            logger.info("history not readable job_id=%s", job.id)  # the nonce still guards some minutes
        return None

    # The card becomes the result.

    async def _as_card(self, job: Job, attempt: int) -> Delivery:
        card_id = job.card_id
        if card_id is not None and attempt and await self._is_result(job, card_id):
            return Posted(card_id)
        if card_id is None or not (webhook := self._cards.webhook(job)):
            raise _NotPossibleError("no living interaction token")

        async def edit(parts: ResultParts, view: discord.ui.View) -> int:
            async def show_result() -> None:
                await webhook.edit_message(
                    card_id,
                    content=parts.content,
                    embeds=parts.embeds,
                    attachments=parts.files,
                    view=view,
                    allowed_mentions=NOBODY,
                )

            await self._editor.finish(job.id, show_result)
            return card_id

        try:
            posted = Posted(await self._send_fitting(job, edit))
        except discord.HTTPException as exc:
            if exc.code in DEAD_TOKEN_CODES or exc.status in (401, 403, 404):
                raise _NotPossibleError(f"HTTP {exc.status} code {exc.code}") from exc
            raise
        await self._ping(job, webhook)
        return posted

    async def _is_result(self, job: Job, card_id: int) -> bool:
        """Whether an earlier try made the card the result; its token may be dead: the bot looks by its own."""
        if job.place.reach is Reach.USER_INSTALL or job.is_ephemeral:
            return False
        try:
            card = await channel_of(self._client, job.place).fetch_message(card_id)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("card not looked at job_id=%s code=%d", job.id, exc.code)
            return False
        return shows_result_of(card, job.id)

    async def _ping(self, job: Job, webhook: discord.Webhook) -> None:
        """Send the author a line, as an edit pings nobody; it may be lost, the picture is there."""
        link = open_link(job.place, job.card_id)
        text = _("{mention} Your picture is ready: {link}", mention=f"<@{job.actor.id}>", link=link)
        try:
            await webhook.send(
                text.render(job.actor.locale),
                allowed_mentions=ping_only(job.actor),
                ephemeral=job.is_ephemeral,
                wait=True,
            )
        except NETWORK_ERRORS as exc:
            logger.info("ping lost job_id=%s reason=%s", job.id, type(exc).__name__)

    async def _send_fitting(self, job: Job, send: Send) -> int:
        async def build(limit: int) -> ResultParts:
            return await result_parts(self._pictures, job, limit, self._originals)

        return await send_fitting(job, await self._guilds.upload_limit(job.place), build, send)
