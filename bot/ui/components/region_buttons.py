"""The private panel of Vary (Region): the picture under a grid, nine toggles, and the ways to say what goes there."""

import re
from typing import Any, Self

import discord
from discord import ui
from typing_extensions import override

from bot.language import _

CELLS = 9
Style = discord.ButtonStyle


class RegionButton(
    ui.DynamicItem[ui.Button[ui.View]],
    template=r"easel-region:(?P<verb>cell[0-8]|repaint|upload):(?P<job>[0-9a-f]{16}):(?P<key>[0-9]{1,2}):(?P<chosen>[0-9]{1,3})",
):
    """One button of the panel; the chosen cells stand in its custom id as bits, so nothing is remembered elsewhere."""

    def __init__(
        self,
        verb: str,
        job_id: str,
        key: int,
        chosen: int,
        *,
        label: str | None = None,
        style: Style = Style.secondary,
        row: int | None = None,
    ) -> None:
        custom_id = f"easel-region:{verb}:{job_id}:{key}:{chosen}"
        super().__init__(ui.Button(custom_id=custom_id, label=label, style=style, row=row))
        self.verb = verb
        self.job_id = job_id
        self.key = key
        self.chosen = chosen

    @classmethod
    @override
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["verb"], match["job"], int(match["key"]), int(match["chosen"]))

    @override
    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        await interaction.client.presses.press_region(interaction, self)


def region_view(job_id: str, key: int, chosen: int, locale: str, draw_url: str | None) -> ui.View:
    """The panel's buttons for a choice of cells; `draw_url` leads to the mask editor, where there is one."""
    view = ui.View(timeout=None)
    for cell in range(CELLS):
        style = Style.success if chosen >> cell & 1 else Style.secondary
        view.add_item(RegionButton(f"cell{cell}", job_id, key, chosen, label=str(cell + 1), style=style, row=cell // 3))
    repaint, upload = _("Repaint...").render(locale), _("Upload a mask...").render(locale)
    view.add_item(RegionButton("repaint", job_id, key, chosen, label=repaint, style=Style.primary, row=3))
    view.add_item(RegionButton("upload", job_id, key, chosen, label=upload, row=3))
    if draw_url is not None:
        view.add_item(ui.Button(label=_("Draw the region").render(locale), url=draw_url, row=3))
    return view


def draw_url_of(message: discord.Message | None) -> str | None:
    """The link that a panel already shows."""
    rows = [row for row in (message.components if message else ()) if isinstance(row, discord.ActionRow)]
    urls = (item.url for row in rows for item in row.children if isinstance(item, discord.Button))
    return next((url for url in urls if url), None)


def cells_of(chosen: int) -> list[int]:
    """The cells behind the bits, 0 to 8."""
    return [cell for cell in range(CELLS) if chosen >> cell & 1]
