"""/jimeng: pictures by Jimeng (即梦), which reads Chinese as well as English."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.settings import Settings
from bot.ui.flows.build import Flows
from cogs.options import PROMPT, given, paint, suggested, with_visibility


class JimengCog(commands.GroupCog, group_name="jimeng", group_description="Pictures by Jimeng"):
    """Takes prompts for Jimeng."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings

    @app_commands.command(description="Create pictures from a prompt in Chinese or English")
    @app_commands.describe(
        prompt="Describe your picture",
        ratio="The shape of the picture",
        resolution="The resolution",
        model="The model",
        count="How many pictures",
        image="A reference picture",
        image2="A second reference picture",
        image3="A third reference picture",
        image4="A fourth reference picture",
        negative="What to leave out of the picture",
        size="The size in pixels, for relays that take one instead of a shape",
    )
    @with_visibility
    async def generate(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        ratio: str | None = None,
        resolution: str | None = None,
        model: str | None = None,
        count: app_commands.Range[int, 1, 4] | None = None,
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        negative: app_commands.Range[str, 1, 1000] | None = None,
        size: str | None = None,
    ) -> None:
        """Take the order for pictures."""
        options = given(model=model, ratio=ratio, resolution=resolution, n=count, negative_prompt=negative, size=size)
        request = EngineRequest(engine="jimeng", kind="generate", prompt=prompt, options=options)
        await paint(self._flows, interaction, request, image, image2, image3, image4)

    @generate.autocomplete("ratio")
    async def _ratios(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.jimeng.ratios, typed)

    @generate.autocomplete("resolution")
    async def _resolutions(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.jimeng.resolutions, typed)

    @generate.autocomplete("size")
    async def _sizes(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.jimeng.sizes, typed)

    @generate.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.jimeng.models, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(JimengCog(bot.flows, bot.services.settings))
