"""What the engines share: their calls as tasks of the ledger, time, pictures in and out, and keys."""

import asyncio
import base64
import binascii
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.relay.gallery import Gallery
from sandbox.relay.intake import DATA_URL, measured
from sandbox.relay.painting.pictures import Picture, Uploaded
from sandbox.relay.painting.prints import Blackened
from sandbox.relay.prompts import has_magic
from sandbox.relay.replies import Refusal
from sandbox.relay.task_store import TaskStore

WAITING_SHARE = 0.15  # of a task's time, before work on it begins
MAX_SEED = 2**31 - 1
ALMOST_S = 0.001  # simulated; less is not worth another wait


class Declined(Exception):  # noqa: N818  (an answer of an engine, not an error of ours)
    """A call that is not taken, or comes to nothing: the status and the body of the answer."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class UnreadableError(ValueError):
    """What should be a picture cannot be read as one."""


@dataclass(eq=False)
class EngineTask:
    """A call that was taken. Nothing runs for it: its state follows from the time since then."""

    id: str
    action: str
    prompt: str
    clock: SandboxClock
    since: float
    usual_s: float  # simulated
    pictures: tuple[Picture, ...]
    links: tuple[str, ...]
    units: int
    state: str = ""
    is_cancelled: bool = False  # by its owner

    @property
    def duration(self) -> float:
        """Simulated seconds from the call to the end."""
        return self.usual_s * (10 if has_magic(self.prompt, "slow") else 1)

    @property
    def elapsed(self) -> float:
        """Simulated seconds since the call."""
        return self.clock.elapsed(self.since)

    @property
    def status(self) -> str:
        """Where it stands, in the words of the ledger."""
        if self.is_cancelled:
            return "CANCEL"
        if self.elapsed < self.duration * WAITING_SHARE:
            return "SUBMITTED"
        if self.elapsed < self.duration - ALMOST_S or has_magic(self.prompt, "stuck"):
            return "IN_PROGRESS"
        return "FAILURE" if self.failure else "SUCCESS"

    @property
    def failure(self) -> str:
        """What it will come to instead of pictures: `fail`, `unsafe`, `runner` (a machine broke), or nothing."""
        return next((word for word in ("fail", "unsafe", "runner") if has_magic(self.prompt, word)), "")

    @property
    def is_running(self) -> bool:
        """Whether it is neither done nor failed."""
        return self.status in ("SUBMITTED", "IN_PROGRESS")

    @property
    def charged(self) -> int:
        """Units paid: one for each picture, nothing for a failure."""
        return 0 if self.status in ("FAILURE", "CANCEL") else self.units

    @property
    def booked(self) -> int:
        """Units paid; a call that comes to nothing is never booked."""
        return self.charged


class EngineFake:
    """Base of the engines: how their paths begin, and how a call there carries the key.

    The key stands in a header as it is, or in `Authorization` after one of the schemes.
    """

    paths: ClassVar[tuple[str, ...]]
    key_header: ClassVar[str] = ""
    key_schemes: ClassVar[tuple[str, ...]] = ("Bearer",)

    def __init__(self, ledger: "EngineLedger") -> None:
        self._ledger = ledger

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Serve all operations."""
        raise NotImplementedError


class EngineLedger:
    """Takes calls for all engines, and keeps what they answer with."""

    def __init__(self, tasks: TaskStore, gallery: Gallery) -> None:
        self.tasks = tasks
        self.gallery = gallery

    @property
    def is_wrapping(self) -> bool:
        """Whether the family of relays puts the vendors' answers into forms of its own."""
        return self.tasks.profile.wraps_engines

    def seed(self, named: Any = None) -> int:
        """The seed that was asked for, else a fresh one."""
        return named if isinstance(named, int) else self.tasks.fresh_seed() % MAX_SEED

    def take(
        self, action: str, prompt: str, usual_s: float, pictures: Sequence[Picture] = (), *, state: str = "",
        suffix: str = "png", has_uuid: bool = False,
    ) -> EngineTask:  # fmt: skip
        """Accept a call; from here on it counts in the ledger."""
        number = self.tasks.next_number()
        if has_magic(prompt, "nsfw") and pictures:
            pictures = [Blackened(pictures[0].size), *pictures[1:]]
        engine = action.partition("_")[0].lower()
        task = EngineTask(
            id=str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))) if has_uuid else str(number),
            action=action,
            prompt=prompt,
            clock=self.tasks.clock,
            since=self.tasks.clock.now(),
            usual_s=usual_s,
            pictures=tuple(pictures),
            links=tuple(self.tasks.keep(picture, engine, suffix) for picture in pictures),
            units=max(1, len(pictures)),
            state=state,
        )
        self.tasks.ledger.append(task)
        return task

    def running(self, action: str) -> list[EngineTask]:
        """The engine's unfinished tasks, by the beginning of their action."""
        tasks = [task for task in self.tasks.ledger if isinstance(task, EngineTask)]
        return [task for task in tasks if task.action.startswith(action) and task.is_running]

    async def finish(self, task: EngineTask) -> None:
        """Keep the caller of a synchronous engine waiting until the task is over; a stuck one never is."""
        while (left := task.duration - task.elapsed) > ALMOST_S:
            await task.clock.sleep(left)
        if has_magic(task.prompt, "stuck"):
            await asyncio.get_running_loop().create_future()

    async def picture(self, value: Any, *, is_raw: bool = False) -> Picture:
        """The picture that a field holds: an address, or base64, raw or as a data URI.

        Raises:
            UnreadableError: it is none; or its address is not this relay's own, and the sandbox looks no further.
        """
        if not isinstance(value, str):
            raise UnreadableError("the image must be a string")
        if value.startswith(("http://", "https://")):
            if (linked := self.tasks.linked(value)) is None:
                raise UnreadableError("the image could not be downloaded")
            return linked
        match = DATA_URL.fullmatch(value)
        if is_raw == (match is not None):
            raise UnreadableError("the image must be raw base64" if is_raw else "the image must be a URL or a data URI")
        try:
            data = base64.b64decode(match[1] if match else value, validate=True)
        except binascii.Error:
            raise UnreadableError("the image is not base64") from None
        return await read_image(data)


async def read_image(data: bytes) -> Uploaded:
    """A picture's bytes, checked and measured.

    Raises:
        UnreadableError: they do not decode.
    """
    try:
        return await asyncio.to_thread(measured, data)
    except Refusal:
        raise UnreadableError("the image could not be read") from None


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request; an empty one when there is none, whose missing fields are then refused."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def is_number(value: Any, low: float, high: float, *, is_whole: bool = True) -> bool:
    """Whether the value is a number in the range; a bool is none."""
    kinds = int if is_whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and low <= value <= high


def openai_error(status: int, message: str, code: str) -> Declined:
    """A refusal in the form in which the gateway passes most on."""
    error = {"message": f"{message} (request id: sandbox)", "type": "upstream_error", "param": "", "code": code}
    return Declined(status, {"error": error})
