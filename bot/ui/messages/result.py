"""The message of a finished job: its line, its embed, its files."""

import io
import logging
from dataclasses import dataclass

import discord

from bot.domain.job import Job
from bot.domain.requests import Action, Describe
from bot.domain.upload_limits import FILES_LIMIT, limit_of_each
from bot.errors import PictureError, VaultError
from bot.jobs.original_addresses import OriginalAddresses
from bot.language import Sentence, _
from bot.pictures.fitting import is_film
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.text import escape_inline
from bot.ui.components.job_buttons import job_id_of, offers_follow_ups
from bot.ui.components.message_parts import attached_names
from bot.ui.text import job_lines
from bot.ui.text.alt_text import alt_text
from bot.ui.text.describe_text import KEYCAPS, parse_describe_text

logger = logging.getLogger(__name__)

DIVERTED = _(
    "The engine flagged this as for adults. This server shows such pictures in age-restricted channels alone, so it "
    "comes to you."
)
LINKS_LIMIT = 1000  # characters of addresses in a note, so that something of the prompt stays beside them
# Characters in an embed, which holds 4,096; the whole of a prompt stands in its modal.
READING_LIMIT, ANALYSIS_LIMIT = 480, 1500


@dataclass(frozen=True, slots=True)
class ResultParts:
    """The contents of a result's message, without its buttons."""

    content: str
    embeds: list[discord.Embed]
    files: list[discord.File]


async def result_parts(
    pictures: Pictures,
    job: Job,
    limit: int,
    originals: OriginalAddresses,
    *,
    of: int | None = None,
    note: Sentence | None = None,
    name: str = "easel",
) -> ResultParts:
    """Build the contents of a finished job's message; files have at most `limit` bytes each.

    `of` is the member who asks to see it once more; None for a result on its way. A `note` stands behind all others.
    With another `name` its files are not taken for the result's.

    Raises:
        VaultError: nobody can get at the pictures now.
    """
    attached = await _attached(pictures, job, limit, of, name)
    files = [one.file for one in attached]
    return ResultParts(_content(job, attached, originals, note), _embeds(job, files), files)


def shows_result_of(message: discord.Message, job_id: str) -> bool:
    """Whether a message of the bot's shows this job's result, rather than its running card."""
    if any(name.startswith(f"easel-{job_id}") for name in attached_names(message)):
        return True
    # Files inside embeds are no attachments, and some results have no file: their buttons tell.
    return offers_follow_ups(message, job_id) or (bool(message.embeds) and job_id_of(message) == job_id)


@dataclass(frozen=True, slots=True)
class _Attached:
    """A file of a message, and which of the job's pictures and films it shows, counted from 0."""

    number: int
    file: discord.File
    is_original: bool


async def _attached(pictures: Pictures, job: Job, limit: int, of: int | None, named: str) -> list[_Attached]:
    """Read what is attached: originals if they fit, else smaller; for describe the picture described."""
    keys = _keys(job)
    each = limit_of_each(limit, len(keys))
    origin = None if _shows_input(job) else origin_of(job.request)
    attached = []
    for number, key in enumerate(keys):
        try:
            upload = await pictures.fit(key, each, of=of, origin=origin) if key is not None else None
        except VaultError:
            raise  # it comes back, and no result is posted without what was paid for
        except PictureError as exc:
            logger.warning("picture not attached job_id=%s number=%d reason=%s", job.id, number + 1, exc)
            upload = None
        if upload is not None:
            ending = f"{'' if upload.is_original else '-small'}.{upload.extension}"
            name = f"{named}-{job.id}{f'-{number + 1}' if number else ''}{ending}"
            described = alt_text(job, number) or None
            file = discord.File(io.BytesIO(upload.data), name, spoiler=job.is_spoiler, description=described)
            attached.append(_Attached(number, file, upload.is_original))
    return attached


def _keys(job: Job) -> list[str | None]:
    """The kept files that a message shows, as many as it holds."""
    if job.result is None:
        return []
    if _shows_input(job):
        return [job.request.pictures[0]]
    return [image.picture for image in job.result.images[:FILES_LIMIT]]


def _shows_input(job: Job) -> bool:
    """Whether a message shows the picture that was sent, since a text came of it."""
    return bool(job.result and job.result.text and job.request.pictures)


def _content(job: Job, attached: list[_Attached], originals: OriginalAddresses, last: Sentence | None) -> str:
    """Build the line of a result, with a note where something is smaller than the original or missing."""
    notes = [*_notes(job, attached, originals), *([last] if last else [])]
    if job.result is not None and job.result.is_diverted:
        notes.insert(0, DIVERTED)
    return job_lines.result_line(job, " ".join(note.render(job.public_locale) for note in notes))


def _notes(job: Job, attached: list[_Attached], originals: OriginalAddresses) -> list[Sentence]:
    small = [one.number for one in attached if not one.is_original]
    films = {number for number, key in enumerate(_keys(job)) if key is not None and is_film(key)}
    absent = films - {one.number for one in attached}
    if absent or films & set(small):
        return _film_notes(job, sorted(films & set(small)), sorted(absent), originals)
    if small:
        link = originals.of(job, small[0])
        linked = _("Made smaller to fit here. [Original](<{url}>)", url=link)
        return [linked if link else _("Made smaller to fit here.")]
    if not attached and not (job.result and job.result.text):
        link = originals.at_relay(job)
        linked = _("The picture could not be attached. [See it at the relay](<{url}>)", url=link)
        gone = _("The picture is gone: it is no longer stored here, and the relay has deleted it, too.")
        has_address = job.result is not None and job.result.image_url
        return [linked if link else _("The picture could not be attached.") if has_address else gone]
    if isinstance(job.request, Action) and job.request.original:
        return [_("Taken from the grid at no extra charge.")]
    if job.is_unasked:
        return [_("The relay takes no other prompt here, so this was made from the picture's own.")]
    return []


def _film_notes(job: Job, small: list[int], absent: list[int], originals: OriginalAddresses) -> list[Sentence]:
    """Say which films do not stand there whole, and where each of them is."""
    if len(small) > 1:
        note = _("These videos are too large to post here, so smaller previews are posted.")
    elif small:
        note = _("This video is too large to post here, so a smaller preview is posted.")
    else:
        note = _("A video is too large to post here.")
    links, left = [], LINKS_LIMIT
    for number in sorted({*small, *absent}):
        url = originals.of(job, number)
        if url and len(url) <= left:
            left -= len(url)
            links.append((number + 1, url))
    if not links:
        return [note]
    if len(links) == 1:
        return [note, _("[Full video](<{url}>)", url=links[0][1])]
    return [note, _("Full videos: {links}", links=" ".join(f"[{number}](<{url}>)" for number, url in links))]


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
        heading = _("Shortened prompts").render(job.public_locale)
        shortened = f"\n\n**{heading}**\n{numbered}" if numbered else ""
        embed.description = f"{reading.analysis[:ANALYSIS_LIMIT]}{shortened}"
        if numbered:
            hint = _("Click on a button to imagine one of the shortened prompts!")
            embed.set_footer(text=hint.render(job.public_locale))
    elif files and not job.is_spoiler:  # a picture in an embed cannot be covered
        embed.set_image(url=f"attachment://{files[0].filename}")
    return [embed]
