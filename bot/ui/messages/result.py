"""The message of a finished job: its line, its embed, its files."""

import io
import logging
from collections.abc import Collection
from dataclasses import dataclass

import discord

from bot.domain.addresses import is_open_to_all
from bot.domain.job import Job
from bot.domain.requests import Action, Describe
from bot.errors import PictureError
from bot.language import _
from bot.pictures.fitting import is_film
from bot.pictures.folder import Pictures
from bot.text import escape_inline, one_line
from bot.ui.components.job_buttons import job_id_of, offers_follow_ups
from bot.ui.text import job_lines
from bot.ui.text.describe_text import KEYCAPS, parse_describe_text

logger = logging.getLogger(__name__)

ALT_TEXT_LIMIT = 1024
FILES_LIMIT = 10  # of one message
REQUEST_LIMIT = 24 * 1024 * 1024  # bytes of all files of one message; Discord takes 25 MiB with everything around them
LINK_LIMIT = 1000  # characters of an address in a note, so that something of the prompt stays beside it
# Characters in an embed, which holds 4,096; the whole of a prompt stands in its modal.
READING_LIMIT, ANALYSIS_LIMIT = 480, 1500


@dataclass(frozen=True, slots=True)
class ResultParts:
    """The contents of a result's message, without its buttons."""

    content: str
    embeds: list[discord.Embed]
    files: list[discord.File]


async def result_parts(
    pictures: Pictures, job: Job, limit: int, *, of: int | None = None, nearby: Collection[str] = ()
) -> ResultParts:
    """Build the contents of a finished job's message; files have at most `limit` bytes each.

    `of` is the member who asks to see it once more; None for a result on its way. `nearby` are origins that members
    can open although they are not of the public web.
    """
    files = await _files(pictures, job, limit, of)
    return ResultParts(_content(job, files, nearby), _embeds(job, files), files)


def shows_result_of(message: discord.Message, job_id: str) -> bool:
    """Whether a message of the bot's shows this job's result, rather than its running card."""
    if any(file.filename.startswith(f"easel-{job_id}") for file in message.attachments):
        return True
    # Files inside embeds are no attachments, and some results have no file: their buttons tell.
    return offers_follow_ups(message, job_id) or (bool(message.embeds) and job_id_of(message) == job_id)


def alt_text(job: Job) -> str:
    """Build a picture's description, for those who do not see it."""
    return one_line(job.prompt)[:ALT_TEXT_LIMIT]


async def _files(pictures: Pictures, job: Job, limit: int, of: int | None) -> list[discord.File]:
    """Read the pictures to attach: originals if they fit, else smaller; for describe the picture described."""
    if job.result is None:
        return []
    keys = [job.result.picture, *(image.picture for image in job.result.more)]
    if job.result.text and job.request.pictures:
        keys = [job.request.pictures[0]]
    keys = keys[:FILES_LIMIT]
    each = min(limit, REQUEST_LIMIT // len(keys))
    files = []
    for number, key in enumerate(keys, start=1):
        try:
            upload = await pictures.fit(key, each, of=of) if key is not None else None
        except PictureError as exc:
            logger.warning("picture not attached job_id=%s number=%d reason=%s", job.id, number, exc)
            upload = None
        if upload is not None:
            ending = f"{'' if upload.is_original else '-small'}.{upload.extension}"
            name = f"easel-{job.id}{f'-{number}' if number > 1 else ''}{ending}"
            files.append(discord.File(io.BytesIO(upload.data), name, description=alt_text(job) or None))
    return files


def _content(job: Job, files: list[discord.File], nearby: Collection[str]) -> str:
    """Build the line of a result, with a note where a picture is smaller than the original or missing."""
    locale, note = job.actor.locale, None
    url = job.result.image_url if job.result else ""
    link = url if len(url) <= LINK_LIMIT and (is_open_to_all(url) or _is_at(url, nearby)) else ""
    if any("-small." in (file.filename or "") for file in files) and url:
        linked = _("Made smaller to fit here. [Original](<{url}>)", url=link)
        note = linked if link else _("Made smaller to fit here.")
    elif _lacks_film(job, len(files)):
        linked = _("A film is too large for this place. [Watch it at the relay](<{url}>)", url=link)
        note = linked if link else _("A film is too large for this place.")
    elif not files and not (job.result and job.result.text):
        linked = _("The picture could not be attached. [Look at the relay](<{url}>)", url=link)
        gone = _("The picture is gone: it is not kept any more, and the relay has dropped it too.")
        note = linked if link else _("The picture could not be attached.") if url else gone
    if note is None and isinstance(job.request, Action) and job.request.original:
        note = _("Taken out of the grid, at no further charge.")
    if note is None and job.is_unasked:
        note = _("Your relay took no other prompt: this was painted from the picture's own.")
    return job_lines.result_line(job, note.render(locale) if note else "")


def _lacks_film(job: Job, attached: int) -> bool:
    """Tell whether a film is kept, and does not stand in the message."""
    keys = [job.result.picture, *(image.picture for image in job.result.more)] if job.result else []
    return attached < len(keys) and any(key is not None and is_film(key) for key in keys)


def _is_at(url: str, origins: Collection[str]) -> bool:
    return any(url.startswith(f"{origin}/") for origin in origins)


def _embeds(job: Job, files: list[discord.File]) -> list[discord.Embed]:
    """Build the embed of describe and shorten, in the official form. Source: docs/look.md 4."""
    if job.result is None or not job.result.text:
        return []
    reading = parse_describe_text(job.result.text)
    numbered = "\n\n".join(
        f"{keycap} {escape_inline(prompt, READING_LIMIT)}"
        for keycap, prompt in zip(KEYCAPS, reading.prompts, strict=False)
    )
    # What cannot be read is shown as it came: it was paid for.
    embed = discord.Embed(description=numbered or escape_inline(reading.analysis, ANALYSIS_LIMIT))
    if reading.analysis and not isinstance(job.request, Describe):
        heading = _("Shortened prompts").render(job.actor.locale)
        shortened = f"\n\n**{heading}**\n{numbered}" if numbered else ""
        embed.description = f"{reading.analysis[:ANALYSIS_LIMIT]}{shortened}"
        if numbered:
            hint = _("Click on a button to imagine one of the shortened prompts!")
            embed.set_footer(text=hint.render(job.actor.locale))
    elif files:
        embed.set_image(url=f"attachment://{files[0].filename}")
    return [embed]
