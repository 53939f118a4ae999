"""The long crash run of `make soak`: every point of every kind of job once, then `KILLS` kills over `JOBS` jobs.

Then several bots on one database: `HARMS` of them, or of the database, over `ORDERS` orders.
"""

import asyncio
import time
from pathlib import Path

from sandbox.servers import NoServerError
from tests.crash.arena import KINDS, Arena, open_arena
from tests.crash.fleet import open_fleet
from tests.crash.judge import Verdict
from tests.crash.kills import die_at_random, die_once, die_starting, points_of, points_of_start
from tests.crash.launcher import Plan

FLEET_SPEED, SHARDS = 30.0, {"SHARD_COUNT": "8"}
TRIES = 3  # no two lives are quite the same: a preview may come too late to be shown
MISSED_SHARE = 0.2  # how many looks and edits there are is up to the machine


async def soak(folder: Path, *, kills: int, jobs: int, seed: int) -> bool:
    """Run everything; True when no promise was broken."""
    say(f"SEED={seed} KILLS={kills} JOBS={jobs}")
    held = True
    for offers_task_list in (False, True):
        walks = [every_point(folder, kind, offers_task_list=offers_task_list) for kind in KINDS]
        held &= all(await asyncio.gather(*walks, every_start(folder, offers_task_list=offers_task_list)))
    async with open_arena(folder / "random") as arena:
        verdict = await die_at_random(arena, kills=kills, jobs=jobs, seed=seed)
        held &= told(f"{kills} random kills", arena, verdict)
    return held


async def every_point(folder: Path, kind: str, *, offers_task_list: bool) -> bool:
    """Kill once at every commit and every request of a job of this kind."""
    what = described(kind, offers_task_list=offers_task_list)
    async with open_arena(folder / what, offers_task_list=offers_task_list) as arena:
        points = await points_of(arena, kind)
        missed: list[Plan] = []
        for point in points:
            for _try in range(TRIES):
                if await die_once(arena, kind, point):
                    break
            else:
                missed.append(point)
        verdict = arena.verdict()
        if len(missed) > len(points) * MISSED_SHARE:
            verdict.problems.append(f"not met again: {missed}")
        return told(f"{len(points) - len(missed)} of {len(points)} points of {what}", arena, verdict)


async def every_start(folder: Path, *, offers_task_list: bool) -> bool:
    """Kill once at every commit and every request of a start that has a job of every kind to pick up."""
    what = described("start", offers_task_list=offers_task_list)
    async with open_arena(folder / what, offers_task_list=offers_task_list) as arena:
        points = await points_of_start(arena)
        died = [await die_starting(arena, point) for point in points]
        return told(f"{sum(died)} of {len(points)} points of {what}", arena, arena.verdict())


async def fleet(folder: Path, *, processes: int, harms: int, orders: int, seed: int) -> bool:
    """Let several bots on one database die, freeze and lose it, and the database too; True when no promise was broken.

    Where there is no PostgreSQL, this is left out.
    """
    say(f"SEED={seed} PROCESSES={processes} HARMS={harms} ORDERS={orders}")
    try:
        async with open_fleet(folder / "fleet", bots=processes, speed=FLEET_SPEED, env=SHARDS) as opened:
            verdict = await opened.endure(harms=harms, orders=orders, seed=seed)
            return told(f"{processes} bots, {dict(opened.harms)}", opened.arena, verdict)
    except NoServerError as exc:
        say(f"Several bots are not tried: {exc}")
        return True


def described(what: str, *, offers_task_list: bool) -> str:
    """What is walked under which circumstances; also the name of its folder."""
    return f"{what} {'with' if offers_task_list else 'without'} a task list"


def told(what: str, arena: Arena, verdict: Verdict) -> bool:
    """Print a verdict with its problems; True when there are none."""
    say(f"{what} ({arena.starts} starts in {time.monotonic() - arena.opened_at:.0f} s): {verdict}")
    for problem in verdict.problems:
        say(f"  {problem}")
    return not verdict.problems


def say(line: str) -> None:
    """Print a line at once."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)  # noqa: T201 - what this program is for
