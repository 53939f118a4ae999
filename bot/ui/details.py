"""Seed, job id and pictures of a finished job; and taking its message away."""

import io
import logging

import discord

from bot.errors import PictureError, RelayError, UserError
from bot.jobs import policy
from bot.jobs.admission import check_is_kept
from bot.jobs.models import Actor, Job, JobStatus
from bot.language import _
from bot.relay.custom_ids import Family, parse
from bot.text import show
from bot.ui.cards import SPEED_WORDS
from bot.ui.desk import Desk
from bot.ui.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS
from bot.ui.posting import NOBODY

logger = logging.getLogger(__name__)

PROMPT_LIMIT = 1500


async def details_text(desk: Desk, job: Job, locale: str) -> str:
    """Prompt, job id, speed and seed; the seed may take tens of seconds. Source: midjourney-ux A.7.

    Raises:
        UserError: the picture was removed, and a copy of its message is all that is left.
    """
    check_is_kept(job)
    try:
        seed = await desk.service.seed(job) if job.task_id else ""
    except RelayError as exc:
        logger.info("seed not told job_id=%s reason=%s", job.id, exc)
        seed = ""
    unknown = _("the relay does not tell it").render(locale)
    lines = (
        f"**{show(job.prompt, PROMPT_LIMIT)}**",
        f"**Job ID**: {job.id}",
        f"**Mode**: {SPEED_WORDS[job.speed]}",
        f"**seed** {seed or unknown}",
    )
    return "\n".join(lines)


async def send_details(client: discord.Client, desk: Desk, job: Job, user_id: int) -> None:
    """Send the details and the pictures to a person's direct messages; a grid comes as four pictures too."""
    text = await details_text(desk, job, job.actor.locale)
    try:
        channel = await client.create_dm(discord.Object(user_id))
        await channel.send(text, files=await _pictures(desk, job), allowed_mentions=NOBODY)
    except NETWORK_ERRORS as exc:
        logger.info("details not sent job_id=%s reason=%s", job.id, type(exc).__name__)


async def _pictures(desk: Desk, job: Job) -> list[discord.File]:
    if job.result is None or not job.result.image_url or job.result.text:
        return []
    try:
        key = await desk.originals.key(job)
    except PictureError:
        return []
    upload = await desk.service.pictures.fit(key, min(job.place.upload_limit, DM_UPLOAD_LIMIT))
    files = [discord.File(io.BytesIO(upload.data), f"{job.id}.{upload.extension}")]
    if any(parse(button.custom_id).family is Family.PICK for button in job.result.buttons) and not key.endswith(".mp4"):
        cells = await desk.service.pictures.quarters(key)
        files += [discord.File(io.BytesIO(cell), f"{job.id}-{number}.png") for number, cell in enumerate(cells, 1)]
    return files


async def mark_removed(desk: Desk, job: Job, actor: Actor, message_id: int, *, manages_messages: bool) -> None:
    """Take a result away: its buttons refuse from now on, and /show does not know it any more.

    Who only manages messages takes away what stands there; a copy that was shown elsewhere ends nothing.

    Raises:
        UserError: not their job, or not finished.
    """
    policy.check_author(actor, job, manages_messages=manages_messages)
    if actor.id == job.actor.id or message_id == job.result_message_id:
        await desk.service.remove(job)


async def delete_message(client: discord.Client, channel_id: int, message_id: int) -> None:
    """Delete a message of ours.

    Raises:
        UserError: it cannot be deleted from here.
    """
    try:
        await client.get_partial_messageable(channel_id).get_partial_message(message_id).delete()
    except discord.NotFound:
        return
    except discord.Forbidden as exc:
        raise UserError(
            _("I may not delete messages here, so please delete it yourself; its buttons do nothing any more.")
        ) from exc


def is_over(job: Job) -> bool:
    """Whether a job is a finished result rather than one on its way."""
    return job.status in (JobStatus.DONE, JobStatus.REMOVED)
