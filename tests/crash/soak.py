"""The long crash run of `make soak`: every point of every kind of job once, then `KILLS` kills over `JOBS` jobs."""

import asyncio
import itertools
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.arena import KINDS, Arena, open_arena
from tests.crash.judge import Verdict, judge
from tests.crash.kills import die_at_random, die_once, die_starting

START_POINTS = 40  # of a start with a job of every kind to pick up; later ones belong to the jobs


async def main(*, kills: int, jobs: int, seed: int) -> bool:
    """Run everything; True when no promise was broken."""
    say(f"SEED={seed} KILLS={kills} JOBS={jobs}")
    with tempfile.TemporaryDirectory(prefix="easel-soak-", ignore_cleanup_errors=True) as folder:
        async with open_arena(Path(folder) / "random") as arena:
            held = told("random kills", await die_at_random(arena, kills=kills, jobs=jobs, seed=seed))
        for offers_task_list in (False, True):
            data = Path(folder) / f"points-{offers_task_list}"
            async with open_arena(data, offers_task_list=offers_task_list) as arena:
                held &= await every_point(arena, "with a task list" if offers_task_list else "without a task list")
    return held


async def every_point(arena: Arena, circumstances: str) -> bool:
    """Kill once at every commit and every request of each kind of job, and of a start."""
    held = True
    for kind in KINDS:
        for number in itertools.count(1):
            if not await die_once(arena, kind, number):
                break
        held &= told(f"{number - 1} points of {kind} {circumstances}", judge(arena.sandbox))
    for number in range(1, START_POINTS + 1):
        await die_starting(arena, number)
    return held & told(f"{START_POINTS} points of a start {circumstances}", judge(arena.sandbox))


def told(what: str, verdict: Verdict) -> bool:
    """Print a verdict with its problems; True when there are none."""
    say(f"{what}: {verdict}")
    for problem in verdict.problems:
        say(f"  {problem}")
    return not verdict.problems


def say(line: str) -> None:
    """Print a line at once."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)  # noqa: T201 - what this program is for


if __name__ == "__main__":
    environment = os.environ
    holds = asyncio.run(
        main(
            kills=int(environment.get("KILLS") or 60),
            jobs=int(environment.get("JOBS") or 600),
            seed=int(environment.get("SEED") or random.randrange(10**6)),
        )
    )
    sys.exit(0 if holds else 1)
