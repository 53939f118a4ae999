"""/edit: a picture, or a result of one's own, changed as a prompt says: all of it, a region, or around it."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Edit
from bot.ui.flows.build import Flows
from cogs.options import PROMPT, check_one_mask, paint, with_visibility
from cogs.own_results import OwnResults, check_one_of

Shape = Literal["1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16"]


class EditCog(commands.Cog):
    """Takes pictures to be changed."""

    def __init__(self, flows: Flows, own_results: OwnResults) -> None:
        self._flows = flows
        self._own_results = own_results

    @app_commands.command(description="Change a picture: all of it, a region, or its surroundings")
    @app_commands.describe(
        prompt="What it should show",
        picture="The picture to change",
        result="Or one of your pictures: type a word of its prompt to find it",
        mask="A mask: white is repainted, black is kept",
        shape="Extend the picture to this shape",
        region="Draw the mask in your browser",
    )
    @with_visibility
    async def edit(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        picture: discord.Attachment | None = None,
        result: app_commands.Range[str, 1, 100] | None = None,
        mask: discord.Attachment | None = None,
        shape: Shape | None = None,
        region: bool = False,
    ) -> None:
        """Take the order for a change."""
        job = await self._own_results.find(interaction, result) if result is not None else None
        check_one_of(picture, job)
        check_one_mask(mask, is_drawn=region)
        request = Edit(prompt=prompt, masked=region or mask is not None, shape=shape or "")
        await paint(self._flows, interaction, request, picture, mask, of=job, is_drawn=region)

    @edit.autocomplete("result")
    async def _results(self, interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return await self._own_results.suggested(interaction, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(EditCog(bot.flows, OwnResults(bot.services.store, bot.services.clock)))
