"""Send the cards that are no interaction's first answer: by the bot's own token, and as follow-ups."""

import discord

from bot.domain.job import Job
from bot.jobs.intake import Intake, Prepare
from bot.ui.components.job_buttons import running_view
from bot.ui.components.message_links import NOBODY
from bot.ui.text import job_lines


async def post_card(
    intake: Intake,
    channel: discord.abc.Messageable,
    job: Job,
    reference: discord.MessageReference | None,
    left: int | None = None,
    prepare: Prepare | None = None,
) -> int:
    """Post a job's card and let the job run, its pictures made ready; returns the card's id.

    `left` is what its author may still spend.

    Raises:
        discord.HTTPException, aiohttp.ClientError, TimeoutError: as sending does; the job does not run, and the caller
            withdraws it or posts its card elsewhere.
    """
    card = await channel.send(
        job_lines.first_line(job, left),
        view=running_view(job),
        reference=reference,  # type: ignore[arg-type]  # None means none here as well
        allowed_mentions=NOBODY,
        suppress_embeds=True,
    )
    await intake.card_shown(job, card.id, prepare)
    return card.id


async def follow_up_card(webhook: discord.Webhook, job: Job, left: int | None = None) -> int:
    """Send a job's card by an interaction's token; returns the card's id. `left` is what its author may still spend.

    Raises:
        discord.HTTPException, aiohttp.ClientError, TimeoutError: as sending does.
    """
    card = await webhook.send(
        job_lines.first_line(job, left),
        view=running_view(job),
        allowed_mentions=NOBODY,
        suppress_embeds=True,
        ephemeral=job.is_ephemeral,
        wait=True,
    )
    return card.id
