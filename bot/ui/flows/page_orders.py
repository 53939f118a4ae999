"""What is ordered on a page in the browser: how its text is read, and where its card stands."""

import asyncio
import logging
from dataclasses import replace

import discord

from bot.domain.job import Actor, Job, Place, Reach
from bot.errors import UserError
from bot.jobs.intake import Prepare
from bot.language import Sentence
from bot.prompts import Report, read
from bot.services import Services
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, UNREACHABLE, webhook_of
from bot.ui.components.message_links import reply_reference
from bot.ui.messages.card_posts import follow_up_card, post_card
from bot.ui.text.prompt_review import doubts_text

logger = logging.getLogger(__name__)

PROMPT_LIMIT = 8000  # characters; over any prompt that a relay takes


class QuestionError(UserError):
    """A prompt that must be asked about before anything is spent; `fixed` is the best guess, "" where there is none."""

    def __init__(self, report: Report, locale: str) -> None:
        super().__init__(Sentence(doubts_text(report, locale)))
        self.fixed = report.fixed if report.fixed != report.prompt else ""


class PageOrders:
    """Reads texts as every other way in does, and shows the cards of admitted jobs."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._clock = services.clock
        self._cipher = services.cipher
        self._intake = services.jobs.intake
        self._preferences = services.preferences

    async def read(self, actor: Actor, prompt: str, *, is_as_typed: bool) -> str:
        """Read the prompt as every other, without its slips; the page begins with one that has the member's suffix.

        Raises:
            QuestionError: something is doubtful in it, and it is not to be taken as it was typed.
        """
        if is_as_typed or not prompt.strip():
            return prompt.strip()
        own = replace(await self._preferences.own(actor), suffix="", defaults="")
        report = await asyncio.to_thread(read, prompt.strip(), own, now=self._clock.now(), single=True)
        if report.doubts:
            raise QuestionError(report, actor.locale)
        return report.prompt

    async def show(self, job: Job, prepare: Prepare | None = None) -> Job:
        """Post the card in the job's place, else in a direct message, where the result will follow it.

        Args:
            job: admitted, with no card yet.
            prepare: how its pictures are made ready.

        Returns:
            The job as it stands in Discord now.

        Raises:
            UserError: Discord cannot be reached; the job is withdrawn.
        """
        try:
            try:
                card_id = await self._card_here(job, prepare)
            except discord.HTTPException as exc:
                if exc.status >= 500:
                    raise
                logger.info("no card in the channel job_id=%s code=%d", job.id, exc.code)
                card_id = None
            if card_id is None:
                direct = await self._client.create_dm(discord.Object(job.actor.id))
                place = Place(direct.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
                job = await self._intake.move_to(job, place)
                card_id = await post_card(self._intake, direct, job, None, prepare=prepare)
        except NETWORK_ERRORS as exc:
            await self._intake.withdraw(job)
            raise UserError(UNREACHABLE) from exc
        return job.with_(card_id=card_id)

    async def _card_here(self, job: Job, prepare: Prepare | None) -> int | None:
        """Post the card by the bot itself, or else by the press's token; None where neither is possible."""
        if job.place.may_post:
            channel = self._client.get_partial_messageable(job.place.channel_id, guild_id=job.place.guild_id)
            return await post_card(self._intake, channel, job, reply_reference(job), prepare=prepare)
        webhook = webhook_of(self._client, job.token, self._cipher, self._clock)
        if webhook is None:
            return None
        card_id = await follow_up_card(webhook, job)
        await self._intake.card_shown(job, card_id, prepare)
        return card_id
