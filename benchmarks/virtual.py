"""How many list calls a task costs: the real poller and the real due-list, alone, in virtual time."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import cast

from typing_extensions import override

from benchmarks.table import Figure
from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.job import Actor, Job, JobStatus, Place, Reach, Result
from bot.domain.outcomes import Observation, Succeeded, Working
from bot.domain.requests import Imagine
from bot.domain.rules import first_look_s
from bot.fairness import AnswersFirst
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.durations import Durations
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.poller import Poller
from bot.jobs.running import RunningJobs
from bot.jobs.tracking import Tracking

TASK_S = 60.0
TICK_S = 0.25
START = datetime(2026, 1, 1, tzinfo=UTC)
BARS = {1: 8.0, 100: 0.25, 10_000: 0.03}
BEGIN_S, END_S = 4 * TASK_S, 6 * TASK_S  # measured once that many are in flight, and durations known
NAIVE_S = 2.0  # the usual distance between looks of clients that follow each task by itself


class VirtualClock(Clock):
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.passed_s = 0.0

    @override
    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed_s)

    @override
    def monotonic(self) -> float:
        return self.passed_s


class LookedAt:
    """What the poller needs of the jobs side: jobs that end when their time is over."""

    looks_together = True

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.looks = DelayQueue(clock)
        self.durations = Durations()
        self.running = RunningJobs()
        self.calls = 0

    def take(self, number: int) -> None:
        """A job was accepted just now."""
        place = Place(1, 1, Reach.GUILD, may_post=True, upload_limit=10**7)
        job = Job(
            id=str(number),
            status=JobStatus.RUNNING,
            engine="bench",
            actor=Actor(1),
            place=place,
            request=Imagine(prompt="a cat"),
            mode=None,
            units=1,
            created_at=self.clock.now(),
            submitted_at=self.clock.now(),
        )
        self.running[job.id] = job
        self.looks.put(job.id, first_look_s(job))

    def get(self, _name: str) -> "LookedAt":
        """This is its own engine."""
        return self

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        """One call."""
        self.calls += 1
        over = self.clock.now() - timedelta(seconds=TASK_S)
        return {job.id: Succeeded(Result()) if job.created_at <= over else Working(31) for job in jobs}

    async def advance(self, job: Job, observation: Observation) -> bool:
        """Let go of what is finished."""
        if isinstance(observation, Working):
            return True
        self.durations.note(job, self.clock.elapsed_s(job.began_at))
        del self.running[job.id]
        return False


async def requests_per_task(in_flight: int) -> float:
    """List calls for each finished task, with that many in flight all the time, arriving evenly."""
    clock = VirtualClock()
    jobs = LookedAt(clock)
    poller = Poller(
        live=cast("LiveJobs", jobs),
        tracking=cast("Tracking", jobs),
        engines=cast("ActiveEngines", jobs),
        answers_first=AnswersFirst(),
        clock=clock,
        chance=random.Random(1),
    )
    taken = calls = finished = 0
    while clock.passed_s < END_S:
        if clock.passed_s == BEGIN_S:
            calls, finished = jobs.calls, taken - len(jobs.running)
        while taken * TASK_S / in_flight <= clock.passed_s:
            jobs.take(taken)
            taken += 1
        await poller.look_once()
        clock.passed_s += TICK_S
    return (jobs.calls - calls) / (taken - len(jobs.running) - finished)


def figures() -> list[Figure]:
    """The cost in requests, by the number of tasks in flight."""
    naive = TASK_S / NAIVE_S
    return [
        Figure(
            f"relay requests per finished 60 s task, {count:,} in flight",
            value := asyncio.run(requests_per_task(count)),
            "",
            must,
            f"virtual time; looking at each task every {NAIVE_S:g} s costs {naive:g} ({naive / value:.0f}x)",
        )
        for count, must in BARS.items()
    ]
