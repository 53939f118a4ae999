"""One aiohttp application for everything that is asked of us over HTTP."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import cast

from aiohttp import web

from bot.errors import SettingsError
from bot.web.connections import BACKLOG, BROKEN_OFF, Connection, Connections, factory

logger = logging.getLogger(__name__)

STOP_LIMIT_S = 5.0  # real seconds for requests that are on their way when the process stops
LONGEST_PATH = 255  # bytes; none of ours comes near it, and the system takes no longer name of a file
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

# The pages load from their own origin alone, nothing inline; nobody frames them, and no address leaves with a click.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


def build_app(routes: Iterable[web.AbstractRouteDef]) -> web.Application:
    """The application with its routes; every answer carries the security headers."""
    app = web.Application(middlewares=[_guard])
    app.add_routes(routes)
    app.on_response_prepare.append(_add_headers)
    return app


@asynccontextmanager
async def serving(
    app: web.Application,
    host: str,
    port: int,
    connections: Connections | None = None,
    *,
    port_name: str = "WEB_PORT",
) -> AsyncIterator[None]:
    """The application at its address, until the end; `port_name` is the setting that named the port.

    Raises:
        SettingsError: the address cannot be listened on.
    """
    runner = web.AppRunner(app, shutdown_timeout=STOP_LIMIT_S)
    await runner.setup()
    try:
        make = factory(cast("web.Server", runner.server), Connections() if connections is None else connections)
        listening = await _listening(make, host, port, port_name)
        logger.info("web side listens host=%s port=%d", host, port)
        try:
            yield
        finally:
            listening.close()
    finally:
        await runner.cleanup()


async def _listening(make: Callable[[], Connection], host: str, port: int, port_name: str) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(make, host, port, backlog=BACKLOG)
    except OSError as exc:
        raise SettingsError(f"{port_name} {port} cannot be opened at {host}: {exc.strerror}.") from exc


@web.middleware
async def _guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A fault of ours is told with a reference and nothing else; what breaks off on the way is nobody's fault."""
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.begin()
    try:
        _check_path(request)
        return await handler(request)
    except web.HTTPException:
        raise
    except BROKEN_OFF as exc:
        logger.info("web request not understood error=%s", type(exc).__name__)
        raise web.HTTPBadRequest(text="This request did not arrive whole.\n") from exc
    except Exception:
        reference = secrets.token_hex(4)
        logger.exception("web request failed reference=%s path=%s", reference, request.path)
        return web.json_response({"error": "bug", "text": f"Reference {reference}"}, status=500)
    finally:
        if isinstance(connection, Connection):
            connection.done()


def _check_path(request: web.Request) -> None:
    if len(request.path.encode(errors="replace")) > LONGEST_PATH:
        raise web.HTTPNotFound


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.popall("Server", None)
