"""/faceswap and *Swap a face into this*: the face of one picture on another."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import FaceSwap
from bot.jobs.preferences import Preferences
from bot.ui.components.interactions import actor_of
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.message_pictures import MessagePictures, Use
from cogs.options import with_visibility
from cogs.pictures import checked


class FaceSwapCog(commands.Cog):
    """Puts the face of one picture on another."""

    def __init__(self, starter: JobStarter, preferences: Preferences, message_pictures: MessagePictures) -> None:
        self._starter = starter
        self._preferences = preferences
        self._message_pictures = message_pictures

    @app_commands.command(description="Put a face from one picture onto another")
    @app_commands.describe(source="The picture with the face", target="The picture that gets the face")
    @with_visibility
    async def faceswap(
        self, interaction: discord.Interaction[EaselBot], source: discord.Attachment, target: discord.Attachment
    ) -> None:
        """Take the order for a swap."""
        mode = await self._preferences.mode(actor_of(interaction))
        await self._starter.start(interaction, FaceSwap(), mode=mode, picture_urls=checked(source, target))

    async def swap_into_message(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Ask for the face that goes into a message's picture."""
        await self._message_pictures.take_up(interaction, message, Use.FACE)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    cog = FaceSwapCog(bot.flows.starter, bot.services.preferences, bot.flows.message_pictures)
    bot.tree.add_command(app_commands.ContextMenu(name="Swap a face into this", callback=cog.swap_into_message))
    await bot.add_cog(cog)
