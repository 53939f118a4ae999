"""/animate: films of a picture, or of a result of one's own."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Animate, Motion
from bot.ui.flows.build import Flows
from cogs.options import PROMPT, paint, with_visibility
from cogs.own_results import OwnResults, check_one_of


class AnimateCog(commands.Cog):
    """Takes pictures to be filmed."""

    def __init__(self, flows: Flows, own_results: OwnResults) -> None:
        self._flows = flows
        self._own_results = own_results

    @app_commands.command(description="Turn a picture into short videos")
    @app_commands.describe(
        prompt="What happens in the video",
        picture="The first frame",
        result="Or one of your pictures: type a word of its prompt to find it",
        motion="How much moves; default: low",
        loop="Whether the video ends where it began",
        end="The last frame",
        films="How many videos; default: 4",
    )
    @with_visibility
    async def animate(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        picture: discord.Attachment | None = None,
        result: app_commands.Range[str, 1, 100] | None = None,
        motion: Motion = Motion.LOW,
        loop: bool = False,
        end: discord.Attachment | None = None,
        films: Literal[1, 2, 4] = 4,
    ) -> None:
        """Take the order for films."""
        job = await self._own_results.find(interaction, result) if result is not None else None
        check_one_of(picture, job)
        request = Animate(prompt=prompt, motion=motion, loop=loop, count=films)
        await paint(self._flows, interaction, request, picture, end, of=job)

    @animate.autocomplete("result")
    async def _results(self, interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return await self._own_results.suggested(interaction, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(AnimateCog(bot.flows, OwnResults(bot.services.store, bot.services.clock)))
