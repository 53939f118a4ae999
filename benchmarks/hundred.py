"""A hundred tasks of a minute: from SUCCESS to the post, and what each costs; beside a naive client."""

import asyncio
import time
from pathlib import Path

import aiohttp

from benchmarks.large import picture
from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure
from benchmarks.virtual import NAIVE_S

HUNDRED = 100
SHORTEST_S, LONGEST_S = 55.0, 65.0
LIMIT_S = 60.0  # beyond the longest task
PICTURE_SIDE = 1024


async def figures(data: Path) -> list[Figure]:
    """All figures at a hundred in flight."""
    relay = BenchRelay(shortest_s=SHORTEST_S, longest_s=LONGEST_S, picture=picture(PICTURE_SIDE))
    others = BenchRelay(shortest_s=SHORTEST_S, longest_s=LONGEST_S)
    await others.start()
    try:
        async with open_stage(data, relay) as stage:
            await asyncio.sleep(1.0)
            stage.reset_stats()
            await asyncio.sleep(0.5)
            naive = asyncio.create_task(naive_client(others), name="naive")
            for number in range(HUNDRED):
                await stage.imagine(number)
            await stage.until(lambda: len(stage.posted()) == HUNDRED, LONGEST_S + LIMIT_S)
            await asyncio.sleep(2.0)
            return measured(stage, sorted(await naive), others.looks)
    finally:
        await others.stop()


def measured(stage: Stage, naive: list[float], naive_looks: int) -> list[Figure]:
    """The figures, once everything is posted."""
    moments, stats = stage.posted(), stage.stats()
    tasks = stage.relay.tasks.values()
    waits = sorted(moments.get(task.state, float("inf")) - task.finished_at for task in tasks)
    note = f"naive client, only until it sees SUCCESS: {share(naive, 0.5):.2f} / {share(naive, 0.99):.2f} s"
    looks, blunt = stage.relay.looks / HUNDRED, naive_looks / HUNDRED
    return [
        Figure("relay requests per finished task, measured at 100", looks, "", 0.25, f"naive client: {blunt:.1f}"),
        Figure("SUCCESS to result posted, p50, 100 in flight", share(waits, 0.5), "s", 1.5, note),
        Figure("SUCCESS to result posted, p99, 100 in flight", share(waits, 0.99), "s", 3.5),
        Figure("commits per job", stats.commits / HUNDRED, "", 5),
        stage.longest_block("100 in flight"),
    ]


async def naive_client(relay: BenchRelay) -> list[float]:
    """What most clients do: one loop for each task; returns seconds from SUCCESS to seeing it."""
    async with aiohttp.ClientSession() as session:

        async def follow() -> float:
            task = relay.add()
            while True:
                await asyncio.sleep(NAIVE_S)
                async with session.get(f"{relay.base_url}/mj/task/{task.id}/fetch") as response:
                    if (await response.json())["status"] == "SUCCESS":
                        return time.time() - task.finished_at

        return list(await asyncio.gather(*(follow() for _ in range(HUNDRED))))


def share(values: list[float], part: float) -> float:
    """The value that this part of the sorted values does not exceed."""
    return values[max(0, round(len(values) * part) - 1)]
