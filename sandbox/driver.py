"""Acts in a sandbox as people do and waits for what they would see; the tour and the end-to-end tests drive with it."""

import asyncio
import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from PIL import Image

from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess
from sandbox.message_view import Message, buttons, face, faces, is_private, menus
from sandbox.relay.server import LoopbackRelay
from sandbox.wire import RecordedRequest

PATIENCE_S = 90.0  # real seconds until a wait is given up; many, as the machine may have other work
LOOK_S = 0.02
LOADING = 1 << 7  # the flag of an answer that says no more than "thinking"
LAST_LINES = 15  # of the bot's output, in what a wait in vain says

Found = TypeVar("Found")


class ExpectationError(AssertionError):
    """Something was not as it must be; the text says what was expected and what was seen."""


@dataclass(frozen=True)
class Modal:
    """A modal on somebody's screen: its fields and the hints beside them, by the fields' custom ids."""

    interaction_id: str
    user: str
    title: str
    fields: Mapping[str, Mapping[str, Any]]
    hints: Mapping[str, str | None]

    @property
    def text(self) -> str:
        """What stands in its prompt field; nothing where it has none."""
        return str(self.fields.get("prompt", {}).get("value") or "")


class Driver:
    """A running sandbox, and the ways to act in it, to see and to wait.

    `patience_s` is how many real seconds a wait goes on.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        if sandbox.relay is None or sandbox.bot is None:
            raise RuntimeError("a driver needs the sandbox's own relay and bot")
        self.sandbox = sandbox
        self.relay: LoopbackRelay = sandbox.relay
        self.bot: BotProcess = sandbox.bot
        self.actor = sandbox.discord.actor
        self.patience_s = PATIENCE_S
        self._queue = sandbox.discord.subscribe()
        self._events: list[tuple[str, Any]] = []

    # Acting.

    async def slash(
        self, command: str, options: Mapping[str, Any] | None = None, *, user: str = "ana", channel: str = "studio"
    ) -> Message:
        """Send a slash command; returns the bot's first answer."""
        return await self.answer(await self.actor.slash(user, channel, command, dict(options or {})))

    async def suggestions(self, command: str, option: str, typed: str, *, user: str = "ana") -> list[str]:
        """What is offered while an option of a command is being typed."""
        choices = await self.actor.autocomplete(user, "studio", command, {option: typed}, option)
        return [str(choice["name"]) for choice in choices]

    async def click(self, message: Message, label: str, *, user: str = "ana") -> str:
        """Press the button with this label or emoji; returns the interaction's id."""
        return await self.actor.click(user, message["id"], custom_id(message, label))

    async def press(self, message: Message, label: str, *, user: str = "ana") -> Message:
        """Press a button; returns the bot's first answer."""
        return await self.answer(await self.click(message, label, user=user))

    async def open(self, message: Message, label: str, *, user: str = "ana") -> Modal:
        """Press a button that opens a modal."""
        return await self.modal_of(await self.click(message, label, user=user), user)

    async def select(
        self, message: Message, menu: Mapping[str, Any], option: Mapping[str, Any], *, user: str = "ana"
    ) -> str:
        """Choose an option of one of a message's menus; returns the interaction's id."""
        return await self.actor.select(user, message["id"], menu["custom_id"], [option["value"]])

    async def pick(self, message: Message, custom_id: str, ids: Sequence[str], *, user: str = "ana") -> str:
        """Choose roles or channels in one of a message's menus for these; returns the interaction's id."""
        return await self.actor.select(user, message["id"], custom_id, list(ids))

    async def choose(self, message: Message, label: str, *, user: str = "ana") -> str:
        """Choose the option with this label in the one menu that offers it; returns the interaction's id."""
        offered = [(menu, option) for menu in menus(message) for option in menu["options"] if option["label"] == label]
        if len(offered) != 1:
            raise ExpectationError(f"expected one menu with {label}; seen: {menus(message)}")
        return await self.select(message, *offered[0], user=user)

    async def use_menu(self, message: Message, command: str, *, user: str = "ana") -> str:
        """Choose a command from a message's context menu; returns the interaction's id."""
        return await self.actor.context(user, message["channel_id"], command, message["id"])

    async def modal_of(self, interaction_id: str, user: str = "ana") -> Modal:
        """The modal that answers an interaction."""
        modal = await self.eventually(lambda: self.actor.interaction(interaction_id)["modal"], "a modal")
        fields = {part["component"]["custom_id"]: part for part in modal["components"]}
        return Modal(
            interaction_id,
            user,
            modal["title"],
            {name: part["component"] for name, part in fields.items()},
            {name: part.get("description") for name, part in fields.items()},
        )

    async def send(self, modal: Modal, **values: Any) -> str:
        """Send a modal off; fields that are not given stay as they are. Returns the interaction's id."""
        return await self.actor.modal(modal.user, modal.interaction_id, values)

    async def submit(self, modal: Modal, **values: Any) -> Message:
        """Send a modal off; returns the bot's first answer, or the card of what the Region panel sends."""
        answer = await self.answer(await self.send(modal, **values))
        is_panel = any("easel-region:" in str(state["components"]) for state in self.states(answer["id"]))
        return await self.sent_by(answer, user=modal.user) if is_panel else answer

    async def sent_by(self, panel: Message, *, user: str = "ana") -> Message:
        """The card of what a private panel sent, once it says so, as that was when it came."""
        await self.with_text(panel, "Sent.", user=user)
        created = [data for event, data in self.events() if event == "MESSAGE_CREATE"]
        return next(message for message in reversed(created) if "(Waiting to start)" in message["content"])

    def upload(self, filename: str, file: bytes | Image.Image) -> str:
        """Attach a file, a picture as a PNG; returns its upload id."""
        return self.actor.upload(None, filename, png(file) if isinstance(file, Image.Image) else file)

    async def kill(self) -> None:
        """End the bot at once, and wait until Discord has noticed."""
        await self.bot.kill()
        await self.eventually(lambda: not self.sandbox.discord.bot_connected(), "the bot disconnected")

    async def start(self) -> None:
        """Start the bot again and wait until it is connected."""
        await self.bot.start()
        await self.eventually(self.sandbox.discord.bot_connected, "the bot connected")

    # Seeing.

    def messages(self, channel: str = "studio", user: str = "ana") -> list[Message]:
        """What a user sees in a channel, oldest first."""
        return self.actor.messages(channel, user)

    def message(self, message_id: str, channel: str = "studio", user: str = "ana") -> Message | None:
        """One message as a user sees it now; None when it is gone."""
        if self.sandbox.discord.state.message(int(message_id)) is None:  # its channel may be gone as well
            return None
        return self.actor.message(channel, user, message_id)

    def now(self, message: Message, *, user: str = "ana") -> Message | None:
        """A message as a user sees it now; None when it is gone."""
        return self.message(message["id"], message["channel_id"], user)

    def events(self) -> list[tuple[str, Any]]:
        """Everything that happened so far, as the feed told it."""
        while not self._queue.empty():
            self._events.append(self._queue.get_nowait())
        return self._events

    def states(self, message_id: str) -> list[Message]:
        """A message in every state that it went through, the first one included."""
        return [
            data
            for event, data in self.events()
            if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE") and data["id"] == message_id
        ]

    def mention(self, user: str) -> str:
        """A user as a message mentions them."""
        return f"<@{next(one['id'] for one in self.actor.state()['users'] if one['username'] == user)}>"

    async def download(self, message: Message) -> bytes:
        """The bytes of a message's first file."""
        address = message["attachments"][0]["url"]
        async with aiohttp.ClientSession() as session, session.get(address) as response:
            if response.status != 200:
                raise ExpectationError(f"expected a file at {address}; seen: {response.status}")
            return await response.read()

    async def picture(self, message: Message) -> Image.Image:
        """A message's picture, downloaded from its address."""
        return Image.open(io.BytesIO(await self.download(message))).convert("RGB")

    def log(self) -> str:
        """What the bot wrote since the sandbox was started."""
        return self.bot.log_path.read_text()

    # The judge: what the relay got to see.

    def requests_to(self, ending: str) -> list[RecordedRequest]:
        """The bot's requests to the relay whose path ends so, oldest first."""
        return [request for request in self.relay.wire.requests if request.path.endswith(ending)]

    @property
    def all_relays(self) -> list[LoopbackRelay]:
        """Every loopback relay that the bot may know."""
        return list(dict.fromkeys((self.relay, *self.sandbox.relays.values())))

    def submits(self, job_id: str) -> list[RecordedRequest]:
        """The paid calls that left for a job, to whichever relay."""
        asked = [request for relay in self.all_relays for request in relay.wire.requests]
        return [r for r in asked if isinstance(r.body, dict) and r.body.get("state") == job_id]

    def tasks(self, job_id: str) -> list[dict[str, Any]]:
        """The relays' tasks of a job."""
        return [task for relay in self.all_relays for task in relay.tasks() if task["state"] == job_id]

    # Waiting.

    async def eventually(self, look: Callable[[], Found | None], what: str, within_s: float | None = None) -> Found:
        """The first thing that `look` finds.

        Raises:
            ExpectationError: it found nothing within that many real seconds.
        """
        patience_s = self.patience_s if within_s is None else within_s
        deadline = time.monotonic() + patience_s
        while not (found := look()):
            if time.monotonic() > deadline:
                log = "\n".join(self.bot.last_lines[-LAST_LINES:])
                raise ExpectationError(
                    f"expected {what}; nothing of it was seen within {patience_s:g} s\nThe bot's last lines:\n{log}"
                )
            await asyncio.sleep(LOOK_S)
        return found

    async def answer(self, interaction_id: str) -> Message:
        """The bot's first answer to an interaction, as it stood when it came."""

        def settled() -> Message | None:
            view = self.actor.interaction(interaction_id)
            return None if view["state"] == "pending" else view

        view = await self.eventually(settled, "an answer to the interaction")
        if view["state"] != "acknowledged":
            raise ExpectationError(f"expected an answer within 3 s; seen: none\n{self.log()[-3000:]}")
        return self.states(view["message_id"])[0]

    async def whole_answer(self, interaction_id: str, *, user: str = "ana") -> Message:
        """The answer to an interaction once the bot has done thinking, as it stands then."""
        first = await self.answer(interaction_id)

        def thought_over() -> Message | None:
            now = self.now(first, user=user)
            return now if now is not None and not now["flags"] & LOADING else None

        return await self.eventually(thought_over, "the end of the thinking")

    async def with_text(
        self, message: Message, text: str, *, user: str = "ana", within_s: float | None = None
    ) -> Message:
        """A message once it has this text in it."""

        def has_text() -> Message | None:
            now = self.now(message, user=user)
            return now if now is not None and text in now["content"] else None

        return await self.eventually(has_text, f"{text!r} in the message {message['content'][:80]!r}", within_s)

    async def changed(self, message: Message, *, user: str = "ana") -> Message:
        """A message once its components are others."""

        def seen() -> Message | None:
            now = self.now(message, user=user)
            return now if now is not None and now["components"] != message["components"] else None

        return await self.eventually(seen, "other components in the message")

    async def told(self, text: str, *, user: str = "ana", channel: str = "studio") -> Message:
        """The newest message for this user's eyes alone that has this text."""

        def newest() -> Message | None:
            private = [m for m in self.messages(channel, user) if is_private(m) and text in m["content"]]
            return private[-1] if private else None

        return await self.eventually(newest, f"{text!r}, told to {user} alone")

    async def posted_after(
        self, earlier: Message, holds: Callable[[Message], bool], what: str, *, user: str = "ana"
    ) -> Message:
        """The first public message since another one of which something holds."""

        def found() -> Message | None:
            everything = self.messages(earlier["channel_id"], user)
            since = (m for m in everything if int(m["id"]) > int(earlier["id"]) and not is_private(m))
            return next((message for message in since if holds(message)), None)

        return await self.eventually(found, what)


def custom_id(message: Message, label: str) -> str:
    """The custom id of the button with this label or emoji.

    Raises:
        ExpectationError: there is none.
    """
    found = [str(button["custom_id"]) for button in buttons(message) if face(button) == label]
    if not found:
        raise ExpectationError(f"expected a button {label}; seen: {faces(message)}")
    return found[0]


def mask_of(size: tuple[int, int], white: tuple[int, int, int, int]) -> Image.Image:
    """A black picture with a white box, given by its left, upper, right and lower edges."""
    mask = Image.new("L", size)
    mask.paste(255, white)
    return mask


def png(image: Image.Image) -> bytes:
    """A picture as the bytes of a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
