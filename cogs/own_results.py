"""Finished jobs of one's own, as commands let them be chosen."""

import re

import discord
from discord import app_commands

from bot.client import EaselBot
from bot.domain.job import Job, JobStatus
from bot.errors import UserError
from bot.language import _
from bot.storage.jobs import JobStore
from bot.text import one_line, shorten
from cogs.options import CHOICE_LIMIT, MAX_CHOICES

NEWEST = 200  # jobs among which a word is searched
_IN_A_NAME = re.compile(r"(?:easel|comparison|preview)-([0-9a-f]{16})\b", re.IGNORECASE)


class OwnResults:
    """Finds what members name: a job by its id, or by one of its files."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

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
        """Suggest the newest ones that fit what was typed so far."""
        jobs = await self._store.posted_of_author(interaction.user.id, NEWEST)
        wanted = typed.casefold()
        found = [job for job in jobs if wanted in job.prompt.casefold() or job.id.startswith(id_in(wanted))]
        return [app_commands.Choice(name=_choice(job), value=job.id) for job in found[:MAX_CHOICES]]


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


def _choice(job: Job) -> str:
    return shorten(f"{job.id[:6]} {one_line(job.prompt) or job.operation}", CHOICE_LIMIT)
