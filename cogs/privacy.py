"""/privacy: what is kept of a member, to export and to erase."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.panels.privacy import PrivacyPanel


class PrivacyCog(commands.Cog):
    """Shows members what is kept of them, to export and to erase."""

    def __init__(self, panel: PrivacyPanel) -> None:
        self._panel = panel

    @app_commands.command(description="See, export or erase what is stored about you")
    async def privacy(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the panel."""
        await self._panel.open(interaction)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PrivacyCog(bot.panel_router.privacy))
