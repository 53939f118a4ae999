"""How many jobs stand before a waiting one, and when jobs are likely to be ready, as the last of their kind were."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from math import ceil

from bot.clock import Clock
from bot.domain.job import Job
from bot.domain.outcomes import Working
from bot.jobs.live_jobs import LiveJobs

TOLD = 50  # of the jobs that wait, the first ones; those behind them only know that they wait
EXACT = 5  # places are told one by one; those behind in fives, so that a queue that moves edits few cards
STEP_S = 10  # a moment that waits for others is told in steps, for the same reason


def while_running(job: Job, working: Working, live: LiveJobs, clock: Clock) -> Working:
    """Add when a job at the relay is likely to be ready; nothing once that has passed."""
    ends_at = _end_of(job, live, clock)
    return replace(working, ready_at=ends_at) if ends_at and ends_at > clock.now() else working


def while_waiting(
    ids: Iterable[str], live: LiveJobs, clock: Clock, *, at_once: int, is_held: Callable[[Job], bool]
) -> Iterator[tuple[Job, Working]]:
    """Yield the first of the jobs that wait, each with how it stands.

    Args:
        ids: those of the jobs, in the order of their turn.
        live: all that waits and runs.
        clock: the time.
        at_once: how many jobs a member may have at the relay.
        is_held: whether nothing that a job may go to takes anything now.
    """
    first = [live.waiting[job_id] for job_id in islice(ids, TOLD)]
    ends = _first_ends(live, clock, len(first))
    heapq.heapify(ends)  # when places are free
    full = {job.actor.id for job in first if live.running.of_author[job.actor.id] >= at_once}
    own_ends = _own_ends(live, clock, full)
    for number, job in enumerate(first):
        ready_at = None
        if ends and not is_held(job) and (took := _took(job, live, clock)):
            begins = heapq.heappop(ends)
            begins = max(begins, own_ends.get(job.actor.id, begins))
            heapq.heappush(ends, begins + took)
            ready_at = datetime.fromtimestamp(ceil((begins + took).timestamp() / STEP_S) * STEP_S, UTC)
        if not job.waiting_for:
            yield job, Working(ahead=number if number <= EXACT else number - number % EXACT, ready_at=ready_at)


def _first_ends(live: LiveJobs, clock: Clock, count: int) -> list[datetime]:
    """When the running jobs that end first are likely to: of each kind those that began first."""
    now = clock.now()
    firsts = (islice(jobs.values(), count) for jobs in live.running.of_kind.values())
    return [max(end, now) for jobs in firsts for job in jobs if (end := _end_of(job, live, clock))]


def _own_ends(live: LiveJobs, clock: Clock, members: set[int]) -> dict[int, datetime]:
    """When the first running job of each of these members, who have no place left, is likely to end."""
    ends: dict[int, datetime] = {}
    own = (job for job in live.running.values() if job.actor.id in members) if members else ()
    for job in own:
        if end := _end_of(job, live, clock):
            ends[job.actor.id] = min(end, ends.get(job.actor.id, end))
    return ends


def _end_of(job: Job, live: LiveJobs, clock: Clock) -> datetime | None:
    took = _took(job, live, clock)
    return None if took is None else (job.began_at + took).replace(microsecond=0)


def _took(job: Job, live: LiveJobs, clock: Clock) -> timedelta | None:
    """How long a job of this kind takes, in real time; None where too few were seen."""
    expected = live.durations.of(job)
    return None if expected is None else timedelta(seconds=clock.real(expected.typical_s))
