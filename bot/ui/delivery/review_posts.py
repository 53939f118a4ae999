"""Shows results that wait for a moderator in their server's review channel, and what was decided about them."""

import logging
from datetime import datetime, timedelta

import discord

from bot.clock import Clock, wait_at_most
from bot.domain.job import Job, Place, Reach
from bot.domain.review import Review
from bot.errors import VaultError
from bot.jobs.reviews import Reviews
from bot.pictures.folder import Pictures
from bot.services import Services
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY, nonce_of
from bot.ui.components.review_buttons import asks_about, review_view
from bot.ui.delivery.channels import belongs, find_own_message, first_id_after
from bot.ui.messages.review import outcome_line, review_parts

logger = logging.getLogger(__name__)

PAUSE_S = 10.0  # real seconds between two looks, if nothing changes here
# After that whoever was bringing a message up to date has given up: simulated seconds, but never less than real ones.
ABANDONED_S, ABANDONED_REAL_S = 120.0, 10.0


class ReviewPosts:
    """Posts, edits and takes away. The database says what is to be done; two processes never post the same."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._reviews: Reviews = services.jobs.reviews
        self._is_restored = services.jobs.live.deliveries.is_restored
        self._store = services.store
        self._pictures: Pictures = services.pictures
        self._clock: Clock = services.clock

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            self._reviews.changed.clear()
            try:
                await self.keep_once()
            except Exception:  # what is not shown now is decided when its time is over
                logger.exception("reviews not kept")
            await wait_at_most(self._reviews.changed, PAUSE_S)

    async def keep_once(self) -> None:
        """Decide what nobody looked at in time, and bring every message up to date."""
        await self._reviews.decide_overdue()
        abandoned = timedelta(seconds=max(self._clock.real(ABANDONED_S), ABANDONED_REAL_S))
        for review in await self._store.reviews.unsettled(self._clock.now() - abandoned):
            if (claimed := await self._store.reviews.claim(review, self._clock.now())) is not None:
                await self._bring_up(claimed, is_first=review.claimed_at is None)
        for review in await self._store.reviews.outlived():
            await self._take_down(review)

    async def _bring_up(self, review: Review, *, is_first: bool) -> None:
        """Show a result, or what was decided; what cannot be reached now is tried again later."""
        job = await self._store.get(review.job_id)
        try:
            if review.decision is not None:
                await self._tell_decision(review, job)
            elif job is not None:
                await self._ask(review, job, is_first=is_first)
        except (*NETWORK_ERRORS, VaultError) as exc:  # it may stand there all the same: looked for before it is posted
            logger.info("review not shown yet job_id=%s reason=%s", review.job_id, type(exc).__name__)

    async def _ask(self, review: Review, job: Job, *, is_first: bool) -> None:
        try:
            is_new = is_first and not self._is_restored(job)
            message_id = None if is_new else await self._find(review, job.created_at)
            if message_id is None:
                message_id = await self._post(review, job)
        except (discord.Forbidden, discord.NotFound) as exc:
            logger.warning("review channel not reached job_id=%s code=%d", job.id, exc.code)
            message_id = None
        await self._reviews.note_reach(review, is_lost=message_id is None)
        await self._store.reviews.settle(review, message_id)

    async def _post(self, review: Review, job: Job) -> int | None:
        if review.channel_id is None or not await belongs(self._client, review.channel_id, review.guild_id):
            return None
        place = Place(review.channel_id, review.guild_id, Reach.GUILD, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
        parts = await review_parts(self._pictures, job, review, place.upload_limit)
        channel = self._client.get_partial_messageable(review.channel_id, guild_id=review.guild_id)
        message = await channel.send(
            parts.content,
            embeds=parts.embeds,
            files=parts.files,
            view=review_view(job.id, job.public_locale),
            nonce=nonce_of(f"{job.id}:review", place),
            allowed_mentions=NOBODY,
            suppress_embeds=not parts.embeds,
        )
        return message.id

    async def _tell_decision(self, review: Review, job: Job | None) -> None:
        """Leave of a result nothing but what was decided; of one that was rejected nothing anywhere."""
        if job is not None:
            await self._reviews.delete_rejected(job)
        message_id = review.message_id or await self._lost(review)
        if message_id is not None and review.channel_id is not None:
            message = self._client.get_partial_messageable(review.channel_id).get_partial_message(message_id)
            try:
                await message.edit(
                    content=outcome_line(review, job),
                    embeds=[],
                    attachments=[],
                    view=None,
                    allowed_mentions=NOBODY,
                )
            except (discord.Forbidden, discord.NotFound) as exc:
                logger.info("decision not shown job_id=%s code=%d", review.job_id, exc.code)
        await self._store.reviews.settle(review, message_id)

    async def _take_down(self, review: Review) -> None:
        """Delete what asks about a job that is gone."""
        try:
            message_id = review.message_id or await self._lost(review)
            if message_id is not None and review.channel_id is not None:
                channel = self._client.get_partial_messageable(review.channel_id)
                await channel.get_partial_message(message_id).delete()
        except (discord.Forbidden, discord.NotFound) as exc:
            logger.info("review not taken down job_id=%s code=%d", review.job_id, exc.code)
        except NETWORK_ERRORS:
            return  # at the next look
        await self._store.reviews.forget(review.job_id)

    async def _lost(self, review: Review) -> int | None:
        """Find a message whose id never reached us; None where there is none, or it cannot be looked for."""
        try:
            return await self._find(review, review.asked_at)
        except (discord.Forbidden, discord.NotFound):
            return None

    async def _find(self, review: Review, after: datetime) -> int | None:
        if review.channel_id is None:
            return None
        channel = self._client.get_partial_messageable(review.channel_id)
        since = first_id_after(after)
        return await find_own_message(self._client, channel, since, lambda message: asks_about(message, review.job_id))
