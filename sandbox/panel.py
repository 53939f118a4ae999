"""Private panels as people use them: what stands on them, their buttons, menus and modals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.discord.components import walk
from sandbox.driver import Driver, ExpectationError, Modal
from sandbox.message_view import Message, buttons, face, is_private, menus, words

GREEN = 3  # the style of a button that is on


@dataclass(frozen=True)
class Panel:
    """A panel on somebody's screen, as it stood when it was looked at."""

    driver: Driver
    message: Message
    user: str = "ana"

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

    def menu(self, what: str) -> dict[str, Any]:
        """One of its menus, by what it chooses."""
        return next(menu for menu in menus(self.message) if f":{what}:" in menu["custom_id"])

    def chosen(self, what: str) -> str:
        """The label that a menu shows."""
        return next(str(option["label"]) for option in self.menu(what)["options"] if option.get("default"))

    async def press(self, label: str) -> "Panel":
        """The panel after a press of one of its buttons, once something on it has changed."""
        await self.click(label)
        return await self._changed()

    async def choose(self, what: str, value: str) -> "Panel":
        """The panel after a choice in one of its menus, once something on it has changed."""
        menu = self.menu(what)
        option = next(option for option in menu["options"] if option["value"] == value)
        await self.driver.select(self.message, menu, option, user=self.user)
        return await self._changed()

    async def pick(self, what: str, ids: Sequence[str]) -> "Panel":
        """The panel after a choice in one of its menus of roles or channels, once something on it has changed."""
        named = (str(part.get("custom_id", "")) for part in walk(self.message["components"]))
        custom_id = next(one for one in named if f":{what}:" in one)
        await self.driver.pick(self.message, custom_id, ids, user=self.user)
        return await self._changed()

    async def open(self, label: str) -> Modal:
        """The modal behind one of its buttons."""
        return await self.driver.open(self.message, label, user=self.user)

    async def write(self, label: str, text: str) -> "Panel":
        """The panel after a text was typed into the modal behind one of its buttons."""
        await self.driver.send(await self.open(label), prompt=text)
        return await self._changed()

    async def click(self, label: str) -> str:
        """Press a button; returns the interaction's id."""
        return await self.driver.click(self.message, label, user=self.user)

    async def shows(self, look: Callable[["Panel"], bool]) -> "Panel":
        """The panel once it is as wanted."""

        def seen() -> "Panel | None":
            message = self.driver.now(self.message, user=self.user)
            now = None if message is None else replace(self, message=message)
            return now if now is not None and look(now) else None

        return await self.driver.eventually(seen, "the panel as wanted")

    async def _changed(self) -> "Panel":
        return replace(self, message=await self.driver.changed(self.message, user=self.user))


async def open_panel(
    driver: Driver,
    command: str,
    options: Mapping[str, Any] | None = None,
    *,
    user: str = "ana",
    channel: str = "studio",
) -> Panel:
    """The panel that a command answers with.

    Raises:
        ExpectationError: others see it, too.
    """
    message = await driver.whole_answer(
        await driver.actor.slash(user, channel, command, dict(options or {})), user=user
    )
    if not is_private(message):
        raise ExpectationError(f"expected a private panel; seen: {message['content'] or words(message)}")
    return Panel(driver, message, user)
