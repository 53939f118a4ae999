"""/faceswap and *Swap a face into this*: the face of one picture on another."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.jobs.models import FaceSwap
from bot.language import _
from bot.ui.desk import Draft
from bot.ui.dialogs import Ask, Dialog
from bot.ui.interactions import actor_of
from cogs.pictures import checked, picture_of


class FaceSwapCog(commands.Cog):
    """One face, two pictures."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot
        bot.tree.add_command(app_commands.ContextMenu(name="Swap a face into this", callback=self.swap_into_message))

    @app_commands.command(description="Put the face of one picture on another")
    @app_commands.describe(source="The picture with the face", target="The picture that gets it")
    async def faceswap(
        self, interaction: discord.Interaction[EaselBot], source: discord.Attachment, target: discord.Attachment
    ) -> None:
        """Take the order for a swap."""
        mode, _prompt = await self.bot.desk.preferences.mode_for(actor_of(interaction), "")
        await self.bot.desk.start(interaction, FaceSwap(), mode=mode, picture_urls=checked(source, target))

    async def swap_into_message(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Ask for the face that goes into a message's picture."""
        draft = Draft(interaction.user.id, Ask.FACE, picture_urls=(picture_of(message),))
        dialog = Dialog(Ask.FACE, await self.bot.desk.keep_draft(draft))
        await self.bot.desk.open_dialog(interaction, dialog, _("Swap a face into this"), "")


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(FaceSwapCog(bot))
