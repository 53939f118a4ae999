"""The whole sandbox: a loopback Discord, a loopback relay, the real bot, and the page to act on them."""

import asyncio
import contextlib
import os
import secrets
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from aiohttp import web
from sqlalchemy import make_url

from sandbox.api import build_api
from sandbox.bot_process import BotProcess, BotStartError, inherited_environment
from sandbox.bots import Bot, Bots, Crew
from sandbox.cable import Cable, joined_port
from sandbox.clock import SandboxClock
from sandbox.discord.server import LoopbackDiscord
from sandbox.postgres import Server
from sandbox.relay.profiles import UNIAPI, Profile
from sandbox.relay.server import LoopbackRelay
from sandbox.several_relays import NAME as RELAYS
from sandbox.several_relays import loopback_names, with_addresses

HOST = "127.0.0.1"
READY_LIMIT_S = 60.0
SHARD_LIMIT_S = 6.0  # more for each shard, at life's own speed: they start one after the other
SHUTDOWN_LIMIT_S = 2.0
# Below those of outgoing connections (Linux: from 32768 on), one of which might have taken it before the bot listens.
PORTS = range(20_000, 32_768)
OWN_DATABASE = "easel"
ALONE = Crew()
# What the sandbox allows beyond the defaults, so that everything can be tried.
OPEN_HOUSE = {
    "ENV_FILE": "",
    "ALLOW_DM": "true",
    "EXTRA_PARAMETERS": "sandbox",
    "MAX_JOBS_PER_PROMPT": "12",
    "ALLOW_USER_INSTALL": "true",
    "MESSAGE_REPLIES": "true",
}


