"""/help, /settings, /build, /history, /gallery, /info and /usage: private panels, and how a member stands."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.domain.engine_info import ENGINES
from bot.domain.library import LibraryKind
from bot.storage.library import Search
from bot.ui.panels.history import KINDS
from bot.ui.panels.history_pages import searched
from bot.ui.routers.panels import PanelRouter


class PanelsCog(commands.Cog):
    """Opens a member's private panels."""

    def __init__(self, panels: PanelRouter) -> None:
        self._panels = panels

    @app_commands.command(description="How it works, with things to try")
    async def help(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the first topic."""
        await self._panels.help.open(interaction)

    @app_commands.command(description="Change your model, style and speed")
    async def settings(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show the settings panel."""
        await self._panels.settings.open(interaction)

    @app_commands.command(description="Build a prompt with menus, no parameters to remember")
    async def build(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show an empty prompt builder."""
        await self._panels.builder.open(interaction)

    @app_commands.command(description="Browse, search and reuse your pictures and videos")
    @app_commands.describe(
        search="Words of the prompt",
        kind="What it is",
        engine="What made it",
        favourites="Only those with your star",
    )
    @app_commands.choices(
        kind=[app_commands.Choice(name=str(word), value=kind.value) for kind, word in KINDS.items()],
        engine=[app_commands.Choice(name=info.title, value=info.name) for info in ENGINES.values()],
    )
    async def history(
        self,
        interaction: discord.Interaction[EaselBot],
        search: app_commands.Range[str, 1, 100] = "",
        kind: str = "",
        engine: str = "",
        favourites: bool = False,
    ) -> None:
        """Show the newest of one's own that fit."""
        wanted = Search(searched(search), LibraryKind(kind) if kind else None, engine, favourites)
        await self._panels.history.open(interaction, wanted)

    @app_commands.command(description="Open all your pictures in the browser with a private link")
    async def gallery(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Give out a link to the member's gallery."""
        await self._panels.gallery.open(interaction)

    @app_commands.command(description="Show your speed, settings, units and running jobs")
    async def info(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Tell how the member stands."""
        await self._panels.info.open(interaction)

    @app_commands.command(description="Show what you spent today, this week and this month, as a chart")
    async def usage(self, interaction: discord.Interaction[EaselBot]) -> None:
        """Show what the member spent."""
        await self._panels.usage.open(interaction)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PanelsCog(bot.panel_router))
