"""Finished jobs shown once more, and the marks on their once-only buttons."""

import logging

import discord

from bot.domain.job import Actor, Job, JobStatus, Place
from bot.domain.server_rules import Flagged
from bot.errors import UserError
from bot.jobs import policy
from bot.services import Services
from bot.ui.components.client import Interaction
from bot.ui.components.guilds import Guilds
from bot.ui.components.interactions import NETWORK_ERRORS, actor_of, place_of
from bot.ui.components.job_buttons import result_view
from bot.ui.components.message_links import NOBODY
from bot.ui.delivery.channels import channel_of
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.known_jobs import find_job, where_is
from bot.ui.messages.result import ResultParts, result_parts

logger = logging.getLogger(__name__)


class ResultPosts:
    """Posts results again, and keeps posted ones up to date."""

    def __init__(self, client: discord.Client, services: Services, originals: OriginalPictures) -> None:
        self._client = client
        self._guilds = Guilds(client, services.clock)
        self._store = services.store
        self._pictures = services.pictures
        self._access = services.jobs.access
        self._flagged = services.jobs.flagged
        self._originals = originals
        self._addresses = services.original_addresses

    async def post_again(self, interaction: Interaction, job: Job, *, is_private: bool | None = None) -> None:
        """Answer with a finished job's message once more, its buttons live; what is private only where that is wanted.

        Args:
            interaction: the command or press, not yet answered.
            job: the finished job.
            is_private: whether whoever asked sees it alone; None = as it was made.

        Raises:
            PictureError: its picture is nowhere to be found any more.
        """
        actor, place = actor_of(interaction), await self._access.located(place_of(interaction))
        policy.check_may_see(actor, job)
        rule = self._flagged.rule_for(job, actor, place)
        hidden = rule is Flagged.RESTRICTED or (job.is_private if is_private is None else is_private)
        await interaction.response.defer(thinking=True, ephemeral=hidden)
        parts, view = await self._again(job, place.upload_limit, actor.id, is_spoiler=rule is Flagged.SPOILER)
        await interaction.edit_original_response(
            content=parts.content, embeds=parts.embeds, attachments=parts.files, view=view
        )

    async def post_in(self, place: Place, job: Job, *, reader: Actor) -> int:
        """Post a finished job's message once more by the bot itself, covered where a rule says so; returns its id.

        Args:
            place: where.
            job: what.
            reader: the member who asks for it.

        Raises:
            PictureError: its picture is nowhere to be found any more.
            discord.HTTPException, aiohttp.ClientError, TimeoutError: as sending does.
        """
        is_spoiler = self._flagged.rule_for(job, reader, place) is Flagged.SPOILER
        parts, view = await self._again(job, await self._guilds.upload_limit(place), reader.id, is_spoiler=is_spoiler)
        message = await channel_of(self._client, place).send(
            parts.content, embeds=parts.embeds, files=parts.files, view=view, allowed_mentions=NOBODY
        )
        return message.id

    async def _again(
        self, job: Job, limit: int, reader: int, *, is_spoiler: bool = False
    ) -> tuple[ResultParts, discord.ui.View]:
        if job.result is not None and not job.result.text:
            await self._originals.key(job)  # found anew where the kept file is lost
            job = await find_job(self._store, job.id)
        shown = job.with_(is_spoiler=job.is_spoiler or is_spoiler)
        parts = await result_parts(self._pictures, shown, limit, self._addresses, of=reader)
        return parts, result_view(job, await self._store.used_keys(job.id))

    async def post_here(self, interaction: Interaction, job: Job, _key: int) -> None:
        """Post a finished job of one's own where this was pressed; raises as `post_again` does."""
        policy.check_author(actor_of(interaction), job)
        if job.status is not JobStatus.DONE:
            raise UserError(where_is(job))
        await self.post_again(interaction, job)

    async def mark_used(self, message: discord.Message | None, parent: Job, place: Place) -> None:
        """Show on the pressed message which once-only buttons are used; only a nicety, so it may fail."""
        if message is None or not place.may_post or message.flags.ephemeral:
            return
        try:
            used = await self._store.used_keys(parent.id)
            await message.edit(view=result_view(parent, used))
        except NETWORK_ERRORS as exc:
            logger.info("used mark not shown job_id=%s reason=%s", parent.id, type(exc).__name__)
