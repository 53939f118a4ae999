"""The private list of a member's jobs."""

from collections.abc import Mapping, Sequence

import discord

from bot.domain.job import Job, JobStatus
from bot.language import Sentence, _
from bot.text import MESSAGE_LIMIT, escape_inline
from bot.ui.components.job_actions import JobAction
from bot.ui.components.job_buttons import JobButton, view_of
from bot.ui.components.message_links import linked_message, open_link
from bot.ui.text.job_titles import PRIVATE, job_name

LIST_LIMIT = 10  # jobs that are shown
COUNTED = 200  # jobs that are counted
NOBODY_AHEAD: Mapping[str, int] = {}
PROMPT_LIMIT = 40  # so that ten of the longest lines fit

STATUS_WORDS = {
    JobStatus.RECEIVED: _("waiting to start"),
    JobStatus.SUBMITTING: _("being sent"),
    JobStatus.AWAITING_INPUT: _("waiting for an answer"),
    JobStatus.RUNNING: _("running"),
    JobStatus.POSTING: _("being posted"),
    JobStatus.UNDELIVERABLE: _("finished, but it could not be posted"),
    JobStatus.UNCERTAIN: _("unknown outcome"),
}
AWAITS_REVIEW = _("waiting for a moderator")
STOPPED_RUNNING = _("stopped (the relay is still working)")
STOPPED_FINISHED = _("stopped too late: the picture is ready")


def list_text(jobs: Sequence[Job], locale: str, ahead: Mapping[str, int] = NOBODY_AHEAD) -> str:
    """Build one line for each of the first jobs, newest first: number, prompt, state, time, card; count the others.

    `ahead` counts the jobs that wait before each, by job id.
    """
    if not jobs:
        return _("You have no unfinished jobs. Start one with /imagine.").render(locale)
    lines = [_line(number, job, locale, ahead.get(job.id, 0)) for number, job in _shown(jobs)]
    return _whole_lines(lines, len(jobs), locale)


def guild_list_text(jobs: Sequence[Job], locale: str) -> str:
    """Build the same list for moderators, with each job's author; of a private one neither prompt nor card."""
    if not jobs:
        return _("There are no unfinished jobs in this server.").render(locale)
    lines = [
        f"<@{job.actor.id}> {_line(number, job, locale, is_hidden=job.is_private)}" for number, job in _shown(jobs)
    ]
    return _whole_lines(lines, len(jobs), locale)


def _shown(jobs: Sequence[Job]) -> list[tuple[int, Job]]:
    """The jobs that a list shows, with their numbers."""
    return list(enumerate(jobs[:LIST_LIMIT], start=1))


def _whole_lines(lines: Sequence[str], jobs: int, locale: str) -> str:
    """Join as many lines as fit a message, and tell how many of the jobs have none."""
    texts = (_with_rest(lines[:shown], jobs - shown, locale) for shown in range(len(lines), 0, -1))
    return next(text for text in texts if len(text) <= MESSAGE_LIMIT)


def _with_rest(lines: Sequence[str], hidden: int, locale: str) -> str:
    more = ["-# " + _("and {count} more", count=hidden).render(locale)] if hidden else []
    return "\n".join([*lines, *more])


def _line(number: int, job: Job, locale: str, ahead: int = 0, *, is_hidden: bool = False) -> str:
    since = f"<t:{int(job.created_at.timestamp())}:R>"
    name = PRIVATE.render(locale) if is_hidden else escape_inline(job_name(job), PROMPT_LIMIT)
    message_id = None if is_hidden else linked_message(job)
    card = f" {open_link(job.place, message_id).render(locale)}" if message_id else ""
    return f"{number}. **{name}** - {_state(job, ahead).render(locale)} {since}{card}"


def list_view(jobs: Sequence[Job], locale: str) -> discord.ui.View:
    """Build the buttons of a list: show a kept result here, drop a job of unknown outcome."""
    buttons = []
    for number, job in _shown(jobs):
        if job.status is JobStatus.UNDELIVERABLE and not job.awaits_review:
            label = _("Post no. {number} here", number=number).render(locale)
            buttons.append(JobButton(JobAction.SHOW_HERE, job.id, label=label, style=discord.ButtonStyle.primary))
        elif job.status is JobStatus.UNCERTAIN:
            label = _("Give up on no. {number}", number=number).render(locale)
            buttons.append(JobButton(JobAction.DISMISS, job.id, label=label))
    return view_of(*buttons)


def _state(job: Job, ahead: int) -> Sentence:
    if ahead:
        return _("waiting to start, {count} ahead", count=ahead)
    if job.awaits_review:
        return AWAITS_REVIEW
    if job.stopped:
        return STOPPED_FINISHED if job.status is JobStatus.UNDELIVERABLE else STOPPED_RUNNING
    return STATUS_WORDS[job.status]
