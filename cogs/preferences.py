"""/fast, /relax, /turbo and /prefer: how a member likes to work."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.language import _
from bot.settings import Mode
from bot.ui.interactions import actor_of, tell


class PreferencesCog(commands.Cog):
    """What is remembered of a member."""

    prefer = app_commands.Group(name="prefer", description="How you like to work")

    def __init__(self, bot: EaselBot) -> None:
        self.bot = bot

    @app_commands.command(description="Work in fast mode from now on")
    async def fast(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember fast mode."""
        await self._prefer(interaction, Mode.FAST)

    @app_commands.command(description="Work in relax mode from now on: slower, often cheaper")
    async def relax(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember relax mode."""
        await self._prefer(interaction, Mode.RELAX)

    @app_commands.command(description="Work in turbo mode from now on: faster, often dearer")
    async def turbo(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember turbo mode."""
        await self._prefer(interaction, Mode.TURBO)

    async def _prefer(self, interaction: discord.Interaction[EaselBot], mode: Mode) -> None:
        await self.bot.desk.preferences.prefer_mode(actor_of(interaction), mode)
        sentence = _("Your jobs run in {mode} mode from now on. A flag in the prompt still counts first.", mode=mode)
        await tell(interaction, sentence.render(str(interaction.locale.value)))

    @prefer.command(description="Edit the prompt before variations, rerolls and pans: on or off")
    async def remix(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the remix switch."""
        on = await self.bot.desk.preferences.switch_remix(actor_of(interaction))
        sentence = (
            _("Remix mode turned on! You can edit the prompt before V, Vary, 🔄 and pan buttons run.")
            if on
            else _("Remix mode turned off.")
        )
        await tell(interaction, sentence.render(str(interaction.locale.value)))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PreferencesCog(bot))
