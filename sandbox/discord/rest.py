"""The REST side's frame: who may call, how bodies are read, and how every answer is dressed."""

import hashlib
import json
import math
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from sandbox.discord import bodies
from sandbox.discord.description import FORM_BODY, PARTS_BODY, place_of
from sandbox.discord.errors import ApiError, Unauthorized
from sandbox.discord.model import Payload
from sandbox.wire import PAYLOAD, UploadedFile, read_form

API = "/api/v10"
# The two versions that Discord still keeps; what they differ in, nothing here is about.
VERSIONS = ("/api/v9", API)
VERSION = re.compile(r"/api/v\d+")
OPEN_ROUTES = ("/webhooks/", "/interactions/", "/gateway")  # their secret is in the path, or there is none

FILE_PART = re.compile(r"files\[(\d+)\]")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Exchange:
    """One call as it went over the wire, its JSON parsed; None where there was no body."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any


Observer = Callable[[Exchange], None]


def answer_json(data: Any, status: int = 200) -> web.Response:
    """A JSON answer whose Content-Type carries no charset: discord.py takes one for plain text."""
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")


def no_content() -> web.Response:
    """An answer without a body."""
    return web.Response(status=204)


def parse_json(raw: str | bytes) -> Any:
    """The JSON of a body, or Discord's refusal."""
    try:
        return json.loads(raw or "{}")
    except ValueError as error:
        raise ApiError(50109) from error


async def read_body(request: web.Request) -> tuple[Any, dict[int, UploadedFile]]:
    """The body of a request, as the description has it for this call, and its files by number (`files[n]`)."""
    call = call_of(request)
    raw = await request.read()
    if raw:
        bodies.check_media_type(call, request.content_type)
    body, files = await _parsed(request, call, raw)
    bodies.check_body(call, body)
    return body, files


async def read_object(request: web.Request) -> tuple[Payload, dict[int, UploadedFile]]:
    """The same where only an object will do."""
    body, files = await read_body(request)
    return body or {}, files


def within_api(path: str) -> str:
    """A path without the API's version at its beginning."""
    return VERSION.sub("", path, count=1)


def call_of(request: web.Request) -> str:
    """The call as the description names it: "POST /channels/{}/messages"."""
    resource = request.match_info.route.resource
    return f"{request.method} {place_of('' if resource is None else within_api(resource.canonical))}"


async def _parsed(request: web.Request, call: str, raw: bytes) -> tuple[Any, dict[int, UploadedFile]]:
    if request.content_type == FORM_BODY:
        return _from_form(call, parse_qs(raw.decode(errors="replace"), keep_blank_values=True)), {}
    if request.content_type != PARTS_BODY:
        return parse_json(raw), {}
    form = await read_form(request)
    files: dict[int, UploadedFile] = {}
    for index, (name, file) in enumerate(form.files.items()):
        numbered = FILE_PART.fullmatch(name)
        files[int(numbered[1]) if numbered else index] = file
    return _from_form(call, {name: [text] for name, text in form.fields.items()}), files


def _from_form(call: str, fields: dict[str, list[str]]) -> Any:
    """The body in a form of either kind: as JSON in one field, which py-cord does without files, too, or in several."""
    if PAYLOAD in fields:
        return parse_json(fields[PAYLOAD][-1])
    return bodies.from_fields(call, fields)


async def make_exchange(request: web.Request, response: web.Response) -> Exchange:
    """What was called and answered."""
    raw = await request.read()
    try:
        body = (await _parsed(request, call_of(request), raw))[0] if raw else None
    except (ApiError, KeyError):
        body = raw  # refused with 50109, or of a call that takes none
    answer = response.body
    told = json.loads(answer) if isinstance(answer, bytes) and answer else None
    return Exchange(request.method, API + within_api(request.path), body, response.status, told)


def make_frame(token: str, unknown_routes: list[str], observers: Sequence[Observer]) -> Any:
    """The middleware that checks the token, turns every refusal into Discord's form and tells the observers."""

    @web.middleware
    async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/api/"):
            return await handler(request)
        try:
            _check_token(request, token)
            response = await handler(request)
            assert isinstance(response, web.Response)  # our routes stream nothing  # noqa: S101
        except ApiError as error:
            response = answer_json(error.body(), error.status)
            if error.retry_after_s is not None:
                response.headers["Retry-After"] = str(math.ceil(error.retry_after_s))
        except Unauthorized:
            response = answer_json({"message": "401: Unauthorized", "code": 0}, 401)
        except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
            unknown_routes.append(f"{request.method} {request.path}")
            response = answer_json(ApiError(0).body(), 404)
        _dress(request, response)
        if observers:
            exchange = await make_exchange(request, response)
            for observe in observers:
                observe(exchange)
        return response

    return frame


def _check_token(request: web.Request, token: str) -> None:
    given = request.headers.get("Authorization")
    is_open = within_api(request.path).startswith(OPEN_ROUTES)
    if given is None and is_open and not request.path.endswith("/gateway/bot"):
        return
    if given != f"Bot {token}":
        raise Unauthorized


def _dress(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Via"] = "1.1 loopback"  # without it discord.py takes a 429 for a ban at the edge
    path = within_api(request.path)
    if path.startswith("/interactions/"):
        return  # no buckets there: hikari reports them as an error
    resource = request.match_info.route.resource
    route = f"{request.method} {path if resource is None else resource.canonical}"
    response.headers.update(
        {
            "X-RateLimit-Limit": "50",
            "X-RateLimit-Remaining": "49",
            "X-RateLimit-Reset-After": "1.000",
            "X-RateLimit-Reset": "0.000",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }
    )
