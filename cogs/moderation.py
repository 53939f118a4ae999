"""/easel: what moderators can do (Manage Server)."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import UserError
from bot.jobs.controls import JobControls
from bot.jobs.moderation import Moderation
from bot.language import _
from bot.storage.jobs import JobStore
from bot.ui.components.interactions import locale_of, tell
from bot.ui.messages.job_list import LIST_LIMIT, guild_list_text
from bot.ui.panels.help import HelpPanel


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ModerationCog(commands.GroupCog, group_name="easel", group_description="For moderators"):
    """Pauses a server, blocks its members, and lists its jobs."""

    def __init__(self, controls: JobControls, moderation: Moderation, store: JobStore, help_panel: HelpPanel) -> None:
        self._controls = controls
        self._moderation = moderation
        self._store = store
        self._help = help_panel

    @app_commands.command(description="Pause new jobs on this server")
    async def pause(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Pause the server."""
        await self._moderation.pause(_guild(interaction))
        await tell(interaction, _("Paused. Running jobs continue; nothing new starts until /easel resume."))

    @app_commands.command(description="Resume after a pause")
    async def resume(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Resume the server."""
        await self._controls.resume_server(_guild(interaction))
        await tell(interaction, _("Resumed."))

    @app_commands.command(description="Block a member from starting jobs")
    @app_commands.describe(member="The member to block")
    async def block(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Block a member, and stop what waits of theirs."""
        await self._controls.block(_guild(interaction), member.id)
        await tell(interaction, _("{member} is blocked; their waiting jobs were stopped.", member=member.mention))

    @app_commands.command(description="Unblock a member")
    @app_commands.describe(member="The member to unblock")
    async def unblock(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Unblock a member."""
        await self._moderation.unblock(_guild(interaction), member.id)
        await tell(interaction, _("{member} can use Easel again.", member=member.mention))

    @app_commands.command(description="List this server's unfinished jobs and unknown outcomes")
    async def jobs(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the server's jobs."""
        jobs = await self._store.of_guild(_guild(interaction), LIST_LIMIT)
        await tell(interaction, guild_list_text(jobs, locale_of(interaction)))

    @app_commands.command(description="Post a short welcome in this channel, for you to pin")
    async def welcome(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Post the welcome."""
        _guild(interaction)
        await self._help.welcome(interaction)


def _guild(interaction: discord.Interaction[EaselBot]) -> int:
    """Return the server, to somebody who may manage it; the command's own permission is only a default of Discord's."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError(_("Only people who can manage this server can do that."))
    return interaction.guild_id


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    jobs, store = bot.services.jobs, bot.services.store
    await bot.add_cog(ModerationCog(jobs.controls, jobs.moderation, store, bot.panel_router.help))
