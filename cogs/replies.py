"""Replies like "U2" to a result, where the owner allows them (MESSAGE_REPLIES)."""

import discord
from discord.ext import commands

from bot.client import EaselBot
from bot.ui.components.job_buttons import job_id_of
from bot.ui.routers.replies import COMMAND


class RepliesCog(commands.Cog):
    """Presses buttons for replies like "U2"."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Press what a reply to one of our results names."""
        result = message.reference.resolved if message.reference else None
        if message.author.bot or not isinstance(result, discord.Message) or not COMMAND.fullmatch(message.content):
            return
        job_id = job_id_of(result) if result.author == self.bot.user else None
        if job_id is not None:
            await self.bot.reply_router.press(message, job_id)


async def setup(bot: EaselBot) -> None:
    """Load the cog, if replies are wanted."""
    if bot.services.settings.places.message_replies:
        await bot.add_cog(RepliesCog(bot))
