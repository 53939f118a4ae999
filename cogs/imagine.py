"""/imagine and *Use as image prompt*: a grid of four pictures from a prompt."""

from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.jobs.preferences import Preferences
from bot.prompts import TABLE, fold, with_parameter
from bot.storage.jobs import JobStore
from bot.text import one_line
from bot.ui.components.interactions import actor_of
from bot.ui.components.modals import ModalKind
from bot.ui.flows.drafts import Draft
from bot.ui.flows.message_pictures import MessagePictures, Use
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.text.prompt_review import completions
from cogs.options import CHOICE_LIMIT, PROMPT, suggested, with_visibility
from cogs.pictures import with_pictures

RECENT = 200  # a member's last prompts, among which a beginning is searched
ASPECTS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9", "5:4", "4:5", "7:4", "4:7", "2:1", "1:2")
VERSIONS = tuple(
    name
    for family, prefix in (("v", ""), ("niji", "niji "))
    for name in (f"{prefix}{version}" for version in reversed(TABLE.versions[family]))  # type: ignore[index]
)
STYLES = tuple(sorted(TABLE.specs_by_name["style"].choices, key=lambda style: (style != "raw", style)))
VALUE = app_commands.Range[str, 1, CHOICE_LIMIT]


class ImagineCog(commands.Cog):
    """Takes prompts for Midjourney."""

    def __init__(
        self, prompts: PromptFlow, message_pictures: MessagePictures, preferences: Preferences, store: JobStore
    ) -> None:
        self._flow = prompts
        self._message_pictures = message_pictures
        self._preferences = preferences
        self._store = store

    @app_commands.command(description="Create four pictures from a prompt")
    @app_commands.describe(
        prompt="Describe your picture; parameters like --ar 3:2 at the end; {a, b} makes several jobs",
        aspect="The shape, width:height, for example 3:2",
        version="The model, for example 7 or niji 6",
        style="The model's style, for example raw",
        stylize="How artistic, 0 to 1000; default: 100",
        chaos="How different the four pictures are, 0 to 100",
        no="What to leave out, separated by commas",
        image1="An image prompt",
        image2="A second image prompt",
        image3="A third image prompt",
        image4="A fourth image prompt",
        image5="A fifth image prompt",
        style_reference="A style reference (--sref)",
        character_reference="A character reference (--cref)",
        omni_reference="An omni reference: a thing or person to include (--oref)",
        edit="A picture to change as the prompt says, version 8.1 and later (--edit)",
    )
    @with_visibility
    async def imagine(
        self,
        interaction: discord.Interaction[EaselBot],
        prompt: PROMPT,
        aspect: VALUE | None = None,
        version: VALUE | None = None,
        style: VALUE | None = None,
        stylize: app_commands.Range[int, 0, 1000] | None = None,
        chaos: app_commands.Range[int, 0, 100] | None = None,
        no: app_commands.Range[str, 1, 500] | None = None,
        image1: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        image5: discord.Attachment | None = None,
        style_reference: discord.Attachment | None = None,
        character_reference: discord.Attachment | None = None,
        omni_reference: discord.Attachment | None = None,
        edit: discord.Attachment | None = None,
    ) -> None:
        """Take the order for a grid."""
        chosen = {"ar": aspect, "style": style, "stylize": stylize, "chaos": chaos, "no": no} | _model(version)
        referred = {"--sref": style_reference, "--cref": character_reference, "--oref": omni_reference, "--edit": edit}
        images = (image1, image2, image3, image4, image5, *referred.values())
        draft = Draft(
            interaction.user.id,
            ModalKind.IMAGINE,
            text=prompt,
            references=tuple(flag for flag, image in referred.items() if image is not None),
            lacks_pictures=any(images),
        )

        def complete(draft: Draft) -> Draft:
            text = draft.text
            for name, value in chosen.items():
                if value is not None:
                    text = with_parameter(text, name, str(value))
            return with_pictures(replace(draft, text=text), *images)

        await self._flow.take(interaction, draft, complete)

    @imagine.autocomplete("prompt")
    async def _prompts(self, interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        """Recent prompts, and own options for a begun parameter."""
        actor = actor_of(interaction)
        options = await self._preferences.options(actor)
        recent = await self._store.prompts_of(actor.id, RECENT, CHOICE_LIMIT)
        return suggested(completions(typed, recent, options), "")

    @imagine.autocomplete("aspect")
    async def _aspects(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(ASPECTS, typed)

    @imagine.autocomplete("version")
    async def _versions(
        self, _interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(VERSIONS, typed)

    @imagine.autocomplete("style")
    async def _styles(self, _interaction: discord.Interaction[EaselBot], typed: str) -> list[app_commands.Choice[str]]:
        return suggested(STYLES, typed)

    async def use_as_image_prompt(self, interaction: discord.Interaction[EaselBot], message: discord.Message) -> None:
        """Ask for the prompt that goes with a message's picture."""
        await self._message_pictures.take_up(interaction, message, Use.PROMPT)


def _model(version: str | None) -> dict[str, str | None]:
    """Return the parameter for a model, as "7", "v7", "niji 6" or "niji6" name it."""
    if version is None:
        return {}
    name = fold(one_line(version)).lstrip("- ").lower()
    if name.startswith("niji"):
        return {"niji": name.removeprefix("niji").strip()}
    return {"v": name.removeprefix("version").removeprefix("v").strip()}


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    cog = ImagineCog(bot.flows.prompts, bot.flows.message_pictures, bot.services.preferences, bot.services.store)
    bot.tree.add_command(app_commands.ContextMenu(name="Use as image prompt", callback=cog.use_as_image_prompt))
    await bot.add_cog(cog)
