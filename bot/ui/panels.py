"""Where touches of private panels go."""

from typing import Protocol

from bot.operation.personal_data import PersonalData
from bot.ui import doors
from bot.ui.builder import NAME as BUILD
from bot.ui.builder import Builder
from bot.ui.controls import Touch
from bot.ui.desk import Desk
from bot.ui.doors import Rule
from bot.ui.history import NAME as HISTORY
from bot.ui.history import History
from bot.ui.interactions import Interaction, report
from bot.ui.privacy_panel import NAME as PRIVACY
from bot.ui.privacy_panel import PrivacyPanel
from bot.ui.settings_panel import NAME as SETTINGS
from bot.ui.settings_panel import SettingsPanel


class Panel(Protocol):
    """One kind of panel."""

    async def touch(self, interaction: Interaction, touch: Touch) -> None:
        """Do what was pressed or chosen."""
        ...


class Panels:
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

    async def touch(self, interaction: Interaction, panel: str, touch: Touch) -> None:
        """A button was pressed, or something chosen in a menu."""
        try:
            await self._desk.let_in(interaction, doors.PANELS.get(panel, Rule.STARTS))
            await self._by_name[panel].touch(interaction, touch)
        except Exception as exc:  # noqa: BLE001 - discord.py would only log it, and the person would see nothing
            await report(interaction, exc)
