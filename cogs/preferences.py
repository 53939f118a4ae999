"""/fast, /relax, /turbo and /prefer: how a member likes to work."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.requests import Mode
from bot.jobs.preferences import TEXT_LIMIT, Preferences, Variability
from bot.language import _
from bot.text import inline_code
from bot.ui.components.interactions import actor_of, tell
from cogs.options import suggested

NAME_LIMIT = 30  # characters
SHOWN = 70  # characters of an option's text: a list of the longest fits a message


class PreferencesCog(commands.Cog):
    """Remembers how a member likes to work."""

    prefer = app_commands.Group(name="prefer", description="How you like to work")
    option = app_commands.Group(name="option", description="Options of your own, like --mine", parent=prefer)

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @app_commands.command(description="Work in fast mode from now on")
    async def fast(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember fast mode."""
        await self._prefer(interaction, Mode.FAST)

    @app_commands.command(description="Work in relax mode from now on: slower, often cheaper")
    async def relax(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember relax mode."""
        await self._prefer(interaction, Mode.RELAX)

    @app_commands.command(description="Work in turbo mode from now on: faster, often dearer")
    async def turbo(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember turbo mode."""
        await self._prefer(interaction, Mode.TURBO)

    async def _prefer(self, interaction: discord.Interaction[EaselBot], mode: Mode) -> None:
        await self._preferences.prefer_mode(actor_of(interaction), mode)
        sentence = _("Your jobs now run in {mode} mode. A flag in a prompt still wins.", mode=mode)
        await tell(interaction, sentence)

    @prefer.command(description="Edit the prompt before variations, rerolls and pans: on or off")
    async def remix(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the remix switch."""
        on = await self._preferences.switch_remix(actor_of(interaction))
        sentence = (
            _("Remix mode turned on! You can edit the prompt before V, Vary, 🔄 and pan buttons run.")
            if on
            else _("Remix mode turned off.")
        )
        await tell(interaction, sentence)

    @prefer.command(description="How far V1 to V4 go from their picture: high or low variation")
    async def variability(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn from high to low variation, and back."""
        actor, preferences = actor_of(interaction), self._preferences
        is_low = await preferences.variability(actor) is Variability.LOW
        await preferences.prefer_variability(actor, Variability.HIGH if is_low else Variability.LOW)
        await tell(
            interaction,
            _("High variability mode turned on: V1 to V4 go far from their picture, where the relay supports it.")
            if is_low
            else _(
                "Low variability mode turned on: V1 to V4 stay close to their picture, where the relay supports it."
            ),
        )

    @prefer.command(description="Parameters behind every prompt of yours; empty removes them")
    @app_commands.describe(text="For example --ar 3:2 --style raw; empty for none")
    async def suffix(
        self, interaction: discord.Interaction[EaselBot], text: app_commands.Range[str, 0, TEXT_LIMIT] = ""
    ) -> None:
        """Keep a suffix, or forget it."""
        kept = await self._preferences.set_suffix(actor_of(interaction), text)
        await tell(
            interaction,
            _("All your prompts now end with {suffix}.", suffix=inline_code(kept, TEXT_LIMIT))
            if kept
            else _("Your prompts no longer have a suffix."),
        )

    @option.command(name="set", description="Let an option like --mine stand for a text; empty forgets it")
    @app_commands.describe(option="The option's name, for example mine", value="What it stands for; empty forgets it")
    async def set_option(
        self,
        interaction: discord.Interaction[EaselBot],
        option: app_commands.Range[str, 1, NAME_LIMIT],
        value: app_commands.Range[str, 0, TEXT_LIMIT] = "",
    ) -> None:
        """Keep an own option, or forget it."""
        actor, preferences = actor_of(interaction), self._preferences
        name = await preferences.set_option(actor, option, value)
        kept = (await preferences.options(actor)).get(name, "")
        flag = inline_code(f"--{name}", NAME_LIMIT)
        await tell(
            interaction,
            _("{option} stands for {text} in your prompts.", option=flag, text=inline_code(kept, SHOWN))
            if kept
            else _("{option} was deleted.", option=flag),
        )

    @set_option.autocomplete("option")
    async def _own_options(
        self, interaction: discord.Interaction[EaselBot], typed: str
    ) -> list[app_commands.Choice[str]]:
        return suggested(await self._preferences.options(actor_of(interaction)), typed.lstrip("-"))

    @option.command(name="list", description="Your own options and what they stand for")
    async def list_options(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show a member's own options."""
        options = await self._preferences.options(actor_of(interaction))
        lines = [
            f"{inline_code(f'--{name}', NAME_LIMIT)} {inline_code(text, SHOWN)}"
            for name, text in sorted(options.items())
        ]
        if not lines:
            await tell(interaction, _("You have no shortcuts yet. Save one with /prefer option set."))
            return
        await tell(interaction, "\n".join(lines))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PreferencesCog(bot.services.preferences))
