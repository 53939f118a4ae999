"""/imagine and *Use as image prompt*: a grid of four pictures from a prompt."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import UserError
from bot.jobs.models import Imagine
from bot.language import _
from bot.ui.desk import Draft
from bot.ui.dialogs import Ask, Dialog
from bot.ui.interactions import actor_of
from cogs.pictures import checked, picture_of

PROMPT_LIMIT = 6000  # characters, Discord's limit for a text option
MAX_PICTURES = 5


class ImagineCog(commands.Cog):
    """The main command."""

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot
        bot.tree.add_command(app_commands.ContextMenu(name="Use as image prompt", callback=self.use_as_image_prompt))

    @app_commands.command(description="Create four pictures from a prompt")
    @app_commands.describe(
        prompt="What to paint; parameters like --ar 3:2 go at the end",
        image1="A picture to go by",
        image2="A second picture to go by",
        image3="A third picture to go by",
        image4="A fourth picture to go by",
        image5="A fifth picture to go by",
        style_reference="A picture whose style is taken over (--sref)",
        character_reference="A picture whose character is taken over (--cref)",
        omni_reference="A picture whose thing or person is put in (--oref)",
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
        style_reference: discord.Attachment | None = None,
        character_reference: discord.Attachment | None = None,
        omni_reference: discord.Attachment | None = None,
    ) -> None:
        """Take the order for a grid."""
        mode, prompt = await self.bot.desk.preferences.mode_for(actor_of(interaction), prompt.strip())
        if not prompt:
            raise UserError(_("The prompt is empty. Please say what to paint."))
        referred = {"--sref": style_reference, "--cref": character_reference, "--oref": omni_reference}
        references = tuple(flag for flag, image in referred.items() if image is not None)
        urls = checked(image1, image2, image3, image4, image5, *referred.values())
        request = Imagine(prompt=prompt, references=references)
        await self.bot.desk.start(interaction, request, mode=mode, picture_urls=urls)

    async def use_as_image_prompt(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Ask for the prompt that goes with a message's picture."""
        draft = Draft(interaction.user.id, Ask.IMAGINE, picture_url=picture_of(message))
        dialog = Dialog(Ask.IMAGINE, await self.bot.desk.keep_draft(draft))
        await self.bot.desk.open_dialog(interaction, dialog, _("Use as image prompt"), "")


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(ImagineCog(bot))
