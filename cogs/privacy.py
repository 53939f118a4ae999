"""/privacy: what is kept of a member, to export and to erase."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot


class PrivacyCog(commands.Cog):
    """Answers who wants to know, to have, or to erase what is kept of them."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot

    @app_commands.command(description="What is kept of you: read it, export it, erase it")
    async def privacy(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the panel."""
        await self.bot.panel_router.privacy.open(interaction)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PrivacyCog(bot))
