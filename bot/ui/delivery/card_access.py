"""Access to a job's card: edit, delete or find it, by the interaction's token or by the bot's own."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime

import discord

from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.job import Job, Reach
from bot.ui.components.interactions import webhook_of
from bot.ui.components.job_buttons import job_id_of
from bot.ui.components.message_links import NOBODY
from bot.ui.delivery.channels import channel_of, find_own_message, first_id_after

logger = logging.getLogger(__name__)

DEAD_TOKEN_CODES = (10015, 10062, 50027)  # unknown webhook, unknown interaction, invalid webhook token
UNKNOWN_MESSAGE_CODE = 10008


class CardAccess:
    """Edits and deletes cards: with the interaction's token while it lives, else with the bot's own.

    Only the interaction's token reaches a private card, and any where the bot is installed for the user alone.
    """

    def __init__(self, client: discord.Client, cipher: TokenCipher, clock: Clock) -> None:
        self._client = client
        self._cipher = cipher
        self._clock = clock

    def webhook(self, job: Job) -> discord.Webhook | None:
        """Open the job's interaction token; None when it is dead, lost, or there is none."""
        return webhook_of(self._client, job.token, self._cipher, self._clock)

    async def edit(
        self, job: Job, content: str, view: discord.ui.View | None, files: list[discord.File] | None
    ) -> None:
        """Change a card: with an empty list of files it keeps what it has, with None it loses them.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: as editing does.
        """
        attachments, card_id = [] if files is None else files or discord.utils.MISSING, job.card_id
        if card_id is None:
            return

        async def by_token(webhook: discord.Webhook) -> None:
            await webhook.edit_message(
                card_id,
                content=content,
                view=view,
                attachments=attachments,
                allowed_mentions=NOBODY,
            )

        async def by_bot(card: discord.PartialMessage) -> None:
            for file in files or ():
                file.reset()  # a dead token may have read it
            await card.edit(content=content, view=view, attachments=attachments, allowed_mentions=NOBODY)

        await self._reach(job, card_id, by_token, by_bot)

    async def remove(self, job: Job) -> None:
        """Delete a card, unless it has become the result. One that is gone or out of reach is left.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: as deleting does, but for 403 and 404.
        """
        card_id = job.card_id
        if card_id is None or card_id == job.result_message_id:
            return

        async def by_token(webhook: discord.Webhook) -> None:
            await webhook.delete_message(card_id)

        async def by_bot(card: discord.PartialMessage) -> None:
            await card.delete()

        try:
            await self._reach(job, card_id, by_token, by_bot)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("card not removed job_id=%s code=%d", job.id, exc.code)

    async def find_lost(self, job: Job, *, until: datetime | None) -> int | None:
        """Find the card that Discord may show although its id never reached us.

        It is the interaction's first answer, or stands in the channel's history.

        Raises:
            discord.HTTPException, aiohttp.ClientError, TimeoutError: as reading does; a dead token, an unknown message
                and a channel that is gone or not readable are none.
        """
        if webhook := self.webhook(job):
            try:
                answer = await webhook.fetch_message("@original")  # type: ignore[arg-type]  # Discord takes the word for an id
            except discord.HTTPException as exc:
                if exc.code not in (*DEAD_TOKEN_CODES, UNKNOWN_MESSAGE_CODE):
                    raise
            else:
                if job_id_of(answer) == job.id:
                    return answer.id
        if not _is_within_reach(job):
            return None
        channel, since = channel_of(self._client, job.place), first_id_after(job.created_at)
        try:
            return await find_own_message(
                self._client, channel, since, lambda message: job_id_of(message) == job.id, until=until
            )
        except (discord.Forbidden, discord.NotFound):
            logger.info("history not readable job_id=%s", job.id)
        return None

    async def _reach(
        self,
        job: Job,
        card_id: int,
        by_token: Callable[[discord.Webhook], Awaitable[None]],
        by_bot: Callable[[discord.PartialMessage], Awaitable[None]],
    ) -> None:
        """Do something to the card by its token; by the bot's own where that one is dead, as Discord may know first."""
        webhook = self.webhook(job)
        if webhook is not None:
            try:
                await by_token(webhook)
            except discord.HTTPException as exc:
                if exc.code not in DEAD_TOKEN_CODES:
                    raise
                logger.info("token died early job_id=%s code=%d", job.id, exc.code)
            else:
                return
        if _is_within_reach(job):
            await by_bot(channel_of(self._client, job.place).get_partial_message(card_id))


def _is_within_reach(job: Job) -> bool:
    """Whether the bot's own token reaches a card: not where it is a guest, nor what one person alone sees."""
    return job.place.reach is not Reach.USER_INSTALL and not job.is_ephemeral
