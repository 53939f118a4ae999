"""More of what people do in a sandbox: modals, menus and files; and how to look at what came of it."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
from PIL import Image, ImageChops

from sandbox.message_view import Message, is_private
from sandbox.wire import RecordedRequest
from tests.e2e.studio import Ordered, Studio, custom_id, ordered, result_files

BLUE, RED = (20, 40, 230), (230, 30, 20)


@dataclass(frozen=True)
class Opened:
    """A modal on somebody's screen."""

    interaction_id: str
    title: str
    fields: Mapping[str, Mapping[str, Any]]
    hints: Mapping[str, str | None]
    user: str
    channel: str

    @property
    def text(self) -> str:
        """What stands in its prompt field."""
        return str(self.fields["prompt"].get("value") or "")


async def modal_of(studio: Studio, interaction_id: str, user: str = "ana", channel: str = "studio") -> Opened:
    """The modal that answers an interaction."""
    look = studio.actor.interaction
    modal = await studio.eventually(lambda: look(interaction_id)["modal"], "a modal")
    parts = modal["components"]
    return Opened(
        interaction_id,
        modal["title"],
        {part["component"]["custom_id"]: part["component"] for part in parts},
        {part["component"]["custom_id"]: part.get("description") for part in parts},
        user,
        channel,
    )


async def open_modal(studio: Studio, message: Message, label: str, *, user: str = "ana") -> Opened:
    """Press a button that opens a modal."""
    return await modal_of(studio, await studio.actor.click(user, message["id"], custom_id(message, label)), user)


async def send(studio: Studio, modal: Opened, **values: Any) -> Message:
    """Send a modal and return the first answer; fields that are not given stay as they are."""
    return await studio.answer(await studio.actor.modal(modal.user, modal.interaction_id, values))


async def send_for_job(studio: Studio, modal: Opened, **values: Any) -> Ordered:
    """Send a modal that starts a job."""
    return ordered(await send(studio, modal, **values), modal.user, modal.channel)


async def run_as_it_is(studio: Studio, prompt: str, command: str = "imagine") -> Ordered:
    """The job of a prompt that is asked about first, since it mentions somebody."""
    question = await studio.slash(command, {"prompt": prompt})
    assert is_private(question)
    await studio.actor.click("ana", question["id"], custom_id(question, "Run as it is"))

    def posted() -> Message | None:
        since = (one for one in studio.messages() if int(one["id"]) > int(question["id"]) and not is_private(one))
        return next(since, None)

    return ordered(await studio.eventually(posted, "the job's card"), "ana", "studio")


async def choose(studio: Studio, command: str, message: Message, *, user: str = "ana", channel: str = "studio") -> str:
    """Use a message's context menu; returns the interaction's id."""
    return await studio.actor.context(user, channel, command, message["id"])


async def panel_of(studio: Studio, message: Message, user: str = "ana") -> Message:
    """The private panel of Vary (Region)."""
    press = await studio.actor.click(user, message["id"], custom_id(message, "Vary (Region)"))
    panel = await studio.whole_answer(press, user=user)
    assert panel["content"].startswith("Choose the cells to repaint")
    return panel


async def tick(studio: Studio, panel: Message, number: str) -> Message:
    """The panel after one of its cells was pressed."""
    await studio.actor.click("ana", panel["id"], custom_id(panel, number))
    before = custom_id(panel, number)

    def changed() -> Message | None:
        now = studio.message(panel["id"])
        return now if now is not None and custom_id(now, number) != before else None

    return await studio.eventually(changed, "the cell toggled")


async def told(studio: Studio, text: str, *, user: str = "ana", channel: str = "studio") -> Message:
    """The newest message for this user's eyes alone that has this text."""

    def newest() -> Message | None:
        private = [m for m in studio.messages(channel, user) if is_private(m) and text in m["content"]]
        return private[-1] if private else None

    return await studio.eventually(newest, f"{text!r} told to {user}")


async def reading(studio: Studio, job: Ordered) -> Message:
    """What describe or shorten had to say."""

    def said() -> Message | None:
        return next((m for m in studio.messages(job.channel, job.user) if m["embeds"] and job.id in str(m)), None)

    return await studio.eventually(said, "the reading")


def job_of(message: Message, user: str = "ana", channel: str = "studio") -> Ordered:
    """The job that a result shows."""
    name = result_files(message)[0]
    return Ordered(name.removeprefix("easel-")[:16], message, user, channel)


def calls(studio: Studio, job: Ordered) -> list[str]:
    """The paths of a job's paid calls, in their order."""
    return [request.path for request in studio.submits(job.id)]


def requests_to(studio: Studio, ending: str) -> list[RecordedRequest]:
    """The relay's requests whose path ends so."""
    return [request for request in studio.relay.wire.requests if request.path.endswith(ending)]


async def call_with(studio: Studio, job: Ordered, ending: str) -> RecordedRequest:
    """The one paid call of a job whose path ends so, once it has left."""

    def left() -> list[RecordedRequest]:
        return [request for request in studio.submits(job.id) if request.path.endswith(ending)]

    (found,) = await studio.eventually(left, f"a call of {ending}")
    return found


async def download(message: Message) -> bytes:
    """The bytes of a message's first file."""
    async with aiohttp.ClientSession() as session, session.get(message["attachments"][0]["url"]) as response:
        assert response.status == 200
        return await response.read()


async def relay_task(studio: Studio, task_id: str) -> dict[str, Any]:
    """A task as the relay tells it."""
    address, headers = f"{studio.relay.base_url}/mj/task/{task_id}/fetch", {"mj-api-secret": studio.relay.key}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        return dict(await response.json())


def painted(colour: tuple[int, int, int], size: tuple[int, int] = (96, 64)) -> bytes:
    """A picture of one colour, as a PNG."""
    return png(Image.new("RGB", size, colour))


def png(image: Image.Image) -> bytes:
    """A picture as the bytes of a PNG."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def from_data_url(text: str) -> Image.Image:
    """The picture of a data URL; it must say that it is a PNG."""
    start, _, data = text.partition(",")
    assert start == "data:image/png;base64"
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


def lies_in(small: Image.Image, large: Image.Image) -> bool:
    """Whether a picture lies unchanged in the middle of a larger one, to a pixel."""
    left, top = (large.width - small.width) // 2, (large.height - small.height) // 2
    places = [(left + x, top + y) for x in (0, 1) for y in (0, 1)]
    return any(large.crop((x, y, x + small.width, y + small.height)).tobytes() == small.tobytes() for x, y in places)


def same_outside(mask: Image.Image, one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are equal in every pixel that is not white in the mask."""
    blank = Image.new("RGB", one.size)
    difference = ImageChops.difference(Image.composite(blank, one, mask), Image.composite(blank, other, mask))
    return one.size == other.size == mask.size and difference.getbbox() is None


def same_inside(mask: Image.Image, one: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures are equal in every pixel that is white in the mask."""
    return same_outside(ImageChops.invert(mask), one, other)


def lines_of(message: Message) -> Sequence[str]:
    """The paragraphs of a reading."""
    return [line for line in message["embeds"][0]["description"].split("\n") if line.strip()]
