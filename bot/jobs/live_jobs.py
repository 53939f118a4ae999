"""The jobs that this process works on, in memory; the database has the same truth."""

import contextlib
from collections.abc import Callable, Iterator, Sequence

from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.job import Job, JobStatus, Wait
from bot.jobs.delivery_queue import DeliveryQueue
from bot.jobs.durations import Durations
from bot.jobs.look_history import LookHistory
from bot.jobs.running import RunningJobs
from bot.jobs.sent_back import SentBack

ROUND_S = 2.5  # what is due within this is looked at along with what is due now: one call serves many jobs


class LiveJobs:
    """What waits stands in three lists, by job id: `queue` (to be submitted), `looks` (running) and `deliveries`.

    The lists are rebuilt from the database at the start. `waiting` and `running` are the jobs behind the first two;
    `held` has the lanes that take nothing now, and why; `held_until` the moments before which they are left alone;
    `paused` the groups of which nothing starts.
    """

    def __init__(self, clock: Clock) -> None:
        self.queue = DelayQueue(clock)
        self.looks = DelayQueue(clock)
        self.deliveries = DeliveryQueue(clock)
        self.waiting: dict[str, Job] = {}
        self.running = RunningJobs()
        self.held: dict[str, Wait] = {}
        self.held_until: dict[str, float] = {}
        self.paused: set[str] = set()
        self.stopped_on_the_way: set[str] = set()  # stopped while their submits are being made
        self.look_history = LookHistory(clock)
        self.durations = Durations()
        self.sent_back = SentBack()
        self._in_hand: set[str] = set()

    def enqueue(self, job: Job, in_s: float = 0.0) -> None:
        """Let a job be submitted, `in_s` real seconds from now at the earliest."""
        self.waiting[job.id] = job
        self.queue.put(job.id, in_s)

    def position(self, job_id: str) -> int | None:
        """How many jobs stand before this one in our queue; None when it does not wait."""
        return list(self.waiting).index(job_id) if job_id in self.waiting else None

    def unpaused(self, is_paused: Callable[[int | None], bool]) -> Iterator[Job]:
        """Yield the jobs that wait for their turn, the oldest first: neither their group nor their server is paused."""
        for job in self.waiting.values():
            if job.group_id not in self.paused and not is_paused(job.place.guild_id):
                yield job

    def holds(self, job_id: str, status: JobStatus) -> bool:
        """Whether a job of this status stands in the list where such jobs belong, or is being worked on."""
        if job_id in self._in_hand:
            return True
        match status:
            case JobStatus.RECEIVED | JobStatus.SUBMITTING:  # a mark may stand that the database called failed
                return job_id in self.waiting
            case JobStatus.RUNNING:
                return job_id in self.running and (job_id in self.looks or job_id in self.looks.in_hand)
            case _:
                return job_id in self.deliveries or job_id in self.deliveries.in_hand

    @contextlib.contextmanager
    def working_on(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Keep jobs from being taken for forgotten while they stand in no list."""
        ids = {job.id for job in jobs}
        self._in_hand |= ids
        try:
            yield
        finally:
            self._in_hand -= ids

    def let_go(self, job_id: str) -> None:
        """Forget a job that goes on nowhere, although our lists say so."""
        if job_id not in self._in_hand:
            self.forget(job_id)

    def lose(self, job_id: str) -> None:
        """Forget a job that another process works on from now on."""
        self.forget(job_id)
        self.deliveries.discard(job_id)
        self.deliveries.settle(job_id)

    def forget(self, job_id: str) -> None:
        """Take a job out of the lists of what waits and runs; what it owes to people stays in `deliveries`."""
        self.running.pop(job_id, None)
        self.waiting.pop(job_id, None)
        self.look_history.forget(job_id)
        self.sent_back.forget(job_id)
        self.looks.discard(job_id)
        self.queue.discard(job_id)
        self.queue.poke()  # a place may be free
