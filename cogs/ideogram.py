"""/ideogram: pictures with legible words, in Ideogram's own terms."""

from collections.abc import Mapping, Sequence
from typing import Literal

import discord
from discord import app_commands
from discord.ext import commands
from pydantic import JsonValue

from bot.client import EaselBot
from bot.domain.requests import EngineRequest
from bot.relay.ideogram_v3 import CHARACTER, STYLE
from bot.settings import Settings
from bot.ui.flows.build import Flows
from cogs.options import PROMPT, given, paint, suggested, with_visibility

ASPECTS = (
    "1:1",
    "16:9",
    "9:16",
    "4:3",
    "3:4",
    "3:2",
    "2:3",
    "16:10",
    "10:16",
    "5:4",
    "4:5",
    "2:1",
    "1:2",
    "3:1",
    "1:3",
)
STYLES = ("AUTO", "GENERAL", "REALISTIC", "DESIGN", "FICTION", "RENDER_3D", "ANIME")
NEWEST = "V_3"
MagicPrompt = Literal["AUTO", "ON", "OFF"]
Speed = Literal["FLASH", "TURBO", "DEFAULT", "QUALITY"]
Seed = app_commands.Range[int, 0, 2_147_483_647]
Percent = app_commands.Range[int, 0, 100]
Count = app_commands.Range[int, 1, 8]
Codes = app_commands.Range[str, 1, 100]


def aspect_word(aspect: str | None) -> str | None:
    """16:9 as the engine writes it; what is no ratio goes as it is."""
    return f"ASPECT_{aspect.replace(':', '_')}" if aspect and ":" in aspect else aspect


def model_at(speed: Speed | None, model: str | None = NEWEST) -> str | None:
    """The newest model at a rendering speed: the owner may allow and price each of them."""
    return f"{NEWEST}_{speed}" if speed and speed != "DEFAULT" and model in (None, NEWEST) else model


def references(
    style_image: discord.Attachment | None, character: discord.Attachment | None = None
) -> list[tuple[discord.Attachment, str]]:
    """Pictures to go by, each with what it is for; they stand behind the picture that is worked on."""
    return [(one, role) for one, role in ((style_image, STYLE), (character, CHARACTER)) if one is not None]


