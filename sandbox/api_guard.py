"""Who may call the acting API, and how a refusal reads: the sandbox's key, its own addresses, JSON for every error."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox.discord.acting import ActingError

PREFIX = "/sandbox/api"
HTTP_SENTENCES = {
    404: "There is no such call; docs/sandbox.md lists them.",
    405: "This call has another method; docs/sandbox.md lists them.",
    413: "This is too large for the sandbox.",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def own_places(request: web.Request) -> tuple[str, str]:
    """Our addresses as a Host header names them, read from the socket so that they cannot be talked into."""
    port = request.transport.get_extra_info("sockname")[1] if request.transport else 0
    return f"127.0.0.1:{port}", f"localhost:{port}"


def guard(key: str) -> Any:
    """A middleware that keeps everyone else out and turns every refusal into JSON."""

    def refusal(request: web.Request) -> ActingError | None:
        places = own_places(request)
        origin = request.headers.get("Origin")
        if request.host not in places:
            return ActingError(403, "This address is not the sandbox's own.")
        if origin is not None and origin not in {f"http://{place}" for place in places}:
            return ActingError(403, "Another page may not act in this sandbox.")
        if not request.path.startswith(PREFIX):
            return None
        given = request.headers.get("Authorization", "").removeprefix("Bearer ") or request.query.get("key", "")
        if not hmac.compare_digest(given.encode(), key.encode()):
            return ActingError(401, "The key is missing or wrong; use the address that the sandbox printed.")
        return None

    @web.middleware
    async def keep_house(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if (refused := refusal(request)) is not None:
                raise refused
            return await handler(request)
        except ActingError as error:
            return web.json_response({"error": error.sentence}, status=error.status)
        except web.HTTPException as error:
            return web.json_response(
                {"error": HTTP_SENTENCES.get(error.status, f"{error.reason}.")}, status=error.status
            )

    return keep_house
