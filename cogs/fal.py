"""/fal: pictures by the image models behind fal's queue."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.relay.fal_fields import FalFields
from bot.settings import Settings
from bot.ui.flows.build import Flows
from bot.ui.flows.input_pictures import NO_PICTURE
from cogs.options import PROMPT, given, paint, suggested, with_visibility

ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9", "9:21")
RESOLUTIONS = ("0.5K", "1K", "2K", "4K")


class FalCog(commands.GroupCog, group_name="fal", group_description="Pictures by models at fal"):
    """Takes prompts for the models behind fal."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings

    @app_commands.command(description="Create pictures with one of fal's models")
    @app_commands.describe(
        prompt="Describe your picture, or what to change in it",
        model="The model; default: the first that fits",
        image="The picture to change, for models that edit",
        image2="A second picture, for models that take several",
        image3="A third picture",
        image4="A fourth picture",
        image5="A fifth picture",
        image6="A sixth picture",
        image7="A seventh picture",
        image8="An eighth picture",
        image9="A ninth picture",
        image10="A tenth picture",
        mask="A mask: white is repainted, black is kept; for models that fill",
        aspect="The shape of the picture",
        resolution="The resolution, where the model offers a choice; some cost more",
        count="How many pictures",
        guidance="How closely to follow the prompt, 1 to 20",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def generate(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        model: app_commands.Range[str, 1, 100] | None = None,
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        image6: discord.Attachment | None = None,
        image7: discord.Attachment | None = None,
        image8: discord.Attachment | None = None,
        image9: discord.Attachment | None = None,
        image10: discord.Attachment | None = None,
        mask: discord.Attachment | None = None,
        aspect: app_commands.Range[str, 1, 20] | None = None,
        resolution: app_commands.Range[str, 1, 10] | None = None,
        count: app_commands.Range[int, 1, 4] | None = None,
        guidance: app_commands.Range[float, 1, 20] | None = None,
        seed: app_commands.Range[int, 0, 2_147_483_647] | None = None,
    ) -> None:
        """Take the order for pictures."""
        given_images = (image, image2, image3, image4, image5, image6, image7, image8, image9, image10)
        pictures = [one for one in given_images if one is not None]
        if mask is not None and not pictures:
            raise UserError(NO_PICTURE)
        is_masked = mask is not None
        options = given(
            # Named at once, so that it is priced as what it will be.
            model=model or self._fitting_model(len(pictures), is_masked=is_masked),
            masked=is_masked or None,
            aspect_ratio=aspect,
            resolution=resolution,
            num_images=count,
            guidance_scale=guidance,
            seed=seed,
        )
        request = EngineRequest(engine="fal", kind="generate", prompt=prompt, options=options)
        await paint(self._flows, interaction, request, *pictures, mask)

    def _fitting_model(self, pictures: int, *, is_masked: bool) -> str | None:
        own = self._settings.engines.fal
        return FalFields.of(own).fitting_model(own.models, pictures, is_masked=is_masked)

    @generate.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.fal.models, typed)

    @generate.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)

    @generate.autocomplete("resolution")
    async def _resolutions(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(RESOLUTIONS, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(FalCog(bot.flows, bot.services.settings))