class IdeogramCog(commands.GroupCog, group_name="ideogram", group_description="Pictures by Ideogram"):
    """Takes prompts and pictures for Ideogram."""

    def __init__(self, flows: Flows, settings: Settings) -> None:
        self._flows = flows
        self._settings = settings

    @app_commands.command(description="Create pictures from a prompt")
    @app_commands.describe(
        prompt="Describe your picture; put text that should appear in it in quotes",
        aspect="The shape of the picture",
        model="The model",
        speed="Rendering speed and quality; version 3",
        style="The style; V_2 and later models",
        style_codes="Style codes, 8 characters each; version 3",
        style_image="A style reference picture; version 3",
        character="A picture of a person who should appear; version 3",
        magic_prompt="Whether Ideogram may improve the prompt",
        negative="What to leave out of the picture",
        count="How many pictures",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def generate(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        aspect: str | None = None,
        model: str | None = None,
        speed: Speed | None = None,
        style: str | None = None,
        style_codes: Codes | None = None,
        style_image: discord.Attachment | None = None,
        character: discord.Attachment | None = None,
        magic_prompt: MagicPrompt | None = None,
        negative: str | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for pictures."""
        given_for = references(style_image, character)
        needs_newest = speed or style_codes or given_for
        options = given(
            aspect_ratio=aspect_word(aspect),
            model=model_at(speed, model or NEWEST) if needs_newest else model,
            style_type=style,
            style_codes=style_codes,
            magic_prompt_option=magic_prompt,
            negative_prompt=negative,
            num_images=count,
            seed=seed,
        )
        await self._paint(interaction, "generate", prompt, options, references=given_for)

    @app_commands.command(description="Create pictures from a picture and a prompt")
    @app_commands.describe(
        image="The picture to start from",
        prompt="What to turn it into",
        weight="How much of the picture to keep, 1 to 100",
        aspect="The shape of the picture",
        model="The model",
        speed="Rendering speed and quality; version 3",
        style="The style; V_2 and later models",
        style_codes="Style codes, 8 characters each; version 3",
        style_image="A style reference picture; version 3",
        character="A picture of a person who should appear; version 3",
        magic_prompt="Whether Ideogram may improve the prompt",
        negative="What to leave out of the picture",
        count="How many pictures",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def remix(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        prompt: PROMPT,
        weight: app_commands.Range[int, 1, 100] | None = None,
        aspect: str | None = None,
        model: str | None = None,
        speed: Speed | None = None,
        style: str | None = None,
        style_codes: Codes | None = None,
        style_image: discord.Attachment | None = None,
        character: discord.Attachment | None = None,
        magic_prompt: MagicPrompt | None = None,
        negative: str | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for a remix."""
        given_for = references(style_image, character)
        needs_newest = speed or style_codes or given_for
        options = given(
            image_weight=weight,
            aspect_ratio=aspect_word(aspect),
            model=model_at(speed, model or NEWEST) if needs_newest else model,
            style_type=style,
            style_codes=style_codes,
            magic_prompt_option=magic_prompt,
            negative_prompt=negative,
            num_images=count,
            seed=seed,
        )
        await self._paint(interaction, "remix", prompt, options, image, references=given_for)

    @app_commands.command(description="Repaint part of a picture")
    @app_commands.describe(
        image="The picture to change",
        mask="A mask of the same size: white is repainted, black is kept",
        prompt="What the whole picture should show",
        speed="Rendering speed and quality",
        style="The style",
        style_codes="Style codes, 8 characters each",
        style_image="A style reference picture",
        character="A picture of a person who should appear",
        magic_prompt="Whether Ideogram may improve the prompt",
        count="How many pictures",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def edit(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        mask: discord.Attachment,
        prompt: PROMPT,
        speed: Speed | None = None,
        style: str | None = None,
        style_codes: Codes | None = None,
        style_image: discord.Attachment | None = None,
        character: discord.Attachment | None = None,
        magic_prompt: MagicPrompt | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for an edit."""
        options = given(
            model=model_at(speed),
            masked=True,
            style_type=style,
            style_codes=style_codes,
            magic_prompt_option=magic_prompt,
            num_images=count,
            seed=seed,
        )
        given_for = references(style_image, character)
        await self._paint(interaction, "edit", prompt, options, image, references=given_for, mask=mask)

    @app_commands.command(description="Change the shape of a picture and fill in the new area")
    @app_commands.describe(
        image="The picture to reshape",
        aspect="The new shape",
        speed="Rendering speed and quality",
        style_codes="Style codes, 8 characters each",
        style_image="A style reference picture",
        count="How many pictures",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def reframe(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        aspect: app_commands.Range[str, 1, 20],
        speed: Speed | None = None,
        style_codes: Codes | None = None,
        style_image: discord.Attachment | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for another frame."""
        options = given(
            model=model_at(speed),
            aspect_ratio=aspect_word(aspect),
            style_codes=style_codes,
            num_images=count,
            seed=seed,
        )
        await self._paint(interaction, "reframe", "", options, image, references=references(style_image))

    @app_commands.command(description="Replace the background of a picture")
    @app_commands.describe(
        image="The picture whose background to replace",
        prompt="The new background",
        speed="Rendering speed and quality",
        style="The style",
        style_codes="Style codes, 8 characters each",
        style_image="A style reference picture",
        magic_prompt="Whether Ideogram may improve the prompt",
        count="How many pictures",
        seed="The same seed gives a similar picture",
    )
    @with_visibility
    async def background(
        self,
        interaction: discord.Interaction[EaselBot],
        image: discord.Attachment,
        prompt: PROMPT,
        speed: Speed | None = None,
        style: str | None = None,
        style_codes: Codes | None = None,
        style_image: discord.Attachment | None = None,
        magic_prompt: MagicPrompt | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
    ) -> None:
        """Take the order for another background."""
        options = given(
            model=model_at(speed),
            style_type=style,
            style_codes=style_codes,
            magic_prompt_option=magic_prompt,
            num_images=count,
            seed=seed,
        )
        await self._paint(interaction, "background", prompt, options, image, references=references(style_image))

    @app_commands.command(description="Upscale a picture")
    @app_commands.describe(
        image="The picture to upscale",
        prompt="What it shows (optional)",
        resemblance="How close to stay to the original, 0 to 100",
        detail="How much detail to add, 0 to 100",
    )
    @with_visibility
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
    @with_visibility
    async def describe(self, interaction: discord.Interaction[EaselBot], image: discord.Attachment) -> None:
        """Take the order for a description."""
        request = EngineRequest(engine="ideogram", kind="describe")
        await paint(self._flows, interaction, request, image)

    async def _paint(
        self,
        interaction: discord.Interaction[EaselBot],
        kind: str,
        prompt: str,
        options: Mapping[str, JsonValue],
        *start: discord.Attachment,
        references: Sequence[tuple[discord.Attachment, str]],
        mask: discord.Attachment | None = None,
    ) -> None:
        """Take an order with its pictures in their order; a mask stands last."""
        roles = (*("" for _one in start), *(role for _one, role in references))
        request = EngineRequest(engine="ideogram", kind=kind, prompt=prompt, options=options, roles=roles)
        await paint(self._flows, interaction, request, *start, *(one for one, _role in references), mask)

    @generate.autocomplete("aspect")
    @remix.autocomplete("aspect")
    @reframe.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)

    @generate.autocomplete("style")
    @remix.autocomplete("style")
    @edit.autocomplete("style")
    @background.autocomplete("style")
    async def _styles(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(STYLES, typed)

    @generate.autocomplete("model")
    @remix.autocomplete("model")
    async def _models(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(self._settings.engines.ideogram.models, typed)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(IdeogramCog(bot.flows, bot.services.settings))
