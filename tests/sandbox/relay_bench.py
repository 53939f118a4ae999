"""A started relay, a clock that tests move by hand, and a client which presses and waits like the bot does."""

import base64
import io
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

import aiohttp
from PIL import Image
from typing_extensions import override

from sandbox.clock import SandboxClock
from sandbox.relay.profiles import NEW_API
from sandbox.relay.server import LoopbackRelay

START = 1_800_000_000.0
REFRESH_S = NEW_API.refresh_s


class HandClock(SandboxClock):
    """Time stands still until a test moves it; waiting moves it too."""

    def __init__(self) -> None:
        super().__init__()
        self.at = START

    @override
    def now(self) -> float:
        return self.at

    @override
    async def sleep(self, seconds: float) -> None:
        self.at += seconds


class Reply(NamedTuple):
    """An answer that was read to its end."""

    status: int
    content_type: str
    data: bytes

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.data)


class Bench:
    """The relay under test and one signed-in client."""

    def __init__(self, relay: LoopbackRelay, clock: HandClock, session: aiohttp.ClientSession) -> None:
        self.relay = relay
        self.clock = clock
        self.session = session

    @classmethod
    @asynccontextmanager
    async def open(cls, seed: int = 0, *, sketches: bool = True) -> AsyncIterator[Self]:
        """Start everything, and stop it at the end; without `sketches` scenes are painted, which takes a while."""
        clock = HandClock()
        relay = LoopbackRelay(clock, seed=seed, sketches=sketches)
        await relay.start()
        try:
            async with aiohttp.ClientSession(relay.base_url, headers={"mj-api-secret": relay.key}) as session:
                yield cls(relay, clock, session)
        finally:
            await relay.stop()

    async def get(self, path: str) -> Reply:
        """The answer to a GET."""
        async with self.session.get(path) as response:
            return Reply(response.status, response.content_type, await response.read())

    async def post(self, path: str, body: Any) -> Any:
        """The decoded answer to a POST."""
        # A file, since aiohttp warns when a megabyte is sent as bytes.
        data = io.BytesIO(json.dumps(body).encode())
        headers = {"Content-Type": "application/json"}
        async with self.session.post(path, data=data, headers=headers) as response:
            return await response.json()

    async def submit(self, operation: str, **body: Any) -> Any:
        """The envelope of a submit."""
        return await self.post(f"/mj/submit/{operation}", body)

    async def fetch(self, task_id: Any) -> Any:
        """The task object as it is now."""
        return (await self.get(f"/mj/task/{task_id}/fetch")).json()

    async def finish(self, envelope: Any, seconds: float = 200.0) -> Any:
        """The task of an accepted submit, after enough time."""
        assert envelope["code"] == 1, envelope
        self.clock.at += seconds
        return await self.fetch(envelope["result"])

    async def refreshed(self, envelope: Any, seconds: float = 200.0) -> Any:
        """The task of an accepted submit, once new-api has refreshed its copy after the end."""
        return await self.finish(envelope, seconds + REFRESH_S)

    async def status_and_body(self, path: str, body: Any, key: str | None = None) -> tuple[int, str]:
        """What answers a POST, read as text; with another key if one is given."""
        headers = {} if key is None else {"mj-api-secret": key}
        async with self.session.post(path, json=body, headers=headers) as response:
            return response.status, await response.text()

    async def imagine(self, prompt: str = "a small boat") -> Any:
        """A finished grid."""
        return await self.finish(await self.submit("imagine", prompt=prompt))

    async def press(self, task: Any, custom_id: str, **body: Any) -> Any:
        """The envelope of a button, found by a part of its custom id."""
        found = next(one["customId"] for one in task["buttons"] if custom_id in (one["customId"] or ""))
        return await self.submit("action", taskId=task["id"], customId=found, **body)

    async def pick(self, grid: Any, cell: int = 1) -> Any:
        """The finished U of one cell."""
        return await self.finish(await self.press(grid, f"upsample::{cell}::"))

    async def picture(self, task: Any) -> Image.Image:
        """The pixels behind a task's address."""
        reply = await self.get(task["imageUrl"])
        assert reply.status == 200
        return Image.open(io.BytesIO(reply.data)).convert("RGB")


def data_url(image: Image.Image) -> str:
    """A picture as the relay takes it."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


def cell_of(grid: Image.Image, cell: int) -> Image.Image:
    """One of the four cells, 1 to 4."""
    wide, high = grid.width // 2, grid.height // 2
    left, top = (cell - 1) % 2 * wide, (cell - 1) // 2 * high
    return grid.crop((left, top, left + wide, top + high))
