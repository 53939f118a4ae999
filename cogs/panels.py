"""/help, /settings, /build, /history and /info: private panels, and how a member stands."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.routers.panels import PanelRouter


class PanelsCog(commands.Cog):
    """Opens a member's private panels."""

    def __init__(self, panels: PanelRouter) -> None:
        self._panels = panels

    @app_commands.command(description="How it works, with things to try")
    async def help(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the first topic."""
        await self._panels.help.open(interaction)

    @app_commands.command(description="Change your model, style and speed")
    async def settings(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the settings panel."""
        await self._panels.settings.open(interaction)

    @app_commands.command(description="Build a prompt with menus, no parameters to remember")
    async def build(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show an empty prompt builder."""
        await self._panels.builder.open(interaction)

    @app_commands.command(description="Browse your finished pictures")
    async def history(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the newest finished jobs."""
        await self._panels.history.open(interaction)

    @app_commands.command(description="Show your speed, settings, units and running jobs")
    async def info(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Tell how the member stands."""
        await self._panels.info.open(interaction)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PanelsCog(bot.panel_router))
