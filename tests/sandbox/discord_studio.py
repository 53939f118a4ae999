"""A real discord.py bot beside a loopback Discord, for the tests of the loopback."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord.ext import commands
from PIL import Image
from typing_extensions import override

from sandbox.clock import SandboxClock
from sandbox.discord.server import LoopbackDiscord

PATIENCE_S = 60.0  # how long a test waits for an event before it fails; a busy machine must not make it do so

Interaction = discord.Interaction[commands.Bot]
Handler = Callable[..., Awaitable[Any]]


class StudioBot(commands.Bot):
    """A bot whose one command `/do` calls whatever the test put into `handler`."""

    def __init__(self, **options: Any) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(
            commands.when_mentioned, intents=intents, guild_ready_timeout=0.01, max_messages=None, **options
        )
        self.handler: Handler = _say_done

    @override
    async def setup_hook(self) -> None:
        installs = discord.app_commands.AppInstallationType(guild=True, user=True)

        @self.tree.command(description="Do what the test wants")
        async def do(
            interaction: Interaction,
            image: discord.Attachment | None = None,
            count: discord.app_commands.Range[int, 1, 4] = 1,
            style: str = "",
        ) -> None:
            await self.handler(interaction, image=image, count=count, style=style)

        @do.autocomplete("style")
        async def suggest(_: Interaction, current: str) -> list[discord.app_commands.Choice[str]]:
            return [discord.app_commands.Choice(name=f"{current} by night", value="night")]

        @self.tree.context_menu(name="Look at this")
        async def look(interaction: Interaction, message: discord.Message) -> None:
            await self.handler(interaction, message=message)

        do.allowed_installs = look.allowed_installs = installs
        await self.tree.sync()


async def _say_done(interaction: Interaction, **_: Any) -> None:
    await interaction.response.send_message("done")


@dataclass
class Studio:
    """A connected pair, and short ways to act and wait."""

    loopback: LoopbackDiscord
    bot: StudioBot

    async def do(self, user: str = "ana", channel: str = "studio", **options: Any) -> dict[str, Any]:
        """Send `/do` and return the settled interaction."""
        with self.watch() as watch:
            interaction_id = await self.loopback.actor.slash(user, channel, "do", options)
            return await watch.settled(interaction_id)

    async def click(self, user: str, message: dict[str, Any], custom_id: str) -> dict[str, Any]:
        """Press a button and return the settled interaction."""
        with self.watch() as watch:
            return await watch.settled(await self.loopback.actor.click(user, message["id"], custom_id))

    def seen(self, user: str = "ana", channel: str = "studio") -> list[dict[str, Any]]:
        """The messages that the user sees."""
        return self.loopback.actor.messages(channel, user)

    def text_channel(self, name: str) -> discord.TextChannel:
        """The bot's own object of a channel."""
        channel = discord.utils.get(self.bot.get_all_channels(), name=name)
        assert isinstance(channel, discord.TextChannel)
        return channel

    def watch(self) -> "Watch":
        """Collect events from now on."""
        return Watch(self.loopback)


class Watch:
    """Waits for events of the feed."""

    def __init__(self, loopback: LoopbackDiscord) -> None:
        self._loopback = loopback
        self._queue = loopback.subscribe()

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        self._loopback.unsubscribe(self._queue)

    async def until(self, event: str, matches: Callable[[Any], bool] = lambda _: True) -> Any:
        """The data of the first event of this kind that matches."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                kind, data = await self._queue.get()
                if kind == event and matches(data):
                    return data

    async def settled(self, interaction_id: str) -> dict[str, Any]:
        """The interaction once it is answered or failed."""
        result: dict[str, Any] = await self.until(
            "INTERACTION", lambda data: data["id"] == interaction_id and data["state"] != "pending"
        )
        return result


@asynccontextmanager
async def open_loopback(speed: float = 1.0) -> AsyncIterator[LoopbackDiscord]:
    """A loopback Discord alone."""
    loopback = LoopbackDiscord(SandboxClock(speed))
    await loopback.start()
    try:
        yield loopback
        assert loopback.unknown_routes == []
    finally:
        await loopback.stop()


@asynccontextmanager
async def open_studio(speed: float = 1.0) -> AsyncIterator[Studio]:
    """A loopback Discord with a connected bot."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, socket.DEFAULT_GATEWAY
    async with open_loopback(speed) as loopback:
        route.BASE, socket.DEFAULT_GATEWAY = loopback.api_url, yarl.URL(loopback.gateway_url)
        bot = StudioBot()
        task = asyncio.create_task(bot.start(loopback.token), name="bot")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await loopback.wait_ready()
                await bot.wait_until_ready()
            yield Studio(loopback, bot)
        finally:
            await bot.close()
            await task
            route.BASE, socket.DEFAULT_GATEWAY = before


def make_picture(width: int = 9, height: int = 7) -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def picture_file(name: str = "a.png") -> discord.File:
    """A small PNG as discord.py sends it."""
    return discord.File(io.BytesIO(make_picture()), name)
