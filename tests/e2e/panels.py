"""Private panels as people use them: what stands on them, their buttons, menus and modals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.message_view import Message, buttons, face, is_private, menus, words
from tests.e2e.gestures import Opened, modal_of
from tests.e2e.studio import Studio

GREY, GREEN = 2, 3


@dataclass(frozen=True)
class Panel:
    """A panel on somebody's screen, as it stood when it was looked at."""

    studio: Studio
    message: Message
    user: str
    channel: str

    @property
    def text(self) -> str:
        """Everything that it says."""
        return "\n".join(words(self.message))

    @property
    def is_on(self) -> set[str]:
        """The labels of its green buttons."""
        return {face(button) for button in buttons(self.message) if button["style"] == GREEN}

    def button(self, label: str) -> dict[str, Any]:
        """One of its buttons."""
        return next(button for button in buttons(self.message) if face(button) == label)

    def chosen(self, what: str) -> str:
        """The label that a menu shows."""
        return next(str(option["label"]) for option in self.menu(what)["options"] if option.get("default"))

    def menu(self, what: str) -> dict[str, Any]:
        """One of its menus, by what it chooses."""
        return next(menu for menu in menus(self.message) if f":{what}:" in menu["custom_id"])

    async def press(self, label: str) -> "Panel":
        """The panel after a press of one of its buttons, once something on it has changed."""
        return await self._changed(await self.click(label))

    async def choose(self, what: str, value: str) -> "Panel":
        """The panel after a choice in one of its menus, once something on it has changed."""
        custom_id = self.menu(what)["custom_id"]
        return await self._changed(await self.studio.actor.select(self.user, self.message["id"], custom_id, [value]))

    async def open(self, label: str) -> Opened:
        """The modal behind one of its buttons."""
        return await modal_of(self.studio, await self.click(label), self.user, self.channel)

    async def write(self, label: str, text: str) -> "Panel":
        """The panel after a text was typed into the modal behind one of its buttons."""
        modal = await self.open(label)
        return await self._changed(await self.studio.actor.modal(self.user, modal.interaction_id, {"prompt": text}))

    async def click(self, label: str) -> str:
        """Press a button; returns the interaction's id."""
        return await self.studio.actor.click(self.user, self.message["id"], self.button(label)["custom_id"])

    async def shows(self, look: Callable[["Panel"], bool]) -> "Panel":
        """The panel once it is as wanted."""

        def seen() -> "Panel | None":
            message = self.studio.message(self.message["id"], self.channel, self.user)
            now = None if message is None else Panel(self.studio, message, self.user, self.channel)
            return now if now is not None and look(now) else None

        return await self.studio.eventually(seen, "the panel as wanted")

    async def _changed(self, _interaction_id: str) -> "Panel":
        return await self.shows(lambda now: now.message["components"] != self.message["components"])


async def open_panel(studio: Studio, command: str, *, user: str = "ana", channel: str = "studio") -> Panel:
    """The panel that a command answers with."""
    message = await studio.slash(command, user=user, channel=channel)
    assert is_private(message)
    return Panel(studio, message, user, channel)
