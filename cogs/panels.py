"""/settings, /build, /history and /info: private panels, and how a member stands."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.components.interactions import actor_of
from bot.ui.panels.info import info_embed


class PanelsCog(commands.Cog):
    """What members see of their own settings, prompts and pictures."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot

    @app_commands.command(description="Your model, style and speed, to change by buttons")
    async def settings(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the settings panel."""
        await self.bot.panel_router.settings.open(interaction)

    @app_commands.command(description="Build a prompt by menus, without parameters to remember")
    async def build(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show an empty prompt builder."""
        await self.bot.panel_router.builder.open(interaction)

    @app_commands.command(description="Your finished pictures, with links")
    async def history(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the newest finished jobs."""
        await self.bot.panel_router.history.open(interaction)

    @app_commands.command(description="Your speed, your settings, your units, and what is running")
    async def info(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Tell how the member stands."""
        await interaction.response.send_message(
            embed=await info_embed(self.bot.desk, actor_of(interaction)), ephemeral=True
        )


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PanelsCog(bot))
