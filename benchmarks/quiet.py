"""A picture in a quiet channel while another has hundreds of results waiting, beside the same with no others."""

import asyncio
import time
from pathlib import Path

from benchmarks.hundred import share
from benchmarks.large import picture
from benchmarks.relay import BenchRelay, BenchTask
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure
from sandbox.wire import Fault

WAITING, QUIET = 300, 50
POST_S = 1.0  # what Discord takes for a message in one channel, on average
LONG_S, SHORT_S = (25.0, 26.0), (8.0, 12.0)
APART_S = 0.5
LIMIT_S = 90.0
PICTURE_SIDE = 1024


async def figures(data: Path) -> list[Figure]:
    """The waits in quiet channels, as a ratio."""
    relay = BenchRelay(shortest_s=SHORT_S[0], longest_s=SHORT_S[1], picture=picture(PICTURE_SIDE))
    async with open_stage(data, relay) as stage:
        await asyncio.sleep(1.0)
        idle_s = await quiet_waits(stage)
        waiting = await crowded(stage)
        busy_s = await quiet_waits(stage)
        left = WAITING - len(stage.posted().keys() & waiting)
    idle, busy = share(idle_s, 0.99), share(busy_s, 0.99)
    how = f"{idle:.2f} s alone, {busy:.2f} s beside it (medians {share(idle_s, 0.5):.2f} and {share(busy_s, 0.5):.2f})"
    name = f"SUCCESS to posted in a quiet channel while another has {WAITING} results waiting, p99, idle = 1"
    return [Figure(name, busy / idle if left else float("inf"), "", 1.2, f"{how}; {left} still waited at the end")]


async def quiet_waits(stage: Stage) -> list[float]:
    """Seconds from SUCCESS to the post, of one picture after the other, each in a channel of its own."""
    known = set(stage.relay.tasks)
    for number in range(QUIET):
        await stage.imagine(1 + number % (len(stage.channels) - 1), "ana")
        await asyncio.sleep(APART_S)

    def ours() -> list[BenchTask]:
        return [task for task in stage.relay.tasks.values() if task.id not in known]

    await stage.until(lambda: {task.state for task in ours()} <= stage.posted().keys(), LIMIT_S)
    moments = stage.posted()
    return sorted(moments.get(task.state, float("inf")) - task.finished_at for task in ours())


async def crowded(stage: Stage) -> set[str]:
    """Let the results of hundreds of jobs wait for one channel; returns the jobs' ids."""
    path = f"/api/v10/channels/{stage.channels[0]}/messages"
    stage.sandbox.discord.wire.faults.append(Fault("POST", path, delay_s=POST_S, times=10 * WAITING))
    known, stage.relay.span = set(stage.relay.tasks), LONG_S
    for _number in range(WAITING):
        await stage.imagine(0, "ben")
    await stage.until(lambda: len(stage.relay.tasks) == len(known) + WAITING, LIMIT_S)
    stage.relay.span = SHORT_S
    tasks = [task for task in stage.relay.tasks.values() if task.id not in known]
    await asyncio.sleep(max(task.finished_at for task in tasks) - time.time())
    jobs = {task.state for task in tasks}
    await stage.until(lambda: bool(stage.posted().keys() & jobs), LIMIT_S)
    return jobs
