"""A bot that nobody has asked for anything: how soon it is ready, and how much memory it takes.

Started as the image and the service of systemd do, without docstrings and sparing with memory, and with as few settings
as it needs; and once more as the sandbox does, with everything on. Its memory is what the system calls resident (RSS),
so pages of libraries count that other processes use as well.
"""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.process import SPARING, memory
from benchmarks.relay import BenchRelay
from benchmarks.table import Figure
from sandbox.app import Sandbox
from sandbox.bot_process import BotProcess

IDLE_S = 5.0  # also until Discord lets the same shard start another session
FEW = {"ENGINES": "midjourney", "ALLOW_DM": "", "ALLOW_USER_INSTALL": "", "MESSAGE_REPLIES": ""}
WEB_SIDE = ("WEB_PORT", "PUBLIC_URL")


class PlainBot(BotProcess):
    """A bot without a web side."""

    def __init__(self, environment: Mapping[str, str], log_path: Path) -> None:
        kept = {name: value for name, value in environment.items() if name not in WEB_SIDE}
        super().__init__(kept | FEW | SPARING, log_path)


async def figures(data: Path) -> list[Figure]:
    """Both figures."""
    ready_s, idle = await measured(data / "few", PlainBot)
    _, full = await measured(data / "all", BotProcess)
    how = (
        "resident, five seconds after a start as in the image, with few settings;"
        f" {full:.0f} MB with them, the web side and every engine"
    )
    return [
        Figure("start to ready, with nothing to change in the tables", ready_s, "s", 2, "Discord is in reach at once"),
        Figure("memory of an idle bot", idle, "MB", 90, how),
    ]


async def measured(data: Path, kind: type[BotProcess]) -> tuple[float, float]:
    """Seconds that a start takes which finds the tables as they should be, and the MB that such a bot has."""
    relay = BenchRelay(shortest_s=None)
    await relay.start()
    try:
        sandbox = Sandbox(relay_url=relay.base_url, relay_key="sk-bench", data=data, make_bot=kind)
        async with sandbox:
            await sandbox.wait_ready()
            bot = sandbox.bot
            assert bot is not None
            await asyncio.sleep(IDLE_S)
            await bot.terminate()
            await until(sandbox, connected=False)
            begun = time.monotonic()
            await bot.start()
            await until(sandbox, connected=True)
            ready_s = time.monotonic() - begun
            await asyncio.sleep(IDLE_S)
            assert bot.pid is not None
            return ready_s, memory(bot.pid)
    finally:
        await relay.stop()


async def until(sandbox: Sandbox, *, connected: bool) -> None:
    """Wait until the bot is connected, or is not any more."""
    while sandbox.discord.bot_connected() is not connected:  # noqa: ASYNC110 - the stand-in tells nobody
        await asyncio.sleep(0.01)
