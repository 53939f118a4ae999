"""What both loopback servers share at the wire: a ledger of requests, and faults made on purpose."""

import asyncio
import fnmatch
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_REMEMBERED_BODY = 65_536  # bytes; a larger body is remembered by its length alone


@dataclass
class Fault:
    """One thing to go wrong on matching requests, `times` times.

    `path` is a shell pattern on the path ("/mj/submit/*"). `status`, `body` and `headers` replace the answer
    and the effect does not happen; `drop` cuts the connection `before` or `after` the effect; `delay_s` is in
    real seconds.
    """

    method: str
    path: str
    times: int = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: Literal["before", "after"] | None = None

    def matches(self, request: web.Request) -> bool:
        """Whether this fault is due for the request."""
        return (
            self.times > 0
            and self.method.upper() in ("*", request.method)
            and fnmatch.fnmatchcase(request.path, self.path)
        )

    def answer(self) -> web.Response:
        """The broken answer; a text body goes out as it is, anything else as JSON."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        headers = {"Content-Type": "text/html" if isinstance(self.body, str) else "application/json"}
        return web.Response(
            status=self.status or 500,
            body=text.encode() if self.body is not None else b"",
            headers=headers | self.headers,
        )


@dataclass
class RecordedRequest:
    """One request as the server saw it; `status` is None when the connection was cut."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    status: int | None


class Wire:
    """The ledger and the faults of one server."""

    def __init__(self) -> None:
        self.requests: list[RecordedRequest] = []
        self.faults: list[Fault] = []

    def ledger(self) -> list[dict[str, Any]]:
        """All requests so far, oldest first, as JSON."""
        return [vars(request) for request in self.requests]

    def middleware(self) -> Any:
        """An aiohttp middleware that records every request and applies the faults."""

        @web.middleware
        async def record_and_break(request: web.Request, handler: Handler) -> web.StreamResponse:
            entry = RecordedRequest(
                at=time.time(),
                method=request.method,
                path=request.path_qs,
                headers=dict(request.headers),
                body=remembered_body(request, await request.read()),
                status=None,
            )
            self.requests.append(entry)
            fault = next((fault for fault in self.faults if fault.matches(request)), None)
            if fault is None:
                response = await handler(request)
                entry.status = response.status
                return response
            fault.times -= 1
            await asyncio.sleep(fault.delay_s)
            if fault.drop == "before":
                return cut(request)
            response = await handler(request) if fault.status is None else fault.answer()
            if fault.drop == "after":
                return cut(request)
            entry.status = response.status
            return response

        return record_and_break


def cut(request: web.Request) -> web.Response:
    """Reset the connection; the returned answer never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def remembered_body(request: web.Request, raw: bytes) -> Any:
    """The body as the ledger keeps it: JSON as JSON, text as text, anything else by its length."""
    if not raw:
        return None
    if len(raw) <= MAX_REMEMBERED_BODY and request.content_type != "multipart/form-data":
        try:
            return json.loads(raw)
        except ValueError:
            pass
    return {"bytes": len(raw), "content_type": request.content_type}
