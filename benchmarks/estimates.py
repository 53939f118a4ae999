"""What cards say about when a job will be ready, beside when its task was: at the relay, and in the queue before."""

import asyncio
import json
import re
from pathlib import Path
from statistics import median

from benchmarks.large import picture
from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure

SHORTEST_S, LONGEST_S = 12.0, 20.0  # an assumption: the longest take two thirds more than the shortest
FIRST, JOBS, AT_ONCE = 20, 60, 20
LIMIT_S = 60.0
PICTURE_SIDE = 64
MUST = 0.25

JOB = re.compile(r"easel:[a-z]+:([0-9a-f]{16})")
READY = re.compile(r"<t:(\d+):R>")


async def figures(data: Path) -> list[Figure]:
    """How far off the first moment was that each card told, as a share of what lay between its start and its end.

    The start is the submit, or for a job that waited, when its card told the moment.
    """
    relay = BenchRelay(shortest_s=SHORTEST_S, longest_s=LONGEST_S, picture=picture(PICTURE_SIDE))
    async with open_stage(data, relay, {"MAX_RUNNING": str(AT_ONCE)}) as stage:
        await _finish(stage, FIRST)
        await _finish(stage, JOBS)
        ends = {task.state: task.finished_at for task in relay.tasks.values()}
        begins = {task.state: task.since for task in relay.tasks.values()}
        told = first_told(stage)
    waiting = [job for job, (at, _ready) in told.items() if at < begins[job]]
    running = [job for job in told if job not in waiting]
    return [
        _figure("at the relay", [_error(told[job][1], begins[job], ends[job]) for job in running]),
        _figure("in the queue", [_error(told[job][1], told[job][0], ends[job]) for job in waiting]),
    ]


def first_told(stage: Stage) -> dict[str, tuple[float, float]]:
    """When each job's card first named a moment, and which, in seconds of `time.time()`."""
    told: dict[str, tuple[float, float]] = {}
    for request in stage.sandbox.discord.wire.requests:
        text = json.dumps(request.body, default=str)
        job, ready = JOB.search(text), READY.search(text)
        if job and ready and request.status == 200:
            told.setdefault(job[1], (request.at, float(ready[1])))
    return told


async def _finish(stage: Stage, count: int) -> None:
    before = len(stage.posted())
    for number in range(count):
        await stage.imagine(number)
    await stage.until(lambda: len(stage.posted()) == before + count, LONGEST_S * (1 + count / AT_ONCE) + LIMIT_S)
    await asyncio.sleep(1.0)


def _error(ready: float, begin: float, end: float) -> float:
    return abs(ready - end) / (end - begin)


def _figure(where: str, errors: list[float]) -> Figure:
    return Figure(f"moment that a card tells, error, median, {where}", median(errors), "", MUST, f"{len(errors)} jobs")
