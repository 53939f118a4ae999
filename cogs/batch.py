"""/batch: many prompts from a file."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.flows.batches import Batches


class BatchCog(commands.Cog):
    """Takes files of prompts."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    @app_commands.command(description="Start many prompts from a file; you are asked before anything is spent")
    @app_commands.describe(
        file="CSV with the columns prompt, engine, params, repeat, name, or plain text with one prompt a line"
    )
    async def batch(self, interaction: discord.Interaction[EaselBot], file: discord.Attachment) -> None:
        """Take the file."""
        await self._batches.take(interaction, file)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(BatchCog(bot.flows.batches))
