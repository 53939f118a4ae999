"""The private panel of /gallery: a link to the member's own pictures in the browser, and an end to all such links."""

from discord import ui

from bot.language import _
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of
from bot.ui.components.panel_items import link_panel, panel_of
from bot.ui.flows.gallery import Gallery

NAME = "gallery"


class GalleryPanel:
    """Gives out links, and ends them."""

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    async def open(self, interaction: Interaction) -> None:
        """Answer with the panel.

        Raises:
            UserError: there is no web side.
        """
        actor = actor_of(interaction)
        url = await self._gallery.url(actor)
        text = _(
            "### Your gallery\n"
            "All your pictures and videos in the browser: search, favourites, downloads.\n"
            "-# The link is yours alone and works for a day. Whoever has it sees your gallery: don't pass it on."
        )
        view = link_panel(NAME, text, _("Open the gallery"), url, actor.locale)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def handle(self, interaction: Interaction, _given: PanelInput) -> None:
        """End all links of the member at once."""
        actor = actor_of(interaction)
        await self._gallery.revoke(actor.id)
        text = _("All links to your gallery have ended. Use /gallery for a new one.")
        await interaction.response.edit_message(view=panel_of(ui.TextDisplay(text.render(actor.locale))))
