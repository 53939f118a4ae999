"""The private panel of /easel web: a link to the owner's page, and an end to all such links."""

from discord import ui

from bot.language import _
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import actor_of
from bot.ui.components.panel_items import link_panel, panel_of
from bot.ui.flows.owner_page import OwnerPage

NAME = "web"


class OwnerPagePanel:
    """Gives out links, and ends them."""

    def __init__(self, page: OwnerPage) -> None:
        self._page = page

    async def open(self, interaction: Interaction) -> None:
        """Answer with the panel.

        Raises:
            UserError: it is not an owner who asks, or there is no web side.
        """
        actor = actor_of(interaction)
        url = await self._page.url(actor)
        text = _(
            "### The owner's page\n"
            "Jobs, units and money of all servers, what was done and by whom, and your settings.\n"
            "-# The link is yours alone and works for 15 minutes. Whoever has it acts in your name: don't pass it on."
        )
        view = link_panel(NAME, text, _("Open the owner's page"), url, actor.locale)
        await interaction.response.send_message(view=view, ephemeral=True)

    async def handle(self, interaction: Interaction, _given: PanelInput) -> None:
        """End all links of the owner at once."""
        actor = actor_of(interaction)
        await self._page.revoke(actor)
        text = _("All links to your owner's page have ended. Use /easel web for a new one.")
        await interaction.response.edit_message(view=panel_of(ui.TextDisplay(text.render(actor.locale))))
