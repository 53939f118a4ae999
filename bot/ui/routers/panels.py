"""Where touches of private panels go."""

from typing import Protocol

from bot.operation.personal_data import PersonalData
from bot.ui.components.client import Interaction, PanelInput
from bot.ui.components.interactions import report
from bot.ui.flows import entry_points
from bot.ui.flows.entry_points import Rule
from bot.ui.flows.job_starter import Desk
from bot.ui.panels.builder import NAME as BUILD
from bot.ui.panels.builder import Builder
from bot.ui.panels.history import NAME as HISTORY
from bot.ui.panels.history import History
from bot.ui.panels.privacy import NAME as PRIVACY
from bot.ui.panels.privacy import PrivacyPanel
from bot.ui.panels.settings import NAME as SETTINGS
from bot.ui.panels.settings import SettingsPanel


class Panel(Protocol):
    """One kind of panel."""

    async def handle(self, interaction: Interaction, given: PanelInput) -> None:
        """Do what was pressed or chosen."""
        ...


class PanelRouter:
    """All kinds of panels; every error is answered."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.settings = SettingsPanel(desk)
        self.builder = Builder(desk)
        self.history = History(desk)
        service = desk.service
        self.privacy = PrivacyPanel(PersonalData(service.store, service.pictures, desk.clock), service.settings)
        self._by_name: dict[str, Panel] = {
            SETTINGS: self.settings,
            BUILD: self.builder,
            HISTORY: self.history,
            PRIVACY: self.privacy,
        }

    async def handle(self, interaction: Interaction, panel: str, given: PanelInput) -> None:
        """A button was pressed, or something chosen in a menu."""
        try:
            await self._desk.let_in(interaction, entry_points.PANELS.get(panel, Rule.STARTS))
            await self._by_name[panel].handle(interaction, given)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)
