"""Walls: a result that enough members starred is posted once in the channel that its server chose, and goes with it."""

import io
import logging
from datetime import timedelta

import discord

from bot.clock import Clock, wait_at_most
from bot.domain.job import Job, Place, Reach
from bot.errors import PictureError
from bot.jobs.stars import Stars
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.services import Services
from bot.storage.walls import WallPost
from bot.text import escape_inline
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY, message_link, nonce_of
from bot.ui.components.message_parts import file_names
from bot.ui.delivery.channels import find_own_message, first_id_after
from bot.ui.text.alt_text import alt_text
from bot.ui.text.job_titles import job_name

logger = logging.getLogger(__name__)

PAUSE_S = 60.0  # real seconds between two looks, if nobody stars anything
ABANDONED_S = 120.0  # after which whoever was posting has given up
PROMPT_LIMIT = 300


class Walls:
    """Posts on walls and takes down. The database says what is where; two processes never post the same."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._client = client
        self._store = services.store
        self._walls = services.store.walls
        self._stars: Stars = services.jobs.stars
        self._is_restored = services.jobs.live.deliveries.is_restored
        self._pictures: Pictures = services.pictures
        self._clock: Clock = services.clock

    async def run(self) -> None:
        """Work until cancelled."""
        among: frozenset[str] | None = None
        while True:
            try:
                await self.keep_once(among)
            except Exception:  # a wall is never worth the process
                logger.exception("walls not kept")
            await wait_at_most(self._stars.changed, PAUSE_S)
            was_told, among = self._stars.changed.is_set(), self._stars.take_changed()
            if not was_told:
                among = None

    async def keep_once(self, among: frozenset[str] | None = None) -> None:
        """Post what deserves it, bring to an end what was left half done, and take down what outlived its job.

        `among` are the jobs whose stars changed; None for all.
        """
        for job_id, count, wall in await self._walls.deserving(among) if among is None or among else ():
            job, now = await self._store.get(job_id), self._clock.now()
            if job is None or not await self._walls.claim(job, wall.channel_id, now):
                continue
            if self._is_restored(job):
                await self._finish(WallPost(job.id, wall.channel_id, None, now))
            else:
                await self._post(job, count, wall.channel_id)
        for post in await self._walls.unsettled(self._clock.now() - timedelta(seconds=ABANDONED_S)):
            if await self._walls.claim_again(post, self._clock.now()):
                await self._finish(post)
        while posts := await self._walls.outlived():
            if not any([await self._take_down(post) for post in posts]):
                break  # at the next look

    async def _post(self, job: Job, count: int, channel_id: int) -> None:
        """Post a claimed job; where it cannot stand there, it is never tried again."""
        place = Place(channel_id, job.place.guild_id, Reach.GUILD, may_post=True, upload_limit=DM_UPLOAD_LIMIT)
        try:
            if not await self._may_stand(job, channel_id):
                await self._walls.settle(job.id, None)
                return
            channel = self._client.get_partial_messageable(channel_id, guild_id=place.guild_id)
            message = await channel.send(
                wall_line(job, count),
                file=await self._file(job, place.upload_limit),
                allowed_mentions=NOBODY,
                suppress_embeds=True,
                nonce=nonce_of(f"{job.id}:wall", place),
            )
        except (discord.Forbidden, discord.NotFound, PictureError) as exc:
            logger.warning("not shown on the wall job_id=%s reason=%s", job.id, type(exc).__name__)
            await self._walls.settle(job.id, None)
        except NETWORK_ERRORS as exc:  # it may stand there all the same: looked for before it is posted again
            logger.info("not shown on the wall yet job_id=%s reason=%s", job.id, type(exc).__name__)
        else:
            await self._walls.settle(job.id, message.id)

    async def _may_stand(self, job: Job, channel_id: int) -> bool:
        """Whether everybody who sees the wall may see where the result stands, and what is for adults stays there."""
        source, wall = [await self._client.fetch_channel(one) for one in (job.place.channel_id, channel_id)]
        parent = await self._client.fetch_channel(source.parent_id) if isinstance(source, discord.Thread) else source
        if isinstance(source, discord.Thread) and source.is_private():
            return False
        if not isinstance(parent, discord.abc.GuildChannel) or not isinstance(wall, discord.abc.GuildChannel):
            return False
        is_for_adults = getattr(parent, "nsfw", False) and not getattr(wall, "nsfw", False)
        return not is_for_adults and (parent.id == wall.id or not _is_hidden(parent))

    async def _file(self, job: Job, limit: int) -> discord.File:
        """Read the first picture of a job.

        Raises:
            PictureError: it has none, or it is not kept any more.
        """
        if job.result is None or job.result.picture is None or job.result.text:
            raise PictureError(_("This job has no picture."))
        upload = await self._pictures.fit(job.result.picture, limit, origin=origin_of(job.request))
        name = f"wall-{job.id}.{upload.extension}"
        return discord.File(io.BytesIO(upload.data), name, spoiler=job.is_spoiler, description=alt_text(job) or None)

    async def _finish(self, post: WallPost) -> None:
        """Find what was being posted when a process ended, or has stood there since a backup, or post it now."""
        job = await self._store.get(post.job_id)
        # Who claimed it last may not have been the first, who may have posted it.
        since = post.claimed_at if job is None else job.created_at
        channel = self._client.get_partial_messageable(post.channel_id)
        name = f"wall-{post.job_id}."
        try:
            found = await find_own_message(
                self._client,
                channel,
                first_id_after(since),
                lambda message: any(file.startswith(name) for file in file_names(message)),
            )
        except (discord.Forbidden, discord.NotFound):  # nobody can say whether it stands there
            await self._walls.settle(post.job_id, None)
            return
        except NETWORK_ERRORS:
            return
        if found is not None or job is None:
            await self._walls.settle(post.job_id, found)
            return
        await self._post(job, await self._store.library.stars_of(job.id), post.channel_id)

    async def _take_down(self, post: WallPost) -> bool:
        """Delete a post; False where Discord could not be asked."""
        if post.message_id is not None:
            channel = self._client.get_partial_messageable(post.channel_id)
            try:
                await channel.get_partial_message(post.message_id).delete()
            except (discord.NotFound, discord.Forbidden) as exc:  # gone, or nobody here can do it any more
                logger.info("not taken from the wall job_id=%s reason=%s", post.job_id, type(exc).__name__)
            except NETWORK_ERRORS:
                return False
        await self._walls.forget(post.job_id)
        return True


def wall_line(job: Job, count: int) -> str:
    """`⭐ 5 · **prompt** - @author · [Open](...)`: for everybody, in the server's language."""
    link = message_link(job.place, job.result_message_id)
    name = escape_inline(job_name(job), PROMPT_LIMIT)
    return f"⭐ {count} · **{name}** - <@{job.actor.id}> · [{_('Open').render(job.public_locale)}]({link})"


def _is_hidden(channel: discord.abc.GuildChannel) -> bool:
    """Whether a channel is closed to those without a role; asked of its own rules alone, since no server is kept."""
    of_everybody = (rule for target, rule in channel.overwrites.items() if target.id == channel.guild.id)
    return any(rule.view_channel is False for rule in of_everybody)
