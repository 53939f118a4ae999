"""/shorten: which words of a prompt count, and shorter prompts."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Draft
from bot.ui.flows.prompt_flow import PromptFlow
from cogs.options import with_visibility

PROMPT_LIMIT = 6000  # characters, Discord's limit for a text option


class ShortenCog(commands.Cog):
    """Has a prompt analysed and shortened."""

    def __init__(self, prompts: PromptFlow) -> None:
        self._prompts = prompts

    @app_commands.command(description="See which words of a prompt matter, and get shorter prompts")
    @app_commands.describe(prompt="The prompt to shorten")
    @with_visibility
    async def shorten(
        self, interaction: discord.Interaction[EaselBot], prompt: app_commands.Range[str, 1, PROMPT_LIMIT]
    ) -> None:
        """Take the order for an analysis."""
        await self._prompts.take(interaction, Draft(interaction.user.id, ModalKind.SHORTEN, text=prompt))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ShortenCog(bot.flows.prompts))
