"""Who leads through the tour: drives like the tests do, writes down what was seen, and checks that it is right."""

import io
import re
import sqlite3
import textwrap
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from PIL import Image
from typing_extensions import override

from sandbox.app import Sandbox
from sandbox.discord.components import walk
from sandbox.driver import Driver, ExpectationError, Modal
from sandbox.message_view import JOB_IN_BUTTON, Message, buttons, faces, is_private, words
from sandbox.relay.profiles import Profile
from sandbox.tour.mentions import as_read
from sandbox.tour.transcript import Transcript

REPLY_CHARACTERS = 50  # of a message that another one replies to
SUBMIT = re.compile(r"/mj/(?:submit/)?([\w/-]+)$")
NO_CALL = "no call"  # an outcome: it came without one


class Guide(Driver):
    """Drives for the steps, and tells in the transcript; `kept` holds the messages that later steps come back to."""

    def __init__(self, sandbox: Sandbox, transcript: Transcript) -> None:
        super().__init__(sandbox)
        self.transcript = transcript
        self.kept: dict[str, Message] = {}
        self.calls: list[str] = []  # the paid calls behind what the step has seen so far
        self.outcomes: dict[str, str] = {}  # by operation
        users = self.actor.state()["users"]
        self._names = {user[key]: str(user["global_name"]) for user in users for key in ("id", "username")}
        state = sandbox.discord.state
        self._mentions = {
            **{str(user["id"]): f"@{user['global_name']}" for user in users},
            **{str(role.id): f"@{role.name}" for guild in state.guilds.values() for role in guild.roles},
            **{str(channel.id): f"#{channel.name}" for channel in state.channels.values()},
        }

    # Acting, told in the transcript.

    @override
    async def slash(
        self, command: str, options: Mapping[str, Any] | None = None, *, user: str = "ana", channel: str = "studio"
    ) -> Message:
        typed = " ".join([f"/{command}", *(f"{name}: {value}" for name, value in (options or {}).items())])
        where = "" if channel == "studio" else f" in #{channel}"
        self.transcript.act(f"{self._names[user]} types {typed}{where}")
        return await super().slash(command, options, user=user, channel=channel)

    @override
    async def suggestions(self, command: str, option: str, typed: str, *, user: str = "ana") -> list[str]:
        self.transcript.act(f"{self._names[user]} begins to type {option}: {typed} for /{command}")
        names = await super().suggestions(command, option, typed, user=user)
        self.transcript.act(f"suggested: {', '.join(names)}")
        return names

    @override
    async def click(self, message: Message, label: str, *, user: str = "ana") -> str:
        self.transcript.act(f"{self._names[user]} presses {label}")
        return await super().click(message, label, user=user)

    @override
    async def select(
        self, message: Message, menu: Mapping[str, Any], option: Mapping[str, Any], *, user: str = "ana"
    ) -> str:
        self.transcript.act(f"{self._names[user]} chooses {option['label']}")
        return await super().select(message, menu, option, user=user)

    @override
    async def pick(self, message: Message, custom_id: str, ids: Sequence[str], *, user: str = "ana") -> str:
        chosen = ", ".join(self._mentions[one] for one in ids) or "nothing"
        menu = next(part for part in walk(message["components"]) if part.get("custom_id") == custom_id)
        self.transcript.act(f"{self._names[user]} chooses {chosen} from “{menu['placeholder']}”")
        return await super().pick(message, custom_id, ids, user=user)

    @override
    async def use_menu(self, message: Message, command: str, *, user: str = "ana") -> str:
        self.transcript.act(f"{self._names[user]} chooses {command} from the message's menu")
        return await super().use_menu(message, command, user=user)

    @override
    async def modal_of(self, interaction_id: str, user: str = "ana") -> Modal:
        modal = await super().modal_of(interaction_id, user)
        self.transcript.act(f"a modal opens: {modal.title}" + (f" (“{modal.text}”)" if modal.text else ""))
        return modal

    @override
    async def send(self, modal: Modal, **values: Any) -> str:
        said = (f"“{value}”" if isinstance(value, str) else "a file" for value in values.values())
        self.transcript.act(f"{self._names[modal.user]} answers with {', '.join(said)}")
        return await super().send(modal, **values)

    @override
    async def answer(self, interaction_id: str) -> Message:
        answer = await super().answer(interaction_id)
        self.show(answer)
        return answer

    @override
    async def kill(self) -> None:
        self.transcript.act("the bot is killed")
        await super().kill()

    @override
    async def start(self) -> None:
        await super().start()
        self.transcript.act("the bot is there again")

    async def say(self, user: str, message: Message, text: str) -> None:
        """Reply to a message."""
        self.transcript.act(f"{self._names[user]} replies {text}")
        await self.actor.say(user, message["channel_id"], text, reply_to=message["id"])

    async def react(self, user: str, message: Message, emoji: str) -> None:
        """Put a reaction on a message."""
        self.transcript.act(f"{self._names[user]} reacts with {emoji}")
        await self.actor.react(user, message["id"], emoji)

    # Seeing.

    async def result(self, card: Message, *, user: str = "ana") -> Message:
        """The message with the picture of the card's job, once the card has gone, or has become it."""
        job = job_of(card)

        def posted() -> Message | None:
            seen = self.messages(card["channel_id"], user)
            found = [m for m in seen if shows_result(m, job)]
            is_card_gone = all(message["id"] != card["id"] or message in found for message in seen)
            self.check("a result stands there once", len(found), len(found) < 2)
            return found[0] if found and is_card_gone else None

        result = await self.eventually(posted, "the finished picture")
        self.calls += [call[1] for request in self.submits(job) if (call := SUBMIT.search(request.path))]
        return result

    def named(self, text: str) -> str:
        """A text with the names of whom and what it mentions."""
        return as_read(text, self._mentions, self.sandbox.clock.now())

    def show(self, message: Message) -> None:
        """Write a message down."""
        notes = ["only one person sees this"] if is_private(message) else []
        if replied := message.get("referenced_message"):
            quote = self.named(replied["content"] or " ".join(words(replied))).replace("**", "")
            notes.append(f"in reply to “{textwrap.shorten(quote, REPLY_CHARACTERS, placeholder='...')}”")
        note = f"({', '.join(notes)})" if notes else ""
        texts = [message["content"], *(embed.get("description") or "" for embed in message["embeds"]), *words(message)]
        text = "\n".join(self.named(text) for text in texts if text)
        self.transcript.chat(self._names[message["author"]["id"]], note, text, faces(message))

    async def pixels(self, message: Message, keep_as: str = "") -> Image.Image:
        """The message's picture, with a name also kept and written down."""
        data = await self.download(message)
        image = Image.open(io.BytesIO(data))
        if keep_as:
            self.transcript.picture(f"{keep_as}.{str(image.format).lower()}", data)
        return image.convert("RGB")

    async def film(self, message: Message, keep_as: str) -> None:
        """Keep a message's first film, and check that it is one: an MP4 file, or a WebP that moves."""
        data = await self.download(message)
        is_mp4 = data[4:8] == b"ftyp"
        name = message["attachments"][0]["filename"]
        self.holds("it is a film", name, is_mp4 or getattr(Image.open(io.BytesIO(data)), "is_animated", False))
        self.transcript.picture(f"{keep_as}.{'mp4' if is_mp4 else 'webp'}", data)

    # Checking.

    def check(self, expected: str, seen: object, holds: bool) -> None:  # noqa: FBT001 - reads like a sentence
        """Insist that something holds.

        Raises:
            ExpectationError: it does not.
        """
        if not holds:
            raise ExpectationError(f"expected: {expected}; seen: {seen}")

    def holds(self, expected: str, seen: object, holds: bool) -> None:  # noqa: FBT001 - as above
        """Insist that something holds, and write it down."""
        self.check(expected, seen, holds)
        self.transcript.fact(expected)

    def same(self, what: str, seen: object, expected: object) -> None:
        """Insist that something is exactly so, and write it down."""
        self.holds(what, f"{seen!r} instead of {expected!r}", seen == expected)

    def bodies(self, path: str) -> list[Any]:
        """The bodies of the bot's requests to a path of the relay, oldest first."""
        return [request.body for request in self.requests_to(path)]

    def charged(self, job_id: str) -> list[int]:
        """What the relay took for each of its tasks of a job."""
        return [task["charged"] for task in self.tasks(job_id)]

    def jobs_of(self, engine: str) -> int:
        """How many jobs of an engine the bot has in its books."""
        with closing(sqlite3.connect(f"file:{self.sandbox.data}/easel.db?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM jobs WHERE engine = ?", (engine,)).fetchone()[0])


