"""The loopback Discord as one object: REST, gateway and files on one port of 127.0.0.1."""

import asyncio
import base64
import secrets
from typing import Any, ClassVar

from aiohttp import web

from sandbox.clock import SandboxClock
from sandbox.discord.acting import Actor
from sandbox.discord.cdn import Cdn
from sandbox.discord.commands import CommandBook
from sandbox.discord.events import Events
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import Interactions
from sandbox.discord.media import Media
from sandbox.discord.messages import Messages
from sandbox.discord.payloads import Payloads
from sandbox.discord.rest import API, Observer, make_frame
from sandbox.discord.route_group import Parts
from sandbox.discord.routes import Routes
from sandbox.discord.state import State
from sandbox.wire import Wire
from sandbox.world import make_world

MAX_REQUEST_BYTES = 1100 * 1024 * 1024  # ten files of the largest size; smaller limits answer with 40005


class LoopbackDiscord:
    """A Discord that unmodified client libraries talk to over real sockets; `seed` colours its drawn avatars.

    `origin`, `api_url` and `gateway_url` are known after `start`. `unknown_routes` lists the calls that no route
    answers, so that a test can fail on them. `observers` are told of every REST call of every loopback Discord.
    """

    observers: ClassVar[list[Observer]] = []

    def __init__(self, clock: SandboxClock, *, seed: int = 0) -> None:
        self._seed = seed
        self.wire = Wire()
        self.unknown_routes: list[str] = []
        self.state = State(make_world(), clock)
        self.token = make_token(self.state.bot.id)
        self.origin = ""
        self.api_url = ""
        self.gateway_url = ""
        self._media = Media(clock)
        payloads = Payloads(self.state, self._media)
        self.gateway = Gateway(self.state, payloads, self.token, self._on_connection_change)
        self._events = Events(self.state, payloads, self.gateway.dispatch)
        self._commands = CommandBook(self.state.application_id, self.state.new_id, clock.now)
        messages = Messages(self.state, self._media, self._events)
        self._interactions = Interactions(self.state, payloads, self._events, messages)
        self._routes = Routes(
            Parts(self.state, payloads, self._events, self._media, messages, self._interactions, self._commands)
        )
        self.actor = Actor(
            self.state,
            self._media,
            payloads,
            self._events,
            messages,
            self._interactions,
            self._commands,
            is_ready=self._is_ready,
        )
        self._runner: web.AppRunner | None = None
        self._was_connected = False
        self._connected = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 takes a free one."""
        app = web.Application(
            middlewares=[self.wire.middleware(), make_frame(self.token, self.unknown_routes, self.observers)],
            client_max_size=MAX_REQUEST_BYTES,
        )
        app.add_routes(self._routes.table())
        app.add_routes(Cdn(self.state, self._media, self._seed).table())
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        address = self._runner.addresses[0]
        self.origin = self._media.origin = f"http://127.0.0.1:{address[1]}"
        self.api_url = self.origin + API
        self.gateway_url = f"ws://127.0.0.1:{address[1]}/gateway"
        self.gateway.url = self.gateway_url
        self._routes.point_at(self.gateway_url, self.gateway.starts)

    async def stop(self) -> None:
        """Close every connection and the port."""
        self._interactions.stop()
        await self.gateway.close(1001)
        if self._runner is not None:
            await self._runner.cleanup()

    async def wait_ready(self) -> None:
        """Return once a bot has connected and has synced its commands."""
        await self._connected.wait()
        await self._commands.synced.wait()

    def bot_connected(self) -> bool:
        """Whether a bot is connected right now."""
        return self.gateway.is_connected

    def subscribe(self) -> asyncio.Queue[tuple[str, Any]]:
        """A queue of everything that happens from now on."""
        return self._events.subscribe()

    def unsubscribe(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        """Fill this queue no more."""
        self._events.unsubscribe(queue)

    def _is_ready(self) -> bool:
        return self.gateway.is_connected and self._commands.synced.is_set()

    def _on_connection_change(self) -> None:
        is_connected = self.gateway.is_connected
        if is_connected != self._was_connected:
            self._was_connected = is_connected
            self._events.feed("BOT", {"connected": is_connected})
        if is_connected:
            self._connected.set()


def make_token(bot_id: int) -> str:
    """A bot token in Discord's shape: the id in base64, then two parts that mean nothing here."""
    owner = base64.urlsafe_b64encode(str(bot_id).encode()).decode().rstrip("=")
    return f"{owner}.{secrets.token_urlsafe(4)}.{secrets.token_urlsafe(28)}"
