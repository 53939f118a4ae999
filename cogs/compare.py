"""/compare: one prompt on several engines, side by side."""

from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.engine_info import ENGINES
from bot.errors import UserError
from bot.language import _
from bot.prompts import fold
from bot.text import escape_inline, one_line
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Draft
from bot.ui.flows.prompt_flow import PromptFlow
from cogs.options import CHOICE_LIMIT, PROMPT, suggested


class CompareCog(commands.Cog):
    """Takes one prompt for several engines."""

    def __init__(self, prompts: PromptFlow, engine_names: Sequence[str]) -> None:
        self._prompts = prompts
        self._known = [name for name in engine_names if name in ENGINES and ENGINES[name].compared]

    @app_commands.command(description="Run one prompt on several engines and compare the pictures")
    @app_commands.describe(
        prompt="Describe your picture", engines="Engines, separated by commas, e.g. midjourney, ideogram; default: all"
    )
    async def compare(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        engines: app_commands.Range[str, 1, CHOICE_LIMIT] | None = None,
    ) -> None:
        """Take the order for a comparison."""
        draft = Draft(interaction.user.id, ModalKind.COMPARE, text=prompt, engines=tuple(self._chosen(engines)))
        await self._prompts.take(interaction, draft)

    def _chosen(self, engines: str | None) -> list[str]:
        """Read the engines' names, each once.

        Raises:
            UserError: one is not known here, or there is nothing to compare.
        """
        known = self._known
        wanted = (
            [name.strip().casefold() for name in fold(one_line(engines)).split(",") if name.strip()]
            if engines
            else known
        )
        for name in wanted:
            if name not in known:
                raise UserError(
                    _(
                        "There is no engine “{name}” here. Please choose from {known}.",
                        name=escape_inline(name, 40),
                        known=", ".join(known),
                    )
                )
        chosen = list(dict.fromkeys(wanted))
        if len(chosen) < 2:
            raise UserError(
                _("A comparison needs at least two engines. Please choose from {known}.", known=", ".join(known))
            )
        return chosen

    @compare.autocomplete("engines")
    async def _engines(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        """Complete the last of the names."""
        before, _comma, last = fold(typed).rpartition(",")
        named = [name.strip().casefold() for name in before.split(",") if name.strip()]
        rest = [name for name in self._known if name not in named]
        return suggested((", ".join([*named, name]) for name in rest if last.strip().casefold() in name), "")


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(CompareCog(bot.flows.prompts, bot.services.jobs.engines.names))
