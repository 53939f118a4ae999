"""Buttons and menus of private panels: their custom id names the panel, what to change, and about what."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.language import Sentence, _
from bot.prompts import TABLE
from bot.text import one_line, shorten
from bot.ui.components.client import PanelInput, all_chosen_in, chosen_in, typed
from bot.ui.components.job_buttons import JobButton

MOST_CHOSEN = 25  # Discord's limit for a menu
NOTHING = "-"  # a menu's value for "none of them"; Discord takes no empty one
Style = discord.ButtonStyle
Row = ui.ActionRow[ui.LayoutView]
_TEMPLATE = r"(?P<panel>[a-z]+):(?P<what>[a-z]+):(?P<about>[A-Za-z0-9_-]*)"


class PanelButton(ui.DynamicItem[ui.Button[ui.LayoutView]], template=f"easel-panel:{_TEMPLATE}"):
    """One button of a panel."""

    def __init__(
        self,
        panel: str,
        what: str,
        about: str = "",
        *,
        label: str | None = None,
        emoji: str | None = None,
        style: Style = Style.secondary,
        disabled: bool = False,
    ) -> None:
        custom_id = f"easel-panel:{panel}:{what}:{about}"
        super().__init__(ui.Button(custom_id=custom_id, label=label, emoji=emoji, style=style, disabled=disabled))
        self.panel = panel
        self.what = what
        self.about = about

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["panel"], match["what"], match["about"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.panel_router.handle(here, self.panel, PanelInput(self.what, self.about))


class PanelMenu(ui.DynamicItem[ui.Select[ui.LayoutView]], template=f"easel-choice:{_TEMPLATE}"):
    """One menu of a panel; its name is read out to those who do not see it."""

    def __init__(
        self,
        panel: str,
        what: str,
        about: str = "",
        options: Sequence[discord.SelectOption] = (),
        name: str | None = None,
    ) -> None:
        custom_id = f"easel-choice:{panel}:{what}:{about}"
        super().__init__(ui.Select(custom_id=custom_id, options=list(options), placeholder=name))
        self.panel = panel
        self.what = what
        self.about = about

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["panel"], match["what"], match["about"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.panel_router.handle(here, self.panel, PanelInput(self.what, self.about, chosen_in(here)))


class PanelRoles(ui.DynamicItem[ui.RoleSelect[ui.LayoutView]], template=f"easel-roles:{_TEMPLATE}"):
    """A menu of a server's roles, of which any number may be chosen, or none."""

    def __init__(
        self, panel: str, what: str, about: str = "", chosen: Iterable[int] = (), name: str | None = None
    ) -> None:
        kind = discord.SelectDefaultValueType.role
        super().__init__(
            ui.RoleSelect(
                custom_id=f"easel-roles:{panel}:{what}:{about}",
                placeholder=name,
                min_values=0,
                max_values=MOST_CHOSEN,
                default_values=[discord.SelectDefaultValue(id=one, type=kind) for one in chosen],
            )
        )
        self.panel = panel
        self.what = what
        self.about = about

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["panel"], match["what"], match["about"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.panel_router.handle(here, self.panel, PanelInput(self.what, self.about, all_chosen_in(here)))


class PanelChannels(ui.DynamicItem[ui.ChannelSelect[ui.LayoutView]], template=f"easel-channels:{_TEMPLATE}"):
    """A menu of a server's channels and categories, of which any number may be chosen, or none."""

    def __init__(
        self,
        panel: str,
        what: str,
        about: str = "",
        chosen: Iterable[int] = (),
        name: str | None = None,
        most: int = MOST_CHOSEN,
    ) -> None:
        kind = discord.SelectDefaultValueType.channel
        super().__init__(
            ui.ChannelSelect(
                custom_id=f"easel-channels:{panel}:{what}:{about}",
                placeholder=name,
                min_values=0,
                max_values=most,
                default_values=[discord.SelectDefaultValue(id=one, type=kind) for one in chosen],
            )
        )
        self.panel = panel
        self.what = what
        self.about = about

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["panel"], match["what"], match["about"])

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.panel_router.handle(here, self.panel, PanelInput(self.what, self.about, all_chosen_in(here)))


def row_of(*items: PanelButton | PanelMenu | PanelRoles | PanelChannels | JobButton | ui.Button[ui.LayoutView]) -> Row:
    """Put controls beside each other."""
    row: Row = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def panel_of(*parts: ui.Item[ui.LayoutView]) -> ui.LayoutView:
    """Build a whole panel of texts and rows."""
    box: ui.Container[ui.LayoutView] = ui.Container()
    for part in parts:
        box.add_item(part)
    return ui.LayoutView(timeout=None).add_item(box)


def choices(named: Iterable[tuple[str, str]], chosen: str | None, *, unnamed: str = "{}") -> list[discord.SelectOption]:
    """Build a menu's options of values and labels; a chosen value that is not among them is added."""
    labels = dict(named)
    current = NOTHING if chosen is None else chosen
    if current not in labels:
        labels[current] = shorten(unnamed.format(one_line(current)), 100)
    return [
        discord.SelectOption(label=label, value=value, default=value == current)
        for value, label in labels.items()
        if len(value) <= 100
    ]


def models() -> list[tuple[str, str]]:
    """List the models for a menu, newest first: as parameters without their dashes, and by their names."""
    versions = TABLE.versions
    return [
        *((f"v {version}", f"Midjourney {version}") for version in reversed(versions["v"])),
        *((f"niji {version}", f"Niji {version}") for version in reversed(versions["niji"])),
    ]


def link_panel(panel: str, text: Sentence, label: Sentence, url: str, locale: str) -> ui.LayoutView:
    """Build the panel that gives out a link of one's own, and on whose other button (`revoke`) all such links end."""
    return panel_of(
        ui.TextDisplay(text.render(locale)),
        row_of(
            ui.Button(label=label.render(locale), url=url),
            PanelButton(panel, "revoke", label=_("End all my links").render(locale)),
        ),
    )
