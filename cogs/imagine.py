"""/imagine: a grid of four pictures from a prompt."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import UserError
from bot.jobs.models import Imagine
from bot.jobs.pictures import MAX_INPUT_BYTES
from bot.language import _
from bot.text import show

PROMPT_LIMIT = 6000  # characters, Discord's limit for a text option


class ImagineCog(commands.Cog):
    """The main command."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot

    @app_commands.command(description="Create four pictures from a prompt")
    @app_commands.describe(
        prompt="What to paint; parameters like --ar 3:2 go at the end",
        image1="A picture to go by",
        image2="A second picture to go by",
        image3="A third picture to go by",
        image4="A fourth picture to go by",
        image5="A fifth picture to go by",
    )
    async def imagine(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT],
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
    ) -> None:
        """Take the order for a grid."""
        if not prompt.strip():
            raise UserError(_("The prompt is empty. Please say what to paint."))
        images = [image for image in (image1, image2, image3, image4, image5) if image is not None]
        for image in images:
            check_attachment(image)
        await self.bot.desk.start(
            interaction,
            Imagine(prompt=prompt.strip()),
            mode=self.bot.settings.relay_mode,
            pictures=[image.url for image in images],
        )


def check_attachment(image: discord.Attachment) -> None:
    """Refuse at once what cannot be a usable picture, by what Discord says of it; its bytes are checked later.

    Raises:
        UserError: not a picture, or too large.
    """
    name = show(image.filename, 100)
    if image.content_type is not None and not image.content_type.startswith("image/"):
        raise UserError(_("“{name}” is not a picture. Please send a PNG, JPEG, WebP or GIF.", name=name))
    if image.size > MAX_INPUT_BYTES:
        limit = MAX_INPUT_BYTES // 1024**2
        raise UserError(_("“{name}” is larger than {limit} MB. Please send a smaller picture.", name=name, limit=limit))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ImagineCog(bot))
