"""The client as buttons, menus, panels and modals know it: where what people do with them goes.

The library finds a component's class by its custom id and calls it back with nothing but the interaction; its client is
the way to the routers, which stand above the components (`bot.ui.routers`) and are known here by what they take.
"""

from typing import Any, NamedTuple, Protocol

import discord
from discord.ext import commands

from bot.domain.review import Decision
from bot.ui.components.job_actions import PictureQuestion, RegionAction


class RegionInput(NamedTuple):
    """A press in the Region panel: for the job's button at `key`, with the cells chosen so far as bits."""

    action: RegionAction
    job_id: str
    key: int
    chosen: int
    cell: int | None = None  # the pressed one, 0 to 8


class PictureChoice(NamedTuple):
    """A choice in a private menu about pictures.

    What another version of the bot has posted may ask something that this one does not know.
    """

    asks: PictureQuestion | str
    about: str  # the job or draft
    purpose: str  # what the picture is for, where that was asked before
    value: str


class PanelInput(NamedTuple):
    """A press or a choice in a private panel."""

    what: str  # what it changes
    about: str  # the value or draft in the custom id
    value: str = ""  # what was chosen in a menu


class TakesButtons(Protocol):
    """Where buttons and menus of messages go (`bot.ui.routers.buttons`)."""

    async def press(self, interaction: "Interaction", action: str, about: str, key: int | None) -> None:
        """Do what a button says about a job, a group or a draft."""
        ...

    async def press_region(self, interaction: "Interaction", pressed: RegionInput) -> None:
        """Do what a button of the Region panel says."""
        ...

    async def press_review(self, interaction: "Interaction", decision: Decision, job_id: str) -> None:
        """Decide about a result that waits for a moderator."""
        ...

    async def choose(self, interaction: "Interaction", choice: PictureChoice) -> None:
        """Go on with what was chosen in a menu about pictures."""
        ...


class TakesPanelInputs(Protocol):
    """Where buttons and menus of private panels go (`bot.ui.routers.panels`)."""

    async def handle(self, interaction: "Interaction", panel: str, given: PanelInput) -> None:
        """Do what was pressed or chosen in the panel of this name."""
        ...


class RoutedClient(commands.AutoShardedBot):
    """A client that knows where presses and choices go; `bot.client.EaselBot` is the one there is."""

    button_router: TakesButtons
    panel_router: TakesPanelInputs


Interaction = discord.Interaction[RoutedClient]


def typed(interaction: discord.Interaction[Any]) -> Interaction:
    """Return the same interaction with the client's type, which the library's own callbacks leave open."""
    return interaction


def all_chosen_in(interaction: Interaction) -> str:
    """Return the ids that were chosen in a menu of roles or channels, with spaces between them."""
    return " ".join(map(str, interaction.data["values"]))  # type: ignore[index, typeddict-item]  # as below


def chosen_in(interaction: Interaction) -> str:
    """Return what was chosen in a menu; it always takes one value."""
    return str(interaction.data["values"][0])  # type: ignore[index, typeddict-item]  # the library's type is too wide
