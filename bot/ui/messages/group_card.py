"""The cards of groups: a line that counts for permutations, a line and a picture for each engine for comparisons."""

import io
import logging
from collections import Counter
from dataclasses import dataclass

import discord
from discord import ui

from bot.domain.engine_info import get_title
from bot.domain.job import Group, GroupKind, GroupState, Job, JobStatus
from bot.errors import PictureError, VaultError
from bot.language import _
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.text import MESSAGE_LIMIT, escape_inline
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, Style, ends_for_good, view_of
from bot.ui.components.message_parts import custom_ids
from bot.ui.text import job_lines
from bot.ui.text.batch_text import state_line

logger = logging.getLogger(__name__)

FAILED = frozenset({JobStatus.REFUSED, JobStatus.FAILED})
TITLE_LIMIT = 1200
REASONS = 3  # different reasons for failures that a card names
COMPARED_LIMIT = 1_500_000  # bytes of one picture in a comparison


@dataclass(frozen=True, slots=True)
class GroupCardParts:
    """The contents of a group's card: text with buttons, or a layout with its files."""

    content: str | None
    view: ui.View | ui.LayoutView
    files: list[discord.File]


def is_finished(job: Job) -> bool:
    """Tell whether something came of a job that may be shown, or was."""
    return job.may_be_seen or job.status is JobStatus.REMOVED


def list_retryable(group_state: GroupState) -> list[Job]:
    """List the jobs that ended without a result and can be tried again as they were."""
    return [
        job for job in group_state.jobs if job.status in FAILED and not job.lacks_pictures and not ends_for_good(job)
    ]


async def group_card_parts(group_state: GroupState, pictures: Pictures) -> GroupCardParts:
    """Build the card of a group as it stands now; a comparison's pictures are read from the folder."""
    if group_state.group.kind is GroupKind.COMPARISON:
        return await _comparison(group_state, pictures)
    return GroupCardParts(counting_line(group_state), _counting_view(group_state), [])


def shows_group(message: discord.Message, group_id: str) -> bool:
    """Whether a message is the card of a group that goes on: it has the button that cancels the rest."""
    return f"easel:{JobAction.CANCEL_REST}:{group_id}" in custom_ids(message)


def counting_line(group_state: GroupState) -> str:
    """Build the text of a permutation's card: `**{a, b} cat** - @user (12/40) (fast)`, then why some failed."""
    group, total = group_state.group, len(group_state.jobs)
    finished = sum(map(is_finished, group_state.jobs))
    ways = ", ".join(dict.fromkeys(job_lines.way_word(job) for job in group_state.jobs))
    states = f"({finished}/{total}) ({ways})"
    reasons = Counter(
        job_lines.failure_sentence(job).render(group.public_locale) for job in group_state.jobs if job.status in FAILED
    )
    notes = [f"-# {count}x: {reason}" for reason, count in reasons.most_common(REASONS)]
    stopped = sum(job.status is JobStatus.CANCELLED or job.stopped for job in group_state.jobs)
    if stopped:
        notes.append("-# " + _("{count} stopped.", count=stopped).render(group.public_locale))
    if group.is_batch and (state := state_line(group_state)):
        notes.insert(0, f"-# {state}")
    rest = "\n".join([f" - <@{group.actor.id}> {states}", *notes])
    return f"**{escape_inline(group.title, min(TITLE_LIMIT, MESSAGE_LIMIT - len(rest) - len('****')))}**{rest}"


def _counting_view(group_state: GroupState) -> ui.View:
    buttons = _group_buttons(group_state)
    return view_of(*buttons)


def _group_buttons(group_state: GroupState) -> list[JobButton]:
    """Offer to cancel the rest while some go on; afterwards to try the failed ones again."""
    group, locale = group_state.group, group_state.group.public_locale
    if not group_state.is_over:
        return [
            *_pause_buttons(group_state),
            JobButton(JobAction.CANCEL_REST, group.id, label=_("Cancel the rest").render(locale), style=Style.danger),
        ]
    buttons = [download_button(group)] if group.is_batch and has_finished(group_state) else []
    if list_retryable(group_state):
        label = _("Try the failed ones again").render(locale)
        buttons.append(JobButton(JobAction.RETRY_FAILED, group.id, label=label, style=Style.primary))
    return buttons


