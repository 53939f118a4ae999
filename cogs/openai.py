"""/draw: any picture model behind the OpenAI format."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.relay.openai_requests import check_order
from bot.settings import Settings
from bot.settings.picture_models import ModelTable, PictureModel
from bot.ui.flows.build import Flows
from bot.ui.flows.input_pictures import NO_PICTURE
from cogs.options import CHOICE_LIMIT, PROMPT, check_one_mask, given, paint, suggested, with_visibility

Word = app_commands.Range[str, 1, CHOICE_LIMIT]


class OpenAICog(commands.Cog):
    """Takes prompts, pictures and masks for the models of the table."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings

    @property
    def _table(self) -> ModelTable:
        return self._settings.engines.openai.table

    @app_commands.command(description="Create or change pictures with one of this bot's models")
    @app_commands.describe(
        prompt="Describe your picture, or what to change in yours",
        model="The model; default: the first that fits",
        shape="The shape or size, as the model takes it",
        quality="The quality or resolution, as the model takes it",
        image1="A picture to change or to use as reference",
        image2="A second picture",
        image3="A third picture",
        image4="A fourth picture",
        mask="A mask for the first picture: white is repainted, black is kept",
        count="How many pictures",
        region="Draw the mask for the first picture in your browser",
    )
    @with_visibility
    async def draw(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        model: Word | None = None,
        shape: Word | None = None,
        quality: Word | None = None,
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        mask: discord.Attachment | None = None,
        count: app_commands.Range[int, 1, 10] | None = None,
        region: bool = False,
    ) -> None:
        """Take the order for pictures."""
        images = [image for image in (image1, image2, image3, image4) if image is not None]
        check_one_mask(mask, is_drawn=region)
        is_masked = region or mask is not None
        if is_masked and not images:
            raise UserError(NO_PICTURE)
        # Named at once, so that it is priced as what it will be.
        model = model or self._table.fitting(len(images), is_masked=is_masked)
        options = given(model=model, shape=shape, quality=quality, n=count)
        if is_masked:
            options["masked"] = True
        request = EngineRequest(engine="openai", kind="generate", prompt=prompt, options=options)
        if region:
            check_order(request, self._table, pictures=len(images))  # nobody shall draw in vain
        await paint(self._flows, interaction, request, *images, mask, is_drawn=region)

    @draw.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._table.names, typed)

    @draw.autocomplete("shape")
    async def _shapes(self, interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._chosen(interaction).shapes, typed)

    @draw.autocomplete("quality")
    async def _qualities(
        self, interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(self._chosen(interaction).qualities, typed)

    def _chosen(self, interaction: discord.Interaction[EaselBot]) -> PictureModel:
        """Find the entry of the model that was typed so far."""
        return self._table.get(interaction.namespace.model or self._table.fitting())


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(OpenAICog(bot.flows, bot.services.settings))
