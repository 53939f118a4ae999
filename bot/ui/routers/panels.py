"""Routes presses and choices in private panels to what each panel does with them."""

from typing import Protocol

from bot.services import Services
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import report
from bot.ui.flows import entry_points
from bot.ui.flows.build import Flows
from bot.ui.flows.entry_points import Rule
from bot.ui.messages.hint import HELP
from bot.ui.panels.builder import NAME as BUILD
from bot.ui.panels.builder import Builder
from bot.ui.panels.gallery import NAME as GALLERY
from bot.ui.panels.gallery import GalleryPanel
from bot.ui.panels.help import HelpPanel
from bot.ui.panels.history import NAME as HISTORY
from bot.ui.panels.history import History
from bot.ui.panels.info import InfoPanel
from bot.ui.panels.owner_page import NAME as OWNER_PAGE
from bot.ui.panels.owner_page import OwnerPagePanel
from bot.ui.panels.privacy import NAME as PRIVACY
from bot.ui.panels.privacy import PrivacyPanel
from bot.ui.panels.settings import NAME as SETTINGS
from bot.ui.panels.settings import SettingsPanel
from bot.ui.panels.setup import SetupPanel, scope_of_manager, scope_of_owner
from bot.ui.panels.setup_view import NAME as SETUP
from bot.ui.panels.setup_view import OWNERS_NAME as OWNERS_SETUP
from bot.ui.panels.usage import UsagePanel


class Panel(Protocol):
    """One kind of panel."""

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Do what was pressed or chosen."""
        ...


class PanelRouter:
    """Leads to the panels; every error is answered."""

    def __init__(self, services: Services, flows: Flows) -> None:
        self._services = services
        self.settings = SettingsPanel(services)
        self.builder = Builder(services, flows.prompts)
        self.history = History(services)
        self.info = InfoPanel(services)
        self.usage = UsagePanel(services)
        self.privacy = PrivacyPanel(services)
        self.help = HelpPanel(
            services, flows.drafts, builder=self.builder, history=self.history, info=self.info, privacy=self.privacy
        )
        self.gallery = GalleryPanel(flows.gallery)
        self.setup = SetupPanel(services, scope_of_manager)
        self.owners_setup = SetupPanel(services, scope_of_owner)
        self.owner_page = OwnerPagePanel(flows.owner_page)
        self._by_name: dict[str, Panel] = {
            SETTINGS: self.settings,
            BUILD: self.builder,
            HISTORY: self.history,
            PRIVACY: self.privacy,
            HELP: self.help,
            GALLERY: self.gallery,
            SETUP: self.setup,
            OWNERS_SETUP: self.owners_setup,
            OWNER_PAGE: self.owner_page,
        }

    async def handle(self, interaction: Interaction, panel: str, given: PanelInput) -> None:
        """Hand what was pressed or chosen to the panel of this name."""
        try:
            await entry_points.check_entry(self._services, interaction, entry_points.PANELS.get(panel, Rule.STARTS))
            await self._by_name[panel].handle(interaction, given)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)
