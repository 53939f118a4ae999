"""/jobs: a member's own jobs that are not over, and results that found no place."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.jobs.live_jobs import LiveJobs
from bot.storage.jobs import JobStore
from bot.ui.components.interactions import locale_of
from bot.ui.messages.job_list import COUNTED, list_text, list_view


class JobsCog(commands.Cog):
    """Lists a member's unfinished jobs."""

    def __init__(self, live: LiveJobs, store: JobStore) -> None:
        self._live = live
        self._store = store

    @app_commands.command(description="Show your unfinished jobs and pictures that could not be posted")
    async def jobs(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the member's own list, privately."""
        jobs = await self._store.of_author(interaction.user.id, COUNTED)
        locale = locale_of(interaction)
        ahead = {job.id: self._live.position(job.id) or 0 for job in jobs}
        await interaction.response.send_message(
            list_text(jobs, locale, ahead), view=list_view(jobs, locale), ephemeral=True
        )


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(JobsCog(bot.services.jobs.live, bot.services.store))
