"""A relay made of answers in order, on a real socket; it remembers every request."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Self

from aiohttp import BodyPartReader, web
from aiohttp.test_utils import TestServer


class Fault(Enum):
    """Ways of not answering."""

    RESET = "the connection breaks before the headers"
    CUT = "the connection breaks in the middle of the body"
    STALL = "nothing ever comes"


@dataclass(frozen=True)
class Reply:
    """One answer: bytes as they are, anything else as JSON."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """What goes over the wire."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    raw_path: str = ""  # with everything encoded as it was


class ScriptedRelay:
    """Gives its answers in order; the last one is given for ever. One that can be called is asked what to answer."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.seen: list[Seen] = []
        self.arrived = asyncio.Event()  # set by the first request
        self._leaving = asyncio.Event()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    @classmethod
    @asynccontextmanager
    async def serving(cls, *answers: Any) -> AsyncIterator[Self]:
        """The relay, stopped at the end."""
        relay = cls(*answers)
        await relay._server.start_server()
        try:
            yield relay
        finally:
            relay._leaving.set()
            await relay._server.close()

    @property
    def url(self) -> str:
        """Its address, without a trailing slash."""
        return str(self._server.make_url("")).rstrip("/")

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await _form(request) if request.content_type == "multipart/form-data" else await _json(request)
        seen = Seen(request.method, request.path, request.headers, body, request.raw_path)
        self.seen.append(seen)
        self.arrived.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = answer(seen)
        match answer:
            case Fault.RESET:
                return _cut_off(request)
            case Fault.CUT:
                response = web.StreamResponse(headers={"Content-Length": "1000"})
                await response.prepare(request)
                await response.write(b'{"code": 1, "resu')
                return _cut_off(request, response)
            case Fault.STALL:
                await self._leaving.wait()
                return web.Response()
            case Reply():
                headers = {"Content-Type": "application/json"} | dict(answer.headers)
                return web.Response(body=answer.raw, status=answer.status, headers=headers)
            case _:
                return web.json_response(answer)


async def _json(request: web.Request) -> Any:
    raw = await request.read()
    return json.loads(raw) if raw else None


async def _form(request: web.Request) -> dict[str, Any]:
    """The parts of a form in their order: a text as it is, a file as its name, type and bytes; of one name a list."""
    parts: dict[str, Any] = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        data = bytes(await part.read())
        is_file = part.filename is not None
        value = (part.filename, part.headers["Content-Type"], data) if is_file else data.decode()
        name, before = str(part.name), parts.get(str(part.name))
        parts[name] = value if before is None else [*(before if isinstance(before, list) else [before]), value]
    return parts


def _cut_off(request: web.Request, response: web.StreamResponse | None = None) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return response or web.Response()