def _pause_buttons(group_state: GroupState) -> list[JobButton]:
    """Offer to pause a batch of which some wait, or to let it go on."""
    group, locale = group_state.group, group_state.group.public_locale
    if group.is_paused:
        return [JobButton(JobAction.RESUME_BATCH, group.id, label=_("Resume").render(locale), style=Style.success)]
    if group.is_batch and any(job.status is JobStatus.RECEIVED for job in group_state.jobs):
        return [JobButton(JobAction.PAUSE_BATCH, group.id, label=_("Pause").render(locale))]
    return []


def has_finished(group_state: GroupState) -> bool:
    """Whether anything came of a group that can be shown."""
    return any(is_finished(job) and job.status is not JobStatus.REMOVED for job in group_state.jobs)


def download_button(group: Group) -> JobButton:
    """Build the way to all pictures of a batch."""
    return JobButton(JobAction.DOWNLOAD_BATCH, group.id, label=_("Download all").render(group.public_locale))


async def _comparison(group_state: GroupState, pictures: Pictures) -> GroupCardParts:
    """Lay out a line for each engine, with its picture right below it.

    In one gallery for all, Discord crops the pictures to squares and places them as it likes: nobody could tell whose
    is whose.
    """
    group, locale = group_state.group, group_state.group.public_locale
    box: ui.Container[ui.LayoutView] = ui.Container()
    box.add_item(ui.TextDisplay(f"**{escape_inline(group.title, TITLE_LIMIT)}** - <@{group.actor.id}>"))
    finished = list(filter(is_finished, group_state.jobs))
    files = {job.id: file for job in finished if (file := await _picture_of(job, pictures))}
    for job in group_state.jobs:
        box.add_item(_engine_line(job, locale))
        if (file := files.get(job.id)) is not None:
            shown = discord.MediaGalleryItem(file.uri, description=file.description, spoiler=file.spoiler)
            box.add_item(ui.MediaGallery(shown))
    buttons = _group_buttons(group_state)
    if buttons:
        row: ui.ActionRow[ui.LayoutView] = ui.ActionRow()
        for button in buttons:
            row.add_item(button)
        box.add_item(row)
    return GroupCardParts(None, ui.LayoutView(timeout=None).add_item(box), list(files.values()))


def _engine_line(job: Job, locale: str) -> ui.Item[ui.LayoutView]:
    """Build an engine's line: `**Ideogram** - 22 s` with the button to go on, or how far it is."""
    text = f"**{get_title(job.engine)}** - {_state_of(job)}"
    if not is_finished(job):
        return ui.TextDisplay(text)
    button = JobButton(JobAction.SHOW_RESULT, job.id, label=_("Use this one").render(locale))
    return ui.Section(text, accessory=button)  # type: ignore[arg-type]  # the library's views differ in name only


def _state_of(job: Job) -> str:
    locale = job.public_locale
    if is_finished(job):
        took_s = job.result.took_s if job.result else None
        return _("done").render(locale) if took_s is None else f"{took_s:.0f} s"
    if job.awaits_review:
        return job_lines.state_word(job).render(locale)
    if job.status in FAILED:
        return job_lines.failure_sentence(job).render(locale)
    if job.stopped or job.status is JobStatus.CANCELLED:
        return _("Stopped").render(locale)
    if job.status in job_lines.STATE_WORDS:
        return job_lines.state_word(job).render(locale)
    if job.status is JobStatus.RECEIVED:
        return _("Waiting to start").render(locale)
    return job_lines.working_word(job)


async def _picture_of(job: Job, pictures: Pictures) -> discord.File | None:
    """Read a job's first picture, at most COMPARED_LIMIT bytes; None when it is not kept."""
    key = job.result.picture if job.result else None
    if key is None or job.is_private:
        return None
    try:
        upload = await pictures.fit(key, COMPARED_LIMIT, origin=origin_of(job.request))
    except VaultError:
        raise  # as for a result of its own
    except PictureError as exc:
        logger.warning("picture not compared job_id=%s reason=%s", job.id, exc)
        return None
    name = get_title(job.engine)
    file_name = f"comparison-{job.id}.{upload.extension}"
    return discord.File(io.BytesIO(upload.data), file_name, spoiler=job.is_spoiler, description=name)
