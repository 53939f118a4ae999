"""More of what people do in a sandbox: modals, menus and files; and how to look at what came of it."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import aiohttp
from PIL import Image, ImageChops

from sandbox.driver import Modal, png
from sandbox.message_view import Message, is_private
from sandbox.wire import RecordedRequest
from tests.e2e.studio import Ordered, Studio, ordered, result_files

BLUE, RED = (20, 40, 230), (230, 30, 20)

REGION_PANEL = ("**Draw the region**", "Pick the cells to repaint")  # with a page to draw on, and without


async def send_for_job(studio: Studio, modal: Modal, **values: Any) -> Ordered:
    """Send a modal that starts a job."""
    card = await studio.submit(modal, **values)
    return ordered(card, modal.user, card["channel_id"])


async def run_as_it_is(studio: Studio, prompt: str, command: str = "imagine") -> Ordered:
    """The job of a prompt that is asked about first, since it mentions somebody."""
    question = await studio.slash(command, {"prompt": prompt})
    assert is_private(question)
    await studio.click(question, "Run as it is")
    card = await studio.posted_after(question, lambda _message: True, "the job's card")
    return ordered(card, "ana", card["channel_id"])


async def panel_of(studio: Studio, message: Message, user: str = "ana") -> Message:
    """The private panel of Vary (Region)."""
    press = await studio.click(message, "Vary (Region)", user=user)
    panel = await studio.whole_answer(press, user=user)
    assert panel["content"].startswith(REGION_PANEL)
    return panel


async def tick(studio: Studio, panel: Message, number: str) -> Message:
    """The panel after one of its cells was pressed."""
    await studio.click(panel, number)
    return await studio.changed(panel)


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


async def call_with(studio: Studio, job: Ordered, ending: str) -> RecordedRequest:
    """The one paid call of a job whose path ends so, once it has left."""

    def left() -> list[RecordedRequest]:
        return [request for request in studio.submits(job.id) if request.path.endswith(ending)]

    (found,) = await studio.eventually(left, f"a call of {ending}")
    return found


async def relay_task(studio: Studio, task_id: str) -> dict[str, Any]:
    """A task as the relay tells it."""
    address, headers = f"{studio.relay.base_url}/mj/task/{task_id}/fetch", {"mj-api-secret": studio.relay.key}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(address) as response:
        return dict(await response.json())


def painted(colour: tuple[int, int, int], size: tuple[int, int] = (96, 64)) -> bytes:
    """A picture of one colour, as a PNG."""
    return png(Image.new("RGB", size, colour))


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


async def single_of(studio: Studio, prompt: str) -> Message:
    """The first picture of a grid of version 8, as the relay's own task has it."""
    grid = await studio.result(await studio.imagine(prompt))
    free = await studio.result(await studio.follow_up(grid, "U1"))
    return await studio.result(await studio.follow_up(free, "More actions"))