class Sandbox:
    """One running sandbox, as an async context manager.

    `port` 0 takes a free one; `relay_url` and `relay_key` replace the loopback relay, which otherwise plays
    `relay_profile` and, with `sketches`, takes no time to paint; `env` adds to or overrides the bot's environment;
    an entry of a `RELAYS` in it that has no address gets a loopback relay of its own;
    `make_bot`, given the environment and the log's path, makes another process the bot; `crew` says how
    many of them there are.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        relay_url: str | None = None,
        relay_key: str | None = None,
        with_bot: bool = True,
        speed: float = 1.0,
        data: Path | None = None,
        seed: int = 0,
        relay_profile: Profile = UNIAPI,
        sketches: bool = False,
        env: Mapping[str, str] | None = None,
        crew: Crew = ALONE,
        make_bot: Callable[[Mapping[str, str], Path], BotProcess] = BotProcess,
    ) -> None:
        self.key = secrets.token_urlsafe(18)
        self.clock = SandboxClock(speed)
        self.discord = LoopbackDiscord(self.clock, seed=seed)
        self.discord.gateway.starts.recommended = crew.shards
        # A clock of their own: the page may change the pace of the relays, never that of Discord.
        relay_clock = SandboxClock(speed)
        names = [] if relay_url is not None else loopback_names((env or {}).get(RELAYS, "")) or [""]
        loopback = [LoopbackRelay(relay_clock, seed=seed, profile=relay_profile, sketches=sketches) for _ in names]
        self.relay = next(iter(loopback), None)  # the first of them
        self.relays = {name: relay for name, relay in zip(names, loopback, strict=True) if name}  # as RELAYS calls them
        self.bot: BotProcess | None = None  # the first of them
        self.bots: Bots | None = None
        self.database_url = crew.database_url  # of a server; None where the bot has a file
        self._crew = crew
        self._port = port
        self._web_port = free_port()
        self._own_relay = (relay_url or "", relay_key or "")
        self._with_bot = with_bot
        self._data = data
        self._extra_env = dict(env or {})
        self._make_bot = make_bot
        self._stack = AsyncExitStack()

    @property
    def url(self) -> str:
        """The address of the page, with its key."""
        return f"http://{HOST}:{self._port}/?key={self.key}"

    @property
    def api_url(self) -> str:
        """The address of the acting API."""
        return f"http://{HOST}:{self._port}/sandbox/api"

    @property
    def data(self) -> Path:
        """The folder of the bot's data and log; temporary unless one was given."""
        if self._data is None:
            raise RuntimeError("the sandbox has not been started")
        return self._data

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def wait_ready(self) -> None:
        """Wait until the bot is connected and its commands are synced; of several, until all answer.

        Raises:
            BotStartError: a bot ended first, or it took too long.
        """
        if self.bots is None:
            await self.discord.wait_ready()
            return
        limit_s = READY_LIMIT_S + SHARD_LIMIT_S * (self._crew.shards - 1) / self.clock.speed
        ready = asyncio.create_task(self._wait_all_ready(self.bots), name="wait-ready")
        ended = asyncio.create_task(self.bots.wait_any_ended(), name="wait-ended")
        try:
            await asyncio.wait({ready, ended}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if ready.done():
                await ready
            elif ended.done():
                raise BotStartError((await ended).last_line or "The bot ended without a word.")
            else:
                last = " ".join(bot.process.last_line for bot in self.bots.all)
                raise BotStartError(f"The bot was not ready after {limit_s:g} s. {last}")
        finally:
            ready.cancel()
            ended.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def _wait_all_ready(self, bots: Bots) -> None:
        await self.discord.wait_ready()
        await bots.wait_all_answer()

    def bot_environment(self) -> dict[str, str]:
        """What a bot needs to live in this sandbox, apart from `PATH` and the like."""
        relay_url, relay_key = self._own_relay
        if self.relay is not None:
            relay_url, relay_key = self.relay.base_url, self.relay.key
        return {
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "RELAY_BASE_URL": relay_url,
            "RELAY_API_KEY": relay_key,
            "DATA_DIR": str(self.data),
            "TIME_SCALE": f"{self.clock.speed:g}",
            "WEB_PORT": str(self._web_port),
            "PUBLIC_URL": f"http://{HOST}:{self._web_port}",
            **OPEN_HOUSE,
            **({"DATABASE_URL": self.database_url, "SECRET_KEY": self.key} if self.database_url else {}),
        } | self.with_relays(self._extra_env)

    def with_relays(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Settings in which the loopback relays that `RELAYS` names have addresses and keys."""
        known = {name: (relay.base_url, relay.key) for name, relay in self.relays.items()}
        given = {RELAYS: with_addresses(settings[RELAYS], known)} if settings.get(RELAYS) else {}
        return dict(settings) | given

    def _whole_environment(self) -> dict[str, str]:
        inherited = inherited_environment(os.environ) | {"PYTHONUNBUFFERED": "1"}  # its words as they come
        return inherited | self.bot_environment()

    async def _start(self) -> None:
        if self._data is None:
            folder = tempfile.TemporaryDirectory(prefix="easel-sandbox-", ignore_cleanup_errors=True)
            self._data = Path(self._stack.enter_context(folder))
        self._data = self._data.resolve()
        self._data.mkdir(parents=True, exist_ok=True)
        if self.database_url is None and self._crew.processes > 1:
            self.database_url = self._own_database()
        await self.discord.start()
        self._stack.push_async_callback(self.discord.stop)
        for relay in self.relays.values() or filter(None, [self.relay]):
            await relay.start()
            self._stack.push_async_callback(relay.stop)
        if self._with_bot:
            self.bots = await self._make_bots()
            self.bot = self.bots.all[0].process
        await self._serve_page()
        if self.bots is not None:
            self._stack.push_async_callback(self.bots.terminate)
            await self.bots.start()

    def _own_database(self) -> str:
        server = Server.of_its_own()
        self._stack.callback(server.remove)
        server.sql(f"CREATE DATABASE {OWN_DATABASE}")
        return server.url(OWN_DATABASE)

    async def _make_bots(self) -> Bots:
        bots = Bots()
        if self._crew.processes > 1:
            # Links name one address for all; whoever comes there is let in to one of those that answer.
            self._web_port = await self._stack.enter_async_context(joined_port(0, bots.web_side))
        for number in range(1, self._crew.processes + 1):
            bots.add(await self._make_one(number))
        return bots

    async def _make_one(self, number: int) -> Bot:
        environment, cable = self._whole_environment(), None
        if self._crew.processes > 1:
            environment["WEB_PORT"] = str(free_port())
        if self.database_url is not None and self._crew.has_cables:
            cable = Cable(make_url(self.database_url))
            await self._stack.enter_async_context(cable.opened())
            environment["DATABASE_URL"] = cable.url
        log = self.data / ("bot.log" if number == 1 else f"bot-{number}.log")
        return Bot(self._make_bot(environment, log), int(environment["WEB_PORT"]), cable)

    async def _serve_page(self) -> None:
        runner = web.AppRunner(
            build_api(self.discord, self.relay, self.relays, self.bots, self.database_url, self.key),
            access_log=None,
            shutdown_timeout=SHUTDOWN_LIMIT_S,
        )
        self._stack.push_async_callback(runner.cleanup)
        await runner.setup()
        await web.TCPSite(runner, HOST, self._port).start()
        self._port = runner.addresses[0][1]


def free_port() -> int:
    """A port that nothing listens on now, for the bot to listen on later."""
    while True:
        port = secrets.choice(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port
