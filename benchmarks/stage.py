"""The real bot between a loopback Discord with many channels and a weightless relay."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from benchmarks.heartbeat import Stats, stats_path
from benchmarks.process import SPARING
from benchmarks.relay import BenchRelay
from benchmarks.table import Figure
from sandbox.app import ALONE, Sandbox
from sandbox.bot_process import BotProcess
from sandbox.bots import Crew
from sandbox.discord.model import Channel, ChannelType

LAUNCHER = (sys.executable, "-m", "benchmarks.launcher")
ENDLESS = "1000000"
ROOM = {"MAX_RUNNING_PER_MEMBER": ENDLESS, "MAX_WAITING_PER_MEMBER": ENDLESS, "MAX_RUNNING": ENDLESS}
CHANNELS = 50  # Discord takes about one message a second in each
FIRST_CHANNEL = 1_300_000_000_000_000_000


class Heartbeat:
    """A process of nothing but a loop: what it is kept waiting for is the machine's doing."""

    def __init__(self, process: asyncio.subprocess.Process, path: Path) -> None:
        self._process = process
        self._path = path

    def stats(self) -> Stats:
        """What it told last."""
        return Stats(**json.loads(self._path.read_text()))

    def reset(self) -> None:
        """Let its stats begin anew."""
        self._process.send_signal(signal.SIGUSR1)


class Stage:
    """One running bot and everything around it."""

    def __init__(self, sandbox: Sandbox, relay: BenchRelay, stats: Path, idle: Heartbeat) -> None:
        self.sandbox = sandbox
        self.relay = relay
        self.channels = [str(FIRST_CHANNEL + number) for number in range(CHANNELS)]
        self._stats = stats
        self._idle = idle

    @property
    def guild_id(self) -> int:
        """The server that the channels are in."""
        guild_id = self.sandbox.discord.state.channels[FIRST_CHANNEL].guild_id
        assert guild_id is not None
        return guild_id

    @property
    def pid(self) -> int:
        """The bot's process."""
        assert self.sandbox.bot is not None
        assert self.sandbox.bot.pid is not None
        return self.sandbox.bot.pid

    @property
    def pids(self) -> list[int]:
        """The processes of all bots."""
        assert self.sandbox.bots is not None
        return [bot.process.pid for bot in self.sandbox.bots.all if bot.process.pid is not None]

    def stats(self, pid: int = 0) -> Stats:
        """What the bot told last, or the process of several that is named."""
        return Stats(**json.loads(stats_path(pid or self.pid, self._stats).read_text()))

    def reset_stats(self) -> None:
        """Let the stats of all bots and of the idle loop beside them begin anew."""
        for pid in self.pids:
            os.kill(pid, signal.SIGUSR1)
        self._idle.reset()

    def longest_block(self, when: str) -> Figure:
        """How long the bot's loop kept all waiting since the last reset, beside the loop that has nothing to do."""
        bot, idle_ms = self.stats(), self._idle.stats().longest_block_s * 1000
        how = f"its own work: {bot.longest_work_s * 1000:.0f} ms; an idle loop in the same time: {idle_ms:.0f} ms"
        return Figure(f"longest event-loop block, {when}", bot.longest_block_s * 1000, "ms", 30, how)

    async def imagine(self, number: int, user: str = "ben") -> str:
        """Ask for a picture, in one channel after the other; returns the interaction's id."""
        actor = self.sandbox.discord.actor
        return await actor.slash(user, self.channels[number % CHANNELS], "imagine", {"prompt": f"a cat {number}"})

    def posted(self) -> dict[str, float]:
        """When Discord was given each result, by job, in seconds of `time.time()`."""
        moments: dict[str, float] = {}
        for request in self.sandbox.discord.wire.requests:
            files = request.body.get("files") if isinstance(request.body, dict) else None
            if request.method == "POST" and request.path.endswith("/messages") and files and request.status == 200:
                moments.setdefault(str(files[0]["name"]).removeprefix("easel-")[:16], request.at)
        return moments

    async def until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait for a condition; False when its time is over."""
        deadline = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def stop_bot(self) -> None:
        """End the bot in order."""
        assert self.sandbox.bot is not None
        await self.sandbox.bot.terminate()
        await self.until(lambda: not self.sandbox.discord.bot_connected(), 10.0)

    async def start_bot(self) -> None:
        """Start the bot again; returns once it is connected."""
        assert self.sandbox.bot is not None
        await self.sandbox.bot.start()
        await self.until(self.sandbox.discord.bot_connected, 30.0)


@asynccontextmanager
async def idle_loop(path: Path) -> AsyncIterator[Heartbeat]:
    """The yardstick, for as long as the block runs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.heartbeat", env=os.environ | {"BENCH_STATS": str(path)}
    )
    try:
        yield Heartbeat(process, path)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def open_stage(
    data: Path,
    relay: BenchRelay,
    env: Mapping[str, str] | None = None,
    *,
    crew: Crew = ALONE,
) -> AsyncIterator[Stage]:
    """A stage at life's own speed, with the bot ready, or the `crew` of them; `env` adds to their settings."""
    stats = data / "stats.json"
    await relay.start()
    try:
        sandbox = Sandbox(
            relay_url=relay.base_url,
            relay_key="sk-bench",
            data=data,
            env={**ROOM, **SPARING, "BENCH_STATS": str(stats), **(env or {})},
            crew=crew,
            make_bot=partial(BotProcess, command=LAUNCHER),
        )
        state = sandbox.discord.state
        guild = next(channel.guild_id for channel in state.channels.values() if channel.name == "studio")
        for number in range(CHANNELS):
            channel = Channel(FIRST_CHANNEL + number, ChannelType.TEXT, f"bench-{number}", guild_id=guild)
            state.channels[channel.id] = channel
        async with idle_loop(data / "idle.json") as idle, sandbox:
            await sandbox.wait_ready()
            yield Stage(sandbox, relay, stats, idle)
    finally:
        await relay.stop()
