"""What watching costs while ten thousand jobs run: a scrape every 15 seconds, and all that is counted of jobs."""

import asyncio
import logging
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest

from benchmarks.table import Figure
from bot import metrics
from bot.clock import Clock
from bot.domain.job import JobStatus
from bot.jobs.job_metrics import POST, RUN, SUBMIT, count_stage, count_wait, tell_end, tell_received
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.operation.gauges import GatewayState, Gauges
from bot.storage.jobs import JobStore
from bot.storage.units import Limits
from tests.support.makers import DAY, make_job

JOBS = 10_000
LIFE_S = 60.0  # of a job: so many of them begin and end in each second of a busy bot
SCRAPE_S, SCRAPES = 15.0, 20
# Of one job: its submit (a look serves a hundred), Discord's answers, commits.
REQUESTS, RESPONSES, TRANSACTIONS = 1, 8, 7


async def figures(data: Path) -> list[Figure]:
    """The share of a core."""
    clock = Clock()
    live, limits = LiveJobs(clock), Limits(JOBS, None, None)
    await asyncio.to_thread(data.mkdir, parents=True, exist_ok=True)
    async with JobStore.opened(f"sqlite+aiosqlite:///{data / 'easel.db'}") as store:
        jobs = [
            make_job(JobStatus.RECEIVED, id=f"{number:016}", created_at=clock.now(), asked=None)
            for number in range(JOBS)
        ]
        await asyncio.gather(*(store.admissions.admit(job, limits, DAY) for job in jobs))
        for job in jobs:
            live.enqueue(job)
        scrape_s = await _scrape_s(store, live, data, clock)
    count_s = _count_s(clock)
    share = scrape_s / SCRAPE_S + count_s * JOBS / LIFE_S
    how = f"{scrape_s * 1000:.1f} ms a scrape, {count_s * 1e6:.0f} us a job, {JOBS / LIFE_S:.0f} jobs a second"
    return [Figure(f"processor for watching at {JOBS} jobs, of a core", 100 * share, "%", 0.5, how)]


async def _scrape_s(store: JobStore, live: LiveJobs, data: Path, clock: Clock) -> float:
    moderation = Moderation(store)
    begun = time.process_time()
    for _ in range(SCRAPES):
        moment, gauges = CollectorRegistry(), Gauges(live, moderation, store.database, data, GatewayState, clock)
        moment.register(gauges)
        await gauges.refresh()
        generate_latest(metrics.REGISTRY)
        generate_latest(moment)
    return (time.process_time() - begun) / SCRAPES


def _count_s(clock: Clock) -> float:
    """Processor seconds for all that is counted of one job; its line in the log is one that was there before."""
    logging.getLogger("bot.jobs.job_metrics").setLevel(logging.WARNING)
    job = make_job(JobStatus.DONE, created_at=clock.now(), submitted_at=clock.now())
    begun = time.process_time()
    for _ in range(JOBS):
        tell_received(job)
        count_wait(job)
        for stage in (SUBMIT, RUN, POST):
            count_stage(job, stage, 1.0)
        tell_end(job, clock)
        for _request in range(REQUESTS):
            with metrics.relay_call("relay.example", "look"):
                pass
        for _response in range(RESPONSES):
            metrics.discord_responses("2xx", "bot").inc()
        for _transaction in range(TRANSACTIONS):
            metrics.TRANSACTIONS[False].observe(0.01)
    return (time.process_time() - begun) / JOBS
