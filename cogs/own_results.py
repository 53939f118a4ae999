"""Finished jobs of one's own, as commands let them be chosen."""

import re

import discord
from discord import app_commands

from bot.client import EaselBot
from bot.clock import Clock
from bot.domain.job import Job, JobStatus
from bot.errors import UserError
from bot.language import _
from bot.storage.jobs import JobStore
from bot.storage.library import Search
from bot.storage.search_words import words_of
from bot.text import shorten
from bot.ui.components.interactions import locale_of
from bot.ui.text.job_titles import ago, job_name, job_title
from cogs.options import CHOICE_LIMIT, MAX_CHOICES

_ID = re.compile(r"[0-9a-f]{16}")
_IN_A_NAME = re.compile(r"(?:easel|comparison|preview|wall)-([0-9a-f]{16})\b", re.IGNORECASE)


class OwnResults:
    """Finds what members name: a job by its id, or by one of its files."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def find(self, interaction: discord.Interaction[EaselBot], named: str) -> Job:
        """Return the finished job that is named.

        Raises:
            UserError: there is none, or it is somebody else's.
        """
        job = await self._store.get(id_in(named))
        if job is None or job.actor.id != interaction.user.id or job.status is not JobStatus.DONE:
            raise UserError(_("You have no finished job with this id. Please choose one from the list."))
        return job

    async def suggested(self, interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        """Suggest the newest ones that have the words typed so far; an id, or the name of a file, names its own."""
        member_id, named = interaction.user.id, id_in(typed)
        if _ID.fullmatch(named) and (job := await self._store.get(named)) is not None:
            is_own = job.actor.id == member_id and job.status is JobStatus.DONE
            return [self._choice(job, locale_of(interaction))] if is_own else []
        if typed.strip() and not words_of(typed):
            return []
        found = await self._store.library.find(member_id, Search(typed), count=MAX_CHOICES)
        return [self._choice(entry.job, locale_of(interaction)) for entry in found.entries]

    def _choice(self, job: Job, locale: str) -> app_commands.Choice[str]:
        """What it was and when stand first, since a long prompt is cut."""
        when = ago(job.created_at, self._clock.now()).render(locale)
        facts = " · ".join(filter(None, (when, job_title(job))))
        return app_commands.Choice(name=shorten(f"{facts} · {job_name(job)}", CHOICE_LIMIT), value=job.id)


def id_in(text: str) -> str:
    """Read a job's id as people copy it: bare, or inside the name or the link of one of its files."""
    found = _IN_A_NAME.search(text)
    return found[1] if found else text.strip().lower()


def check_one_of(picture: discord.Attachment | None, job: Job | None) -> None:
    """Refuse a command that names no picture, or two.

    Raises:
        UserError: it does.
    """
    if (picture is None) == (job is None):
        raise UserError(_("Please give either a picture or one of your results."))
