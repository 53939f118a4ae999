"""/describe and *Describe*: four prompts for a picture."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Describe
from bot.errors import UserError
from bot.language import _
from bot.pictures.sources import Source
from bot.prompts import without_surroundings
from bot.ui.components.interactions import actor_of
from bot.ui.flows.message_pictures import Use, take_up
from cogs.pictures import checked


class DescribeCog(commands.Cog):
    """Pictures into words."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot
        bot.tree.add_command(app_commands.ContextMenu(name="Describe", callback=self.describe_message))

    @app_commands.command(description="Get four prompts for a picture")
    @app_commands.describe(image="The picture to describe", link="Or its public https address")
    async def describe(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment | None = None,
        link: app_commands.Range[str, 1, 2000] | None = None,
    ) -> None:
        """Take the order for a description."""
        if (image is None) == (link is None):
            raise UserError(_("Please give either a picture or a link to one."))
        source = checked(image)[0] if image else Source(without_surroundings(str(link))[0])
        mode = await self.bot.desk.preferences.mode(actor_of(interaction))
        await self.bot.desk.start(interaction, Describe(), mode=mode, picture_urls=[source])

    async def describe_message(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Describe a message's picture."""
        await take_up(self.bot.desk, interaction, message, Use.DESCRIBE)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(DescribeCog(bot))
