"""How groups look: one line that counts for permutations, pictures side by side for comparisons."""

import io
import logging
from collections import Counter
from dataclasses import dataclass

import discord
from discord import ui

from bot.errors import PictureError
from bot.jobs.models import Board, GroupKind, Job, JobStatus
from bot.jobs.pictures import Pictures
from bot.language import _
from bot.text import MESSAGE_LIMIT, show
from bot.ui import cards
from bot.ui.buttons import JobButton, Style, view_of

logger = logging.getLogger(__name__)

FINISHED = frozenset({JobStatus.DONE, JobStatus.UNDELIVERABLE, JobStatus.REMOVED})
LOST = frozenset({JobStatus.REFUSED, JobStatus.FAILED})
TITLE_LIMIT = 1200
REASONS = 3  # different reasons for failures that a card names
SHOT_LIMIT = 1_500_000  # bytes of one picture in a comparison
SHOTS = 4  # pictures of one engine in a comparison


@dataclass(frozen=True, slots=True)
class BoardParts:
    """What a group's message is made of: text with buttons, or a layout with its files."""

    content: str | None
    view: ui.View | ui.LayoutView
    files: list[discord.File]


async def board_parts(board: Board, pictures: Pictures) -> BoardParts:
    """The message of a group as it stands."""
    if board.group.kind is GroupKind.COMPARISON:
        return await _comparison(board, pictures)
    return BoardParts(counting_line(board), _counting_view(board), [])


def counting_line(board: Board) -> str:
    """`**{a, b} cat** - @user (12/40) (fast)`, and why some ended badly."""
    group, total = board.group, len(board.jobs)
    finished = sum(job.status in FINISHED for job in board.jobs)
    states = f"({finished}/{total}) ({cards.way_word(board.jobs[0])})" if board.jobs else ""
    reasons = Counter(
        cards.failure_sentence(job).render(group.actor.locale) for job in board.jobs if job.status in LOST
    )
    notes = [f"-# {count}x: {reason}" for reason, count in reasons.most_common(REASONS)]
    stopped = sum(job.status is JobStatus.CANCELLED or job.stopped for job in board.jobs)
    if stopped:
        notes.append("-# " + _("{count} stopped.", count=stopped).render(group.actor.locale))
    line = f"**{show(group.title, TITLE_LIMIT)}** - <@{group.actor.id}> {states}"
    return "\n".join([line, *notes])[:MESSAGE_LIMIT]


def _counting_view(board: Board) -> ui.View:
    buttons = _group_buttons(board)
    return view_of(*buttons)


def _group_buttons(board: Board) -> list[JobButton]:
    """Stop the rest while there is one; afterwards try again what ended badly."""
    group, locale = board.group, board.group.actor.locale
    if not board.is_over:
        return [JobButton("rest", group.id, label=_("Cancel the rest").render(locale), style=Style.danger)]
    if any(job.status in LOST for job in board.jobs):
        label = _("Try the failed ones again").render(locale)
        return [JobButton("failed", group.id, label=label, style=Style.primary)]
    return []


async def _comparison(board: Board, pictures: Pictures) -> BoardParts:
    group, locale = board.group, board.group.actor.locale
    view = ui.LayoutView(timeout=None)
    box: ui.Container[ui.LayoutView] = ui.Container()
    box.add_item(ui.TextDisplay(f"**{show(group.title, TITLE_LIMIT)}** - <@{group.actor.id}>"))
    files: list[discord.File] = []
    for job in board.jobs:
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(_state_of(job)))
        if not _is_shown(job):
            continue
        shots = await _shots(job, pictures)
        files += shots
        if shots:
            items = [discord.MediaGalleryItem(f"attachment://{file.filename}") for file in shots]
            box.add_item(ui.MediaGallery(*items))
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        row.add_item(JobButton("goon", job.id, label=_("Go on with this one").render(locale)))
        box.add_item(row)
    buttons = _group_buttons(board)
    if buttons:
        last: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for button in buttons:
            last.add_item(button)
        box.add_item(last)
    view.add_item(box)
    return BoardParts(None, view, files)


def _state_of(job: Job) -> str:
    """`**Ideogram** - 12 s`, or how far it is."""
    locale = job.actor.locale
    name = cards.ENGINE_NAMES.get(job.engine, job.engine)
    if _is_shown(job):
        took_s = job.result.took_s if job.result else None
        state = _("done").render(locale) if took_s is None else f"{took_s:.0f} s"
    elif job.status in LOST:
        state = cards.failure_sentence(job).render(locale)
    elif job.stopped or job.status is JobStatus.CANCELLED:
        state = _("Stopped").render(locale)
    elif job.status in cards.STATE_WORDS:
        state = cards.STATE_WORDS[job.status].render(locale)
    elif job.status is JobStatus.RECEIVED:
        state = _("Waiting to start").render(locale)
    else:
        state = cards.working_word(job)
    return f"**{name}** - {state}"


def _is_shown(job: Job) -> bool:
    """Whether a job's result can be shown: what still has to be fetched cannot."""
    is_kept = job.result is not None and (job.result.picture is not None or bool(job.result.text))
    return job.status in FINISHED or (job.status is JobStatus.POSTING and is_kept)


async def _shots(job: Job, pictures: Pictures) -> list[discord.File]:
    """A job's pictures, small enough to stand side by side."""
    if job.result is None:
        return []
    keys = [job.result.picture, *(shot.picture for shot in job.result.more)]
    files = []
    for number, key in enumerate([key for key in keys if key][:SHOTS], start=1):
        try:
            upload = await pictures.fit(key, SHOT_LIMIT)
        except PictureError as exc:
            logger.warning("picture not compared job_id=%s reason=%s", job.id, exc)
            continue
        name = f"comparison-{job.id}-{number}.{upload.extension}"
        files.append(discord.File(io.BytesIO(upload.data), name, description=job.engine))
    return files