@dataclass(frozen=True)
class Step:
    """One stop of the tour.

    `operation` names its row in the table of what works on which relay; where the relay's family does not offer it,
    `otherwise` shows what a member gets instead, and returns that in words.
    """

    title: str
    walk: Callable[[Guide], Awaitable[None]]
    operation: str = ""
    is_offered: Callable[[Profile], bool] = lambda _profile: True
    otherwise: Callable[[Guide], Awaitable[str]] | None = None

    async def take(self, guide: Guide) -> None:
        """Walk it, or see what stands in its place; what came of it is noted for the table."""
        guide.calls.clear()
        if self.is_offered(guide.relay.profile):
            await self.walk(guide)
            outcome = ", ".join(dict.fromkeys(guide.calls)) or NO_CALL
        else:
            if self.otherwise is None:
                raise ExpectationError(f"expected words for a relay that does not offer {self.operation}; seen: none")
            outcome = await self.otherwise(guide)
        if self.operation:
            guide.outcomes[self.operation] = outcome


def serves(path: str) -> Callable[[Profile], bool]:
    """Tell families that serve a path."""
    return lambda profile: profile.serves(path)


def presses(verb: str) -> Callable[[Profile], bool]:
    """Tell families that list buttons and pass this kind on."""
    return lambda profile: profile.lists_buttons and profile.relays(verb)


def shows_result(message: Message, job_id: str) -> bool:
    """Whether a message shows the result of a job: its file says so, or, where there is none, its buttons."""
    if any(f"easel-{job_id}" in file["filename"] for file in message["attachments"]):
        return True
    return bool(message["embeds"]) and any(f":{job_id}" in button.get("custom_id", "") for button in buttons(message))


def job_of(card: Message) -> str:
    """The id of the job whose card this is.

    Raises:
        ExpectationError: it is no card.
    """
    ids = [match[1] for button in buttons(card) if (match := JOB_IN_BUTTON.match(button["custom_id"]))]
    if not ids:
        raise ExpectationError(f"expected a card with Cancel Job; seen: {card['content']}")
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
