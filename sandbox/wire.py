"""What both loopback servers share at the wire: a ledger of requests, and faults made on purpose."""

import asyncio
import base64
import fnmatch
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

from aiohttp import MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol

# The wall's clock as it stood when this was read; from then on moments follow the steady one, so that distances between
# them are true whatever is done to the wall's.
_STARTED_AT = time.time() - time.monotonic()
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PAYLOAD = "payload_json"  # the field of a form that holds the whole body as JSON
MAX_REMEMBERED_BODY = 65_536  # bytes; of a larger body long texts are cut
MAX_REMEMBERED_TEXT = 5_000  # characters of a text in a large body
MAX_REMEMBERED_FILE = 8_192  # bytes of a file in a form; a mask has a few thousand


@dataclass
class Fault:
    """One thing to go wrong on matching requests, `times` times.

    `path` is a shell pattern on the path ("/mj/submit/*"). `status`, `body` and `headers` replace the answer
    and the effect does not happen, unless `takes_effect`; `drop` cuts the connection `before` or `after` the
    effect; `delay_s` is in real seconds. With `naming`, only requests whose body holds that text match.
    """

    method: str
    path: str
    times: int = 1
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    drop: Literal["before", "after"] | None = None
    takes_effect: bool = False
    naming: str = ""

    def matches(self, request: web.Request, body: Any) -> bool:
        """Whether this fault is due for the request with this body."""
        return (
            self.times > 0
            and self.method.upper() in ("*", request.method)
            and fnmatch.fnmatchcase(request.path, self.path)
            and self.naming in str(body)
        )

    def answer(self) -> web.Response:
        """The broken answer; text and bytes go out as they are, anything else as JSON."""
        match self.body:
            case None:
                kind, raw = "application/json", b""
            case bytes():
                kind, raw = "application/octet-stream", self.body
            case str():
                kind, raw = "text/html", self.body.encode()
            case _:
                kind, raw = "application/json", json.dumps(self.body).encode()
        return web.Response(status=self.status or 500, body=raw, headers={"Content-Type": kind} | self.headers)


@dataclass
class UploadedFile:
    """One file part of a multipart body."""

    filename: str
    data: bytes


@dataclass
class Form:
    """A multipart body: its text parts by name, its files by the name of their part, and those of a repeated name."""

    fields: dict[str, str]
    files: dict[str, UploadedFile]
    parts: list[tuple[str, UploadedFile]] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)

    def named(self, *names: str) -> list[UploadedFile]:
        """All files whose part has one of these names, in their order."""
        return [file for name, file in self.parts if name in names]


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
            at = moment()
            entry = RecordedRequest(
                at=at,
                method=request.method,
                path=request.path_qs,
                headers=dict(request.headers),
                body=await remembered_body(request),
                status=None,
            )
            self.requests.append(entry)
            fault = next((fault for fault in self.faults if fault.matches(request, entry.body)), None)
            if fault is None:
                response = await handler(request)
                entry.status = response.status
                return response
            fault.times -= 1
            await asyncio.sleep(fault.delay_s)
            if fault.drop == "before":
                return cut(request)
            is_true = fault.status is None
            answer = await handler(request) if is_true or fault.takes_effect else None
            response = answer if answer is not None and is_true else fault.answer()
            if fault.drop == "after":
                return cut(request)
            entry.status = response.status
            return response

        return record_and_break


def moment() -> float:
    """Now, in seconds since 1970, on a clock that never jumps; all times of a ledger are told by it."""
    return _STARTED_AT + time.monotonic()


def cut(request: web.Request) -> web.Response:
    """Reset the connection; the returned answer never leaves."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def read_form(request: web.Request) -> Form:
    """Parse a multipart body from its bytes; `request.multipart()` cannot, once the body was read."""
    raw = await request.read()
    # the limit is the whole body: a stream that nothing refills must never ask its source to pause
    stream = StreamReader(BaseProtocol(asyncio.get_running_loop()), len(raw))
    stream.feed_data(raw)
    stream.feed_eof()
    form = Form({}, {})
    reader = MultipartReader(request.headers, stream)
    while (part := await reader.next()) is not None:
        if isinstance(part, MultipartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        if part.filename is None or part.name == PAYLOAD:
            text = form.fields[part.name] = data.decode(errors="replace")
            form.texts.append((part.name, text))
        else:
            file = form.files[part.name] = UploadedFile(part.filename, data)
            form.parts.append((part.name, file))
    return form


async def remembered_body(request: web.Request) -> Any:
    """The body as the ledger keeps it: JSON as JSON, files by part, name and size, anything else by its length.

    Of small files, masks as a rule, the bytes are kept as well, as `base64`.
    Texts in a large one, pictures as a rule, are cut; it then tells its length as `bytes`.
    """
    raw = await request.read()
    if not raw:
        return None
    try:
        if request.content_type == "multipart/form-data":
            form = await read_form(request)
            files = [remembered_file(name, file) for name, file in form.parts]
            fields = {name: as_json(text) for name, text in form.fields.items() if name != PAYLOAD}
            return json.loads(form.fields.get(PAYLOAD, "{}")) | fields | {"files": files}
        if request.content_type == "application/x-www-form-urlencoded":
            fields = {name: as_json(text) for name, text in parse_qsl(raw.decode())}
            return fields.pop(PAYLOAD, {}) | fields
        body = json.loads(raw)
        if len(raw) > MAX_REMEMBERED_BODY and isinstance(body, dict):
            return cut_short(body) | {"bytes": len(raw)}
        if len(raw) <= MAX_REMEMBERED_BODY:
            return body
    except (ValueError, TypeError):
        pass
    return {"bytes": len(raw), "content_type": request.content_type}


def remembered_file(part: str, file: UploadedFile) -> dict[str, Any]:
    """A file of a form as the ledger keeps it."""
    entry = {"part": part, "name": file.filename, "size": len(file.data)}
    is_small = len(file.data) <= MAX_REMEMBERED_FILE
    return entry | ({"base64": base64.b64encode(file.data).decode()} if is_small else {})


def as_json(text: str) -> Any:
    """What a form field holds: JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def cut_short(value: Any) -> Any:
    """The value with the beginnings of its long texts only."""
    match value:
        case str() if len(value) > MAX_REMEMBERED_TEXT:
            return f"{value[:MAX_REMEMBERED_TEXT]}... ({len(value)} characters)"
        case dict():
            return {name: cut_short(one) for name, one in value.items()}
        case list():
            return [cut_short(one) for one in value]
    return value
