"""/fast, /relax, /turbo and /prefer: how a member likes to work."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.feature_names import SPEEDS
from bot.domain.requests import Mode
from bot.jobs.preferences import TEXT_LIMIT, Preferences, Switch, Variability
from bot.language import Sentence, _
from bot.text import inline_code
from bot.ui.components.interactions import actor_of, tell
from cogs.options import suggested

NAME_LIMIT = 30  # characters
SHOWN = 70  # characters of an option's text: a list of the longest fits a message


class PreferencesCog(commands.Cog):
    """Remembers how a member likes to work."""

    prefer = app_commands.Group(name="prefer", description="Your preferences")
    option = app_commands.Group(name="option", description="Your own shortcuts, such as --mine", parent=prefer)

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences

    @app_commands.command(description="Switch to fast mode")
    async def fast(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember fast mode."""
        await self._prefer(interaction, Mode.FAST)

    @app_commands.command(description="Switch to relax mode: slower, often cheaper")
    async def relax(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember relax mode."""
        await self._prefer(interaction, Mode.RELAX)

    @app_commands.command(description="Switch to turbo mode: faster, usually costs more")
    async def turbo(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Remember turbo mode."""
        await self._prefer(interaction, Mode.TURBO)

    async def _prefer(self, interaction: discord.Interaction[EaselBot], mode: Mode) -> None:
        await self._preferences.prefer_mode(actor_of(interaction), mode)
        sentence = _("Your jobs now run in {mode} mode. A flag in a prompt still wins.", mode=SPEEDS[mode])
        await tell(interaction, sentence)

    @prefer.command(description="Switch remix mode on or off: edit the prompt before variations, rerolls and pans")
    async def remix(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the remix switch."""
        on = await self._preferences.switch_remix(actor_of(interaction))
        sentence = (
            _("Remix mode turned on! You can edit the prompt before V, Vary, 🔄 and pan buttons run.")
            if on
            else _("Remix mode turned off.")
        )
        await tell(interaction, sentence)

    @prefer.command(description="Also get your finished pictures by direct message, or no longer")
    async def auto_dm(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the switch for direct messages."""
        await self._turn(
            interaction,
            Switch.AUTO_DM,
            _("Your finished pictures now also come to you by direct message."),
            _("Your finished pictures no longer come to you by direct message."),
        )

    @prefer.command(description="Make all your results private, or no longer; the option private overrides it")
    async def private(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the switch for private results."""
        await self._turn(
            interaction,
            Switch.PRIVATE,
            _("Your results are now private: only you see them. A command's option still wins."),
            _("Your results are no longer private."),
        )

    @prefer.command(description="Cover all your pictures as spoilers, or no longer; the option spoiler overrides it")
    async def spoiler(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Turn the switch for spoilers."""
        await self._turn(
            interaction,
            Switch.SPOILER,
            _("Your pictures are now covered as spoilers. A command's option still wins."),
            _("Your pictures are no longer covered."),
        )

    async def _turn(
        self, interaction: discord.Interaction[EaselBot], switch: Switch, is_on: Sentence, is_off: Sentence
    ) -> None:
        on = await self._preferences.turn(switch, actor_of(interaction))
        await tell(interaction, is_on if on else is_off)

    @prefer.command(description="Confirm that people in your face swaps and try-ons have agreed, or take it back")
    async def consent(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Give or take back a member's word."""
        given = await self._preferences.switch_consent(actor_of(interaction))
        sentence = (
            _("Thank you. You have confirmed that the people in your face swaps and try-ons have agreed to them.")
            if given
            else _("You have taken your confirmation back.")
        )
        await tell(interaction, sentence)

    @prefer.command(description="Switch between high and low variation for V1 to V4")
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

    @prefer.command(description="Add parameters to all your prompts; leave empty to clear")
    @app_commands.describe(text="For example --ar 3:2 --style raw; leave empty to clear")
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

    @option.command(name="set", description="Save a shortcut such as --mine; leave the value empty to delete it")
    @app_commands.describe(
        option="The shortcut's name, for example mine", value="What it stands for; leave empty to delete it"
    )
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

    @option.command(name="list", description="List your shortcuts")
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
