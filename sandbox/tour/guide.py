"""Who leads through the tour: acts, waits, writes down what was seen, and checks that it is right."""

import asyncio
import io
import re
import sqlite3
import textwrap
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
from PIL import Image

from sandbox.app import Sandbox
from sandbox.discord.acting import ActingError
from sandbox.message_view import JOB_IN_BUTTON, Message, buttons, face, faces, is_private, menus, words
from sandbox.relay.server import LoopbackRelay

PATIENCE_S = 90.0
LOOK_S = 0.02
REPLY_CHARACTERS = 50  # of a message that another one replies to
MENTION = re.compile(r"<@(\d+)>")

Found = TypeVar("Found")


class StepFailedError(Exception):
    """Something on the tour was not as it must be; the text says what was expected and what was seen."""


@dataclass(frozen=True)
class Modal:
    """A modal that somebody has open: its title, and the text in its first field."""

    user: str
    interaction_id: str
    title: str
    text: str


class Transcript:
    """The tour in writing: on the terminal while it goes on, as Markdown at its end."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self.folder = folder
        self._say = say
        self._blocks = ["# The tour of Easel"]

    def heading(self, number: int, title: str) -> None:
        """A step begins."""
        self._say(f"\n{number}. {title}")
        self._blocks.append(f"## {number}. {title}")

    def act(self, text: str) -> None:
        """What a person did, or what was done to the bot."""
        self._say(f"   > {text}")
        self._blocks.append(f"*{text}*")

    def chat(self, speaker: str, note: str, text: str, rows: list[list[str]]) -> None:
        """A message, with its buttons by rows."""
        lines = [f"{note} {text}".strip(), *(" ".join(f"[{label}]" for label in row) for row in rows)]
        self._say("\n".join(f"   {line}" for line in (f"{speaker}: {lines[0]}", *lines[1:])).replace("\n-#", "\n   -#"))
        quoted = [f"**{speaker}** {note}".strip(), *text.splitlines()]
        quoted += [" ".join(f"`{label}`" for label in row) for row in rows]
        self._blocks.append("\n".join(f"> {line}  " for line in quoted))

    def fact(self, text: str) -> None:
        """Something that was checked."""
        self._say(f"   ok: {text}")
        self._blocks.append(f"- {text}")

    def picture(self, name: str, data: bytes) -> None:
        """A picture, kept beside the transcript and shown in it."""
        (self.folder / name).write_bytes(data)
        self._say(f"   picture: {name}")
        self._blocks.append(f"![{name}]({name})")

    def failure(self, text: str) -> None:
        """Why the tour ended here."""
        self._blocks.append(f"**Failed:** {text}")

    def write(self) -> None:
        """Put the Markdown beside the pictures."""
        text = "\n\n".join(self._blocks) + "\n"
        (self.folder / "transcript.md").write_text(re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text), encoding="utf-8")


class Guide:
    """Acts in a sandbox for the steps; `kept` holds the messages that later steps come back to."""

    def __init__(self, sandbox: Sandbox, relay: LoopbackRelay, transcript: Transcript) -> None:
        self.sandbox = sandbox
        self.relay = relay
        self.transcript = transcript
        self.kept: dict[str, Message] = {}
        self._actor = sandbox.discord.actor
        users = self._actor.state()["users"]
        self._names = {user[key]: str(user["global_name"]) for user in users for key in ("id", "username")}
        self._queue = sandbox.discord.subscribe()
        self._events: list[tuple[str, Any]] = []

    # Acting.

    async def command(self, user: str, channel: str, command: str, **options: str | int) -> Message:
        """Type a command; returns the bot's first answer."""
        typed = " ".join([f"/{command}", *(f"{name}: {value}" for name, value in options.items())])
        self.transcript.act(f"{self._names[user]} types {typed}")
        return await self._answer(await self._actor.slash(user, channel, command, dict(options)))

    async def press(self, user: str, message: Message, label: str) -> Message:
        """Press a button; returns the bot's first answer."""
        self.transcript.act(f"{self._names[user]} presses {label}")
        ids = [button["custom_id"] for button in buttons(message) if face(button) == label]
        self.check(f"there is a button {label}", faces(message), bool(ids))
        try:
            interaction_id = await self._actor.click(user, message["id"], ids[0])
        except ActingError as error:
            raise StepFailedError(f"{label} cannot be pressed: {error}") from error
        return await self._answer(interaction_id)

    async def open(self, user: str, message: Message, label: str) -> Modal:
        """Press a button that opens a modal."""
        self.transcript.act(f"{self._names[user]} presses {label}")
        ids = [button["custom_id"] for button in buttons(message) if face(button) == label]
        self.check(f"there is a button {label}", faces(message), bool(ids))
        return await self._modal(user, await self._actor.click(user, message["id"], ids[0]))

    async def suggestions(self, user: str, channel: str, command: str, option: str, typed: str) -> list[str]:
        """What is offered while an option of a command is being typed."""
        self.transcript.act(f"{self._names[user]} begins to type {option}: {typed} for /{command}")
        choices = await self._actor.autocomplete(user, channel, command, {option: typed}, option)
        names = [str(choice["name"]) for choice in choices]
        self.transcript.act(f"suggested: {', '.join(names)}")
        return names

    async def choose(self, user: str, message: Message, label: str) -> Modal:
        """Choose from a message's only menu; returns the modal that it opens."""
        self.transcript.act(f"{self._names[user]} chooses {label}")
        offered = menus(message)
        found = [(menu, option) for menu in offered for option in menu["options"] if option["label"] == label]
        self.check(f"a menu offers {label}", offered, len(found) == 1)
        menu, option = found[0]
        return await self._modal(
            user, await self._actor.select(user, message["id"], menu["custom_id"], [option["value"]])
        )

    async def turn(self, user: str, panel: Message, label: str) -> Message:
        """Press a button of a panel, or choose in one of its menus; returns the panel as it stands then."""
        self.transcript.act(f"{self._names[user]} turns to {label}")
        act, message_id = self._actor, panel["id"]
        pressed = [button for button in buttons(panel) if face(button) == label]
        chosen = [(menu, option) for menu in menus(panel) for option in menu["options"] if option["label"] == label]
        self.check(f"the panel has {label}", faces(panel), len([*pressed, *chosen]) == 1)
        for button in pressed:
            await act.click(user, message_id, button["custom_id"])
        for menu, option in chosen:
            await act.select(user, message_id, menu["custom_id"], [option["value"]])
        return await self._changed(user, panel)

    async def write(self, user: str, panel: Message, label: str, text: str) -> Message:
        """Type into the modal behind a panel's button; returns the panel as it stands then."""
        modal = await self.open(user, panel, label)
        self.transcript.act(f"{self._names[user]} answers with “{text}”")
        await self._actor.modal(user, modal.interaction_id, {"prompt": text})
        return await self._changed(user, panel)

    async def _changed(self, user: str, panel: Message) -> Message:
        def seen() -> Message | None:
            now = (m for m in self.messages(panel["channel_id"], user) if m["id"] == panel["id"])
            return next((m for m in now if m["components"] != panel["components"]), None)

        return await self.wait("another state of the panel", seen)

    async def menu(self, user: str, message: Message, command: str) -> str:
        """Choose a command from a message's menu; returns the interaction."""
        self.transcript.act(f"{self._names[user]} chooses {command} from the message's menu")
        return await self._actor.context(user, message["channel_id"], command, message["id"])

    async def menu_answer(self, user: str, message: Message, command: str) -> Message:
        """The bot's first answer to a command of a message's menu."""
        return await self._answer(await self.menu(user, message, command))

    async def menu_modal(self, user: str, message: Message, command: str) -> Modal:
        """The modal that a command of a message's menu opens."""
        return await self._modal(user, await self.menu(user, message, command))

    async def fill(self, modal: Modal, prompt: str | None = None, file: str | None = None) -> Message:
        """Send a modal off; returns the bot's first answer."""
        said = ", ".join(filter(None, [prompt and f"“{prompt}”", file and "a file"]))
        self.transcript.act(f"{self._names[modal.user]} answers with {said}")
        values = {"prompt": prompt, "file": [file] if file else None}
        given = {name: value for name, value in values.items() if value is not None}
        return await self._answer(await self._actor.modal(modal.user, modal.interaction_id, given))

    async def say(self, user: str, message: Message, text: str) -> None:
        """Reply to a message."""
        self.transcript.act(f"{self._names[user]} replies {text}")
        await self._actor.say(user, message["channel_id"], text, reply_to=message["id"])

    async def react(self, user: str, message: Message, emoji: str) -> None:
        """Put a reaction on a message."""
        self.transcript.act(f"{self._names[user]} reacts with {emoji}")
        await self._actor.react(user, message["id"], emoji)

    def upload(self, user: str, name: str, image: Image.Image) -> str:
        """A picture to attach; returns its upload id."""
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        return self._actor.upload(user, name, buffer.getvalue())

    def requests(self, path: str) -> list[Any]:
        """The bodies of the bot's requests to a path of the relay, oldest first."""
        return [request.body for request in self.relay.wire.requests if request.path.endswith(path)]

    # Seeing.

    async def wait(self, what: str, look: Callable[[], Found | None]) -> Found:
        """The first thing that `look` finds.

        Raises:
            StepFailedError: it found nothing for too long.
        """
        deadline = time.monotonic() + PATIENCE_S
        while not (found := look()):
            if time.monotonic() > deadline:
                raise StepFailedError(f"expected {what}; nothing of it was seen within {PATIENCE_S:g} s")
            await asyncio.sleep(LOOK_S)
        return found

    def messages(self, channel: str, user: str) -> list[Message]:
        """What a user sees in a channel."""
        return self._actor.messages(channel, user)

    def stages(self, message_id: str) -> list[Message]:
        """A message in every state that it went through."""
        while not self._queue.empty():
            self._events.append(self._queue.get_nowait())
        return [
            data
            for event, data in self._events
            if event.startswith("MESSAGE_") and "content" in data and data["id"] == message_id
        ]

    async def result(self, card: Message, user: str = "ana") -> Message:
        """The message with the picture of the card's job, once the card has gone."""
        job = job_of(card)

        def posted() -> Message | None:
            seen = self.messages(card["channel_id"], user)
            is_card_gone = all(message["id"] != card["id"] for message in seen)
            found = [m for m in seen if shows_result(m, job)]
            self.check("a result stands there once", len(found), len(found) < 2)
            return found[0] if found and is_card_gone else None

        return await self.wait("the finished picture", posted)

    async def card_with(self, card: Message, text: str, user: str = "ana") -> Message:
        """The card once it has this text."""

        def seen() -> Message | None:
            now = (message for message in self.messages(card["channel_id"], user) if message["id"] == card["id"])
            return next((message for message in now if text in message["content"]), None)

        return await self.wait(f"{text!r} on the card", seen)

    async def whisper(self, user: str, channel: str, text: str) -> Message:
        """What is told to one user alone, once it has this text."""
        return await self.wait(
            f"{text!r}, told to {user} alone",
            lambda: next((m for m in self.messages(channel, user) if is_private(m) and text in m["content"]), None),
        )

    def show(self, message: Message) -> None:
        """Write a message down."""
        notes = ["only one person sees this"] if is_private(message) else []
        if replied := message.get("referenced_message"):
            quote = self._named(replied["content"] or " ".join(words(replied))).replace("**", "")
            notes.append(f"in reply to “{textwrap.shorten(quote, REPLY_CHARACTERS, placeholder='...')}”")
        note = f"({', '.join(notes)})" if notes else ""
        texts = [message["content"], *(embed.get("description") or "" for embed in message["embeds"]), *words(message)]
        text = "\n".join(self._named(text) for text in texts if text)
        self.transcript.chat(self._names[message["author"]["id"]], note, text, faces(message))

    async def pixels(self, message: Message, keep_as: str = "") -> Image.Image:
        """The message's picture, with a name also kept and written down."""
        data = await self._download(message)
        image = Image.open(io.BytesIO(data))
        if keep_as:
            self.transcript.picture(f"{keep_as}.{str(image.format).lower()}", data)
        return image.convert("RGB")

    async def film(self, message: Message, keep_as: str) -> None:
        """Keep a message's first film, and check that it is one."""
        data = await self._download(message)
        self.holds("it is a film", message["attachments"][0]["filename"], data[4:8] == b"ftyp")
        self.transcript.picture(f"{keep_as}.mp4", data)

    async def _download(self, message: Message) -> bytes:
        """The bytes of a message's first file."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(message["attachments"][0]["url"]) as response,
        ):
            data = await response.read()
        self.check("the picture can be downloaded", response.status, response.status == 200)
        return data

    def check(self, expected: str, seen: object, holds: bool) -> None:  # noqa: FBT001 - reads like a sentence
        """Insist that something holds.

        Raises:
            StepFailedError: it does not.
        """
        if not holds:
            raise StepFailedError(f"expected: {expected}; seen: {seen}")

    def holds(self, expected: str, seen: object, holds: bool) -> None:  # noqa: FBT001 - as above
        """Insist that something holds, and write it down."""
        self.check(expected, seen, holds)
        self.transcript.fact(expected)

    def same(self, what: str, seen: object, expected: object) -> None:
        """Insist that something is exactly so, and write it down."""
        self.holds(what, f"{seen!r} instead of {expected!r}", seen == expected)

    def charged(self, job_id: str) -> list[int]:
        """What the relay took for each of its tasks of a job."""
        return [task["charged"] for task in self.relay.tasks() if task["state"] == job_id]

    def jobs_of(self, engine: str) -> int:
        """How many jobs of an engine the bot has in its books."""
        with closing(sqlite3.connect(f"file:{self.sandbox.data}/easel.db?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM jobs WHERE engine = ?", (engine,)).fetchone()[0])

    async def _modal(self, user: str, interaction_id: str) -> Modal:
        modal = await self.wait("a modal", lambda: self._actor.interaction(interaction_id)["modal"])
        fields = [part["component"] for part in modal["components"]]
        modal = Modal(user, interaction_id, modal["title"], str(fields[0].get("value") or ""))
        self.transcript.act(f"a modal opens: {modal.title}" + (f" (“{modal.text}”)" if modal.text else ""))
        return modal

    async def _answer(self, interaction_id: str) -> Message:
        def settled() -> Message | None:
            view = self._actor.interaction(interaction_id)
            return None if view["state"] == "pending" else view

        view = await self.wait("an answer", settled)
        self.check("the bot answers within 3 s", view["state"], view["state"] == "acknowledged")
        answer = self.stages(view["message_id"])[0]
        self.show(answer)
        return answer

    def _named(self, text: str) -> str:
        return MENTION.sub(lambda mention: f"@{self._names.get(mention[1], mention[1])}", text)


@dataclass(frozen=True)
class Step:
    """One stop of the tour."""

    title: str
    walk: Callable[[Guide], Awaitable[None]]


def shows_result(message: Message, job_id: str) -> bool:
    """Whether a message shows the result of a job: its file says so, or, where there is none, its buttons."""
    if any(f"easel-{job_id}" in file["filename"] for file in message["attachments"]):
        return True
    return bool(message["embeds"]) and any(f":{job_id}" in button.get("custom_id", "") for button in buttons(message))


def job_of(card: Message) -> str:
    """The id of the job whose card this is.

    Raises:
        StepFailedError: it is no card.
    """
    ids = [match[1] for button in buttons(card) if (match := JOB_IN_BUTTON.match(button["custom_id"]))]
    if not ids:
        raise StepFailedError(f"expected a card with Cancel Job; seen: {card['content']}")
    return ids[0]


def likeness(one: Image.Image, other: Image.Image) -> float:
    """How much of their colours two pictures share, 0 to 1."""
    shares = [colour_shares(image) for image in (one, other)]
    return sum(min(share, shares[1].get(colour, 0.0)) for colour, share in shares[0].items())


def colour_shares(image: Image.Image) -> dict[tuple[int, ...], float]:
    """The share of each rough colour in a picture."""
    small = image.resize((64, 64)).point(lambda value: value // 43)
    counts = small.getcolors(64 * 64) or []
    return {colour: count / 64**2 for count, colour in counts if isinstance(colour, tuple)}
