"""/kling: pictures by Kling, and clothes tried on."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.language import _
from bot.settings import Settings
from bot.ui.flows.build import Flows
from cogs.options import given, paint, suggested

ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9")
Words = app_commands.Range[str, 1, 2500]


class KlingCog(commands.GroupCog, group_name="kling", group_description="Pictures by Kling"):
    """Takes prompts and try-ons for Kling."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings.engines.kling

    @app_commands.command(description="Create pictures from a prompt, or from a prompt and a picture")
    @app_commands.describe(
        prompt="What to paint",
        image="A picture to go by",
        reference="What to take from the picture; model kling-v1-5",
        fidelity="How close to stay to the picture, 0 to 1",
        negative="What should not be in the picture; not together with a picture",
        aspect="The shape of the picture",
        resolution="How large",
        count="How many pictures",
        model="The model",
    )
    async def imagine(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: Words,
        image: discord.Attachment | None = None,
        reference: Literal["subject", "face"] | None = None,
        fidelity: app_commands.Range[float, 0, 1] | None = None,
        negative: Words | None = None,
        aspect: str | None = None,
        resolution: Literal["1k", "2k"] | None = None,
        count: app_commands.Range[int, 1, 9] | None = None,
        model: str | None = None,
    ) -> None:
        """Take the order for pictures."""
        if image is not None and negative is not None:
            raise UserError(_("Kling takes either a picture or a negative prompt. Please leave one of them out."))
        if reference is not None and image is None:
            raise UserError(_("A reference is taken from a picture. Please add the picture."))
        options = given(
            model_name=model,
            image_reference=reference,
            image_fidelity=fidelity,
            negative_prompt=negative,
            aspect_ratio=aspect,
            resolution=resolution,
            n=count,
        )
        request = EngineRequest(engine="kling", kind="imagine", prompt=prompt, options=options)
        await paint(self._flows, interaction, request, image)

    @app_commands.command(description="See a person in other clothes")
    @app_commands.describe(
        person="A picture of the person", clothes="A picture of the clothes, best before white", model="The model"
    )
    async def tryon(
        self,
        interaction: discord.Interaction[EaselBot],
        person: discord.Attachment,
        clothes: discord.Attachment,
        model: str | None = None,
    ) -> None:
        """Take the order for a try-on."""
        request = EngineRequest(engine="kling", kind="tryon", options=given(model_name=model))
        await paint(self._flows, interaction, request, person, clothes)

    @imagine.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.models, typed)

    @tryon.autocomplete("model")
    async def _tryon_models(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.tryon_models, typed)

    @imagine.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(KlingCog(bot.flows, bot.services.settings))
