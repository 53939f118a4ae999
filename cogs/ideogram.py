"""/ideogram: pictures with legible words, in Ideogram's own terms."""

from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.settings import Settings
from bot.ui.flows.build import Flows
from cogs.options import PROMPT, given, paint, suggested

ASPECTS = ("1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "16:10", "10:16", "3:1", "1:3")
STYLES = ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "RENDER_3D", "ANIME")
MagicPrompt = Literal["AUTO", "ON", "OFF"]
Seed = app_commands.Range[int, 0, 2_147_483_647]
Percent = app_commands.Range[int, 0, 100]


def aspect_word(aspect: str | None) -> str | None:
    """16:9 as the engine writes it; what is no ratio goes as it is."""
    return f"ASPECT_{aspect.replace(':', '_')}" if aspect and ":" in aspect else aspect


class IdeogramCog(commands.GroupCog, group_name="ideogram", group_description="Pictures by Ideogram"):
    """Takes prompts and pictures for Ideogram."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings.engines.ideogram

    @app_commands.command(description="Create pictures from a prompt")
    @app_commands.describe(
        prompt="What to paint; words to be written stand best in quotes",
        aspect="The shape of the picture",
        model="The model",
        style="The style; models from V_2 on",
        magic_prompt="Whether Ideogram may enrich the prompt",
        negative="What should not be in the picture",
        count="How many pictures",
        seed="The same number gives the same picture",
    )
    async def generate(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        aspect: str | None = None,
        model: str | None = None,
        style: str | None = None,
        magic_prompt: MagicPrompt | None = None,
        negative: str | None = None,
        count: app_commands.Range[int, 1, 8] | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for pictures."""
        options = given(
            aspect_ratio=aspect_word(aspect),
            model=model,
            style_type=style,
            magic_prompt_option=magic_prompt,
            negative_prompt=negative,
            num_images=count,
            seed=seed,
        )
        request = EngineRequest(engine="ideogram", kind="generate", prompt=prompt, options=options)
        await paint(self._flows, interaction, request)

    @app_commands.command(description="Create pictures from a picture and a prompt")
    @app_commands.describe(
        image="The picture to start from",
        prompt="What to make of it",
        weight="How much of the picture stays, 1 to 100",
        aspect="The shape of the picture",
        model="The model",
        style="The style; models from V_2 on",
        magic_prompt="Whether Ideogram may enrich the prompt",
        count="How many pictures",
    )
    async def remix(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        prompt: PROMPT,
        weight: app_commands.Range[int, 1, 100] | None = None,
        aspect: str | None = None,
        model: str | None = None,
        style: str | None = None,
        magic_prompt: MagicPrompt | None = None,
        count: app_commands.Range[int, 1, 8] | None = None,
    ) -> None:
        """Take the order for a remix."""
        options = given(
            image_weight=weight,
            aspect_ratio=aspect_word(aspect),
            model=model,
            style_type=style,
            magic_prompt_option=magic_prompt,
            num_images=count,
        )
        request = EngineRequest(engine="ideogram", kind="remix", prompt=prompt, options=options)
        await paint(self._flows, interaction, request, image)

    @app_commands.command(description="Make a picture larger")
    @app_commands.describe(
        image="The picture to make larger",
        prompt="What is in it, if that helps",
        resemblance="How close it stays, 0 to 100",
        detail="How much detail is added, 0 to 100",
    )
    async def upscale(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        prompt: PROMPT | None = None,
        resemblance: Percent | None = None,
        detail: Percent | None = None,
    ) -> None:
        """Take the order for a larger picture."""
        options = given(resemblance=resemblance, detail=detail)
        request = EngineRequest(engine="ideogram", kind="upscale", prompt=prompt or "", options=options)
        await paint(self._flows, interaction, request, image)

    @app_commands.command(description="Get a prompt for a picture")
    @app_commands.describe(image="The picture to describe")
    async def describe(self, interaction: discord.Interaction[EaselBot], image: discord.Attachment) -> None:
        """Take the order for a description."""
        request = EngineRequest(engine="ideogram", kind="describe")
        await paint(self._flows, interaction, request, image)

    @generate.autocomplete("aspect")
    @remix.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)

    @generate.autocomplete("style")
    @remix.autocomplete("style")
    async def _styles(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(STYLES, typed)

    @generate.autocomplete("model")
    @remix.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.models, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(IdeogramCog(bot.flows, bot.services.settings))
