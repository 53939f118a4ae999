"""`python -m benchmarks.handover`: for how long nobody answers while one bot on a file follows another."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure, show
from sandbox.bot_process import BotProcess

IN_FLIGHT = 100
WARM_S = 6.0  # Discord lets a bot begin a session every five seconds
LOOK_S = 0.005
LIMIT_S = 60.0
WAITING = (sys.executable, "-m", "bot", "run", "--wait", "60")


async def figures(data: Path) -> list[Figure]:
    """The silence of a restart, and of a bot that stands by while the one before it ends."""
    relay = BenchRelay(shortest_s=None)
    async with open_stage(data, relay) as stage:
        for number in range(IN_FLIGHT):
            await stage.imagine(number)
        await stage.until(lambda: len(relay.tasks) == IN_FLIGHT, LIMIT_S)
        assert stage.sandbox.bot is not None
        first = stage.sandbox.bot
        await asyncio.sleep(WARM_S)
        restart_s = await _silence_s(stage, first, first.start)
        second = BotProcess(first.environment, data / "second.log", command=WAITING)
        try:
            await second.start()
            await asyncio.sleep(WARM_S)
            handover_s = await _silence_s(stage, first)
        finally:
            await second.kill()
    how = f"with {IN_FLIGHT} jobs in flight; from SIGTERM until the next one is ready, as Discord sees it"
    return [
        Figure("silence of a restart", restart_s, "s", 5.0, how),
        Figure("silence where the next one stands by", handover_s, "s", 2.0, how),
    ]


async def _silence_s(stage: Stage, old: BotProcess, start: Callable[[], Awaitable[None]] | None = None) -> float:
    """Seconds from the signal that ends a bot until Discord has the next one."""
    discord, ended_at = stage.sandbox.discord, time.monotonic()
    ending = asyncio.create_task(old.terminate(), name="terminate")
    await _until(lambda: not discord.bot_connected())
    gone_at = time.monotonic()
    if start is not None:
        await ending
        await start()
    await _until(discord.bot_connected)
    ready_at = time.monotonic()
    await ending
    print(f"gone after {gone_at - ended_at:.2f} s, the next one {ready_at - gone_at:.2f} s later", flush=True)
    return ready_at - ended_at


async def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        await asyncio.sleep(LOOK_S)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="easel-handover-", ignore_cleanup_errors=True) as name:
        sys.exit(0 if show(asyncio.run(figures(Path(name)))) else 1)
