"""/blend: a grid mixed from two to five pictures."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Blend, Dimensions
from bot.jobs.preferences import Preferences
from bot.ui.components.interactions import actor_of
from bot.ui.flows.job_starter import JobStarter
from cogs.options import with_visibility
from cogs.pictures import checked


class BlendCog(commands.Cog):
    """Takes pictures to be mixed."""

    def __init__(self, starter: JobStarter, preferences: Preferences) -> None:
        self._starter = starter
        self._preferences = preferences

    @app_commands.command(description="Blend two to five pictures into four new ones")
    @app_commands.describe(
        image1="The first picture",
        image2="The second picture",
        image3="A third picture",
        image4="A fourth picture",
        image5="A fifth picture",
        dimensions="The shape of the new pictures; default: square",
    )
    @app_commands.choices(
        dimensions=[
            app_commands.Choice(name="Portrait (2:3)", value=Dimensions.PORTRAIT.value),
            app_commands.Choice(name="Square (1:1)", value=Dimensions.SQUARE.value),
            app_commands.Choice(name="Landscape (3:2)", value=Dimensions.LANDSCAPE.value),
        ]
    )
    @with_visibility
    async def blend(
        self,
        interaction: discord.Interaction[EaselBot],
        image1: discord.Attachment,
        image2: discord.Attachment,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        dimensions: str = Dimensions.SQUARE.value,
    ) -> None:
        """Take the order for a blend."""
        urls = checked(image1, image2, image3, image4, image5)
        mode = await self._preferences.mode(actor_of(interaction))
        request = Blend(dimensions=Dimensions(dimensions))
        await self._starter.start(interaction, request, mode=mode, picture_urls=urls)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(BlendCog(bot.flows.starter, bot.services.preferences))
