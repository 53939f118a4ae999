"""/describe and *Describe*: four prompts for a picture."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Describe
from bot.errors import UserError
from bot.jobs.preferences import Preferences
from bot.language import _
from bot.pictures.sources import Source
from bot.prompts import without_surroundings
from bot.ui.components.interactions import actor_of
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.message_pictures import MessagePictures, Use
from cogs.options import with_visibility
from cogs.pictures import checked


class DescribeCog(commands.Cog):
    """Has pictures described."""

    def __init__(self, starter: JobStarter, preferences: Preferences, message_pictures: MessagePictures) -> None:
        self._starter = starter
        self._preferences = preferences
        self._message_pictures = message_pictures

    @app_commands.command(description="Get four prompts for a picture")
    @app_commands.describe(image="The picture to describe", link="Or a link to it (public, https)")
    @with_visibility
    async def describe(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment | None = None,
        link: app_commands.Range[str, 1, 2000] | None = None,
    ) -> None:
        """Take the order for a description."""
        if (image is None) == (link is None):
            raise UserError(_("Please give either a picture or a link to one."))
        source = checked(image)[0] if image else _linked(str(link))
        mode = await self._preferences.mode(actor_of(interaction))
        await self._starter.start(interaction, Describe(), mode=mode, picture_urls=[source])

    async def describe_message(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Describe a message's picture."""
        await self._message_pictures.take_up(interaction, message, Use.DESCRIBE)


def _linked(typed: str) -> Source:
    """Read a link to a picture.

    Raises:
        UserError: it is none.
    """
    link = without_surroundings(typed)[0]
    if not link.casefold().startswith(("https://", "http://")):
        raise UserError(_("This is not a link to a picture. A link begins with https://."))
    return Source(link)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    cog = DescribeCog(bot.flows.starter, bot.services.preferences, bot.flows.message_pictures)
    bot.tree.add_command(app_commands.ContextMenu(name="Describe", callback=cog.describe_message))
    await bot.add_cog(cog)
