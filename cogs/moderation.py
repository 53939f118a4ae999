"""/easel: what moderators can do (Manage Server)."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import UserError
from bot.language import _
from bot.services import Services
from bot.storage.audit import last_acts
from bot.storage.usage import UsageBy
from bot.ui.components.interactions import locale_of, tell
from bot.ui.messages.job_list import LIST_LIMIT, guild_list_text
from bot.ui.panels.help import HelpPanel
from bot.ui.text.usage_lines import acts_text, usage_text


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class ModerationCog(commands.GroupCog, group_name="easel", group_description="For moderators"):
    """Pauses a server, blocks its members, and lists its jobs."""

    def __init__(self, services: Services, help_panel: HelpPanel) -> None:
        self._controls = services.jobs.controls
        self._moderation = services.jobs.moderation
        self._store = services.store
        self._clock = services.clock
        self._help = help_panel

    @app_commands.command(description="Pause new jobs on this server")
    async def pause(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Pause the server."""
        await self._moderation.pause(_guild(interaction), interaction.user.id)
        await tell(interaction, _("Paused. Running jobs continue; nothing new starts until /easel resume."))

    @app_commands.command(description="Resume after a pause")
    async def resume(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Resume the server."""
        await self._controls.resume_server(_guild(interaction), interaction.user.id)
        await tell(interaction, _("Resumed."))

    @app_commands.command(description="Block a member from starting jobs")
    @app_commands.describe(member="The member to block")
    async def block(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Block a member, and stop what waits of theirs."""
        await self._controls.block(_guild(interaction), member.id, interaction.user.id)
        await tell(interaction, _("{member} is blocked; their waiting jobs were stopped.", member=member.mention))

    @app_commands.command(description="Unblock a member")
    @app_commands.describe(member="The member to unblock")
    async def unblock(self, interaction: discord.Interaction[EaselBot], member: discord.User) -> None:
        """Unblock a member."""
        await self._moderation.unblock(_guild(interaction), member.id, interaction.user.id)
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

    @app_commands.command(description="Show what this server spent, by member, role, channel or engine")
    @app_commands.describe(by="What to group it by", days="How many days back, up to 366")
    async def usage(
        self,
        interaction: discord.Interaction[EaselBot],
        by: Literal["member", "role", "channel", "engine"] = "member",
        days: app_commands.Range[int, 1, 366] = 30,
    ) -> None:
        """Tell what the server spent."""
        guild_id, how = _guild(interaction), UsageBy(by)
        found = await self._store.usage(how, days=days, now=self._clock.now(), guild_id=guild_id)
        await tell(interaction, usage_text(how, days, found, locale_of(interaction)))

    @app_commands.command(description="Show what moderators changed on this server, and who did it")
    async def log(self, interaction: discord.Interaction[EaselBot]) -> None:
        """List the last acts."""
        acts = await last_acts(self._store.database, _guild(interaction), LIST_LIMIT)
        await tell(interaction, acts_text(acts, locale_of(interaction)))


def _guild(interaction: discord.Interaction[EaselBot]) -> int:
    """Return the server, to somebody who may manage it; the command's own permission is only a default of Discord's."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise UserError(_("Only people who can manage this server can do that."))
    return interaction.guild_id


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ModerationCog(bot.services, bot.panel_router.help))
