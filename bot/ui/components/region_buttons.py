"""The private panel of Vary (Region): the picture under a grid, nine toggles, and the ways to say what goes there."""

import re
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.language import Sentence, _
from bot.ui.components.client import RegionInput, typed
from bot.ui.components.job_actions import RegionAction

CELLS = 9
Style = discord.ButtonStyle


class RegionButton(
    ui.DynamicItem[ui.Button[ui.View]],
    template=r"easel-region:(?:cell(?P<cell>[0-8])|(?P<action>repaint|upload)):(?P<job>[0-9a-f]{16}):(?P<key>[0-9]{1,2}):(?P<chosen>[0-9]{1,3})",
):
    """One button of the panel; the chosen cells stand in its custom id as bits, so nothing is remembered elsewhere."""

    def __init__(
        self,
        action: RegionAction,
        job_id: str,
        key: int,
        chosen: int,
        *,
        cell: int | None = None,
        label: str | None = None,
        style: Style = Style.secondary,
        row: int | None = None,
        disabled: bool = False,
    ) -> None:
        custom_id = f"easel-region:{action}{'' if cell is None else cell}:{job_id}:{key}:{chosen}"
        super().__init__(ui.Button(custom_id=custom_id, label=label, style=style, row=row, disabled=disabled))
        self.pressed = RegionInput(action, job_id, key, chosen, cell)

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        cell = int(match["cell"]) if match["cell"] else None
        action = RegionAction(match["action"] or RegionAction.CELL)
        return cls(action, match["job"], int(match["key"]), int(match["chosen"]), cell=cell)

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        here = typed(interaction)
        await here.client.button_router.press_region(here, self.pressed)


def region_view(job_id: str, key: int, chosen: int, locale: str, draw_url: str | None) -> ui.View:
    """Build the panel's buttons for a choice of cells; `draw_url` leads to the mask editor, where there is one."""
    view = ui.View(timeout=None)
    if draw_url is not None:
        view.add_item(_draw_button(draw_url, locale, row=0))
    first = 0 if draw_url is None else 1
    for cell in range(CELLS):
        style = Style.success if chosen >> cell & 1 else Style.secondary
        label, row = str(cell + 1), first + cell // 3
        view.add_item(
            RegionButton(RegionAction.CELL, job_id, key, chosen, cell=cell, label=label, style=style, row=row)
        )
    repaint, upload = _("Repaint…").render(locale), _("Upload a mask…").render(locale)
    style = Style.primary if chosen else Style.secondary
    last = first + CELLS // 3
    view.add_item(
        RegionButton(
            RegionAction.REPAINT, job_id, key, chosen, label=repaint, style=style, row=last, disabled=not chosen
        )
    )
    view.add_item(RegionButton(RegionAction.UPLOAD, job_id, key, chosen, label=upload, row=last))
    return view


def region_text(draw_url: str | None) -> Sentence:
    """Say what the panel offers, the best way first."""
    if draw_url is None:
        return _("Pick the cells to repaint, then press *Repaint*. You can also upload a mask of your own.")
    return _("**Draw the region** in your browser, or pick cells here and press *Repaint*.")


def draw_view(draw_url: str, locale: str) -> ui.View:
    """Build the way to the mask editor alone."""
    return ui.View(timeout=None).add_item(_draw_button(draw_url, locale))


def _draw_button(draw_url: str, locale: str, row: int | None = None) -> ui.Button[ui.View]:
    return ui.Button(label=_("Draw the region").render(locale), url=draw_url, row=row)


def draw_url_of(message: discord.Message | None) -> str | None:
    """Return the link that a panel already shows."""
    rows = [row for row in (message.components if message else ()) if isinstance(row, discord.ActionRow)]
    urls = (item.url for row in rows for item in row.children if isinstance(item, discord.Button))
    return next((url for url in urls if url), None)


def cells_of(chosen: int) -> list[int]:
    """Return the cells behind the bits, 0 to 8."""
    return [cell for cell in range(CELLS) if chosen >> cell & 1]
