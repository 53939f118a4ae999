"""/kling: pictures by Kling, of several subjects, expanded, and clothes tried on."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.errors import UserError
from bot.language import _
from bot.relay.kling_requests import (
    PICTURE_STYLE,
    SCENE,
    SIDES,
    SUBJECT,
    TWO_GARMENTS_MODEL,
    fitting_model,
)
from bot.settings import Settings
from bot.ui.flows.build import Flows
from cogs.options import given, paint, suggested, with_visibility

ASPECTS = ("16:9", "9:16", "1:1", "4:3", "3:4", "3:2", "2:3", "21:9", "auto")
Words = app_commands.Range[str, 1, 2500]
Share = app_commands.Range[float, 0, 1]
Count = app_commands.Range[int, 1, 9]
Percent = app_commands.Range[int, 0, 200]


class KlingCog(commands.GroupCog, group_name="kling", group_description="Pictures by Kling"):
    """Takes prompts and pictures for Kling."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings

    @app_commands.command(description="Create pictures from a prompt, or from a prompt and pictures")
    @app_commands.describe(
        prompt="Describe your picture; with several pictures <<<image_1>>> means the first",
        image="A reference picture",
        image2="A second picture, for omni models",
        image3="A third picture",
        image4="A fourth picture",
        reference="What to take from the picture; models kling-v2-1 and kling-v1-5",
        fidelity="How close to stay to the picture, 0 to 1",
        person_fidelity="How close to stay to the person in it, 0 to 1",
        negative="What to leave out; not together with a picture",
        aspect="The shape of the picture",
        resolution="The resolution; 4k is for omni models and costs more",
        count="How many pictures",
        series="How many pictures in a series; model kling-v3-omni",
        model="The model",
    )
    @with_visibility
    async def imagine(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: Words,
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        reference: Literal["subject", "face"] | None = None,
        fidelity: Share | None = None,
        person_fidelity: Share | None = None,
        negative: Words | None = None,
        aspect: str | None = None,
        resolution: Literal["1k", "2k", "4k"] | None = None,
        count: Count | None = None,
        series: app_commands.Range[int, 2, 9] | None = None,
        model: str | None = None,
    ) -> None:
        """Take the order for pictures."""
        images = [one for one in (image, image2, image3, image4) if one is not None]
        if images and negative is not None:
            raise UserError(_("Kling takes either a picture or a negative prompt. Please leave one of them out."))
        if (reference is not None or person_fidelity is not None) and not images:
            raise UserError(_("A reference needs a picture. Please add one."))
        options = given(
            # Named at once, so that it is priced as what it will be.
            model_name=model or fitting_model(self._settings.engines.kling.models, len(images)),
            image_reference=reference,
            image_fidelity=fidelity,
            human_fidelity=person_fidelity,
            negative_prompt=negative,
            aspect_ratio=aspect,
            resolution=resolution,
            n=count,
            series_amount=series,
        )
        request = EngineRequest(engine="kling", kind="imagine", prompt=prompt, options=options)
        await paint(self._flows, interaction, request, *images)

    @app_commands.command(description="Combine up to four subjects in one picture")
    @app_commands.describe(
        prompt="Describe your picture",
        subject="A picture of a person or thing",
        subject2="A second subject",
        subject3="A third subject",
        subject4="A fourth subject",
        scene="A picture of the scene",
        style="A style reference picture",
        aspect="The shape of the picture",
        count="How many pictures",
        model="The model",
    )
    @with_visibility
    async def multi(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: Words,
        subject: discord.Attachment,
        subject2: discord.Attachment | None = None,
        subject3: discord.Attachment | None = None,
        subject4: discord.Attachment | None = None,
        scene: discord.Attachment | None = None,
        style: discord.Attachment | None = None,
        aspect: str | None = None,
        count: Count | None = None,
        model: str | None = None,
    ) -> None:
        """Take the order for a picture of several subjects."""
        images = [
            *((one, SUBJECT) for one in (subject, subject2, subject3, subject4) if one is not None),
            *((one, role) for one, role in ((scene, SCENE), (style, PICTURE_STYLE)) if one is not None),
        ]
        request = EngineRequest(
            engine="kling",
            kind="multi",
            prompt=prompt,
            options=given(model_name=model, aspect_ratio=aspect, n=count),
            roles=tuple(role for _one, role in images),
        )
        await paint(self._flows, interaction, request, *(one for one, _role in images))

    @app_commands.command(description="Extend a picture beyond its edges")
    @app_commands.describe(
        image="The picture to expand",
        prompt="What to fill in",
        up="How far to extend upwards, in percent of its height",
        down="How far to extend downwards, in percent of its height",
        left="How far to extend to the left, in percent of its width",
        right="How far to extend to the right, in percent of its width",
        count="How many pictures",
    )
    @with_visibility
    async def expand(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        prompt: Words | None = None,
        up: Percent = 0,
        down: Percent = 0,
        left: Percent = 0,
        right: Percent = 0,
        count: Count | None = None,
    ) -> None:
        """Take the order for a larger frame."""
        growth = {
            f"{side}_expansion_ratio": percent / 100
            for side, percent in zip(SIDES, (up, down, left, right), strict=True)
        }
        request = EngineRequest(engine="kling", kind="expand", prompt=prompt or "", options=given(n=count) | growth)
        await paint(self._flows, interaction, request, image)

    @app_commands.command(description="Try clothes on a person")
    @app_commands.describe(
        person="A picture of the person",
        clothes="A picture of the clothes, ideally on a white background",
        clothes2="A second garment worn below the first, such as trousers or a skirt",
        model="The model",
    )
    @with_visibility
    async def tryon(
        self,
        interaction: discord.Interaction[EaselBot],
        person: discord.Attachment,
        clothes: discord.Attachment,
        clothes2: discord.Attachment | None = None,
        model: str | None = None,
    ) -> None:
        """Take the order for a try-on."""
        model = model or (TWO_GARMENTS_MODEL if clothes2 is not None else None)
        request = EngineRequest(engine="kling", kind="tryon", options=given(model_name=model))
        await paint(self._flows, interaction, request, person, clothes, clothes2)

    @imagine.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.kling.models, typed)

    @multi.autocomplete("model")
    async def _multi_models(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(
            (model for model in self._settings.engines.kling.models if model.startswith("kling-v2")), typed
        )

    @tryon.autocomplete("model")
    async def _tryon_models(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.kling.tryon_models, typed)

    @imagine.autocomplete("aspect")
    @multi.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(KlingCog(bot.flows, bot.services.settings))
