"""The background loop: what is due, one batched look per hundred, advance."""

import asyncio
import itertools
import logging
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from bot.clock import Clock
from bot.errors import No, RelayError, RelayRefusedError
from bot.jobs.models import Job, Observation, Unread
from bot.jobs.service import ROUND_S, JobService
from bot.turns import in_turns

logger = logging.getLogger(__name__)

# Ids in one list call: halved when a relay refuses or fails, doubled when it answers; no relay documents its cap.
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 100, 10, 500
LOOKS_AT_ONCE = 4
SHORTEST_S, LONGEST_S = 4.0, 15.0  # common gateways refresh their own copy every 15 s: slower is late, faster is vain
MAX_PAUSE_S = 60.0


class Poller:
    """Looks at running jobs: often while they are young, seldom later, and not while no engine answers."""

    def __init__(self, service: JobService, clock: Clock, chance: random.Random) -> None:
        self._service = service
        self._clock = clock
        self._chance = chance
        self._failures: Counter[str] = Counter()  # failed looks in a row, by engine
        self._batch = FIRST_BATCH

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._service.looks.wait()
            if rest_s := await self.look_once():
                await self._clock.sleep(rest_s)

    async def look_once(self) -> float:
        """Look at every job that is due, and put each back for its next look.

        Returns seconds to rest: more than 0 only while no engine with running jobs answers.
        """
        running = self._service.running
        due = [running[job_id] for job_id in self._service.looks.take() if job_id in running]
        by_engine = itertools.groupby(sorted(due, key=lambda job: job.engine), key=lambda job: job.engine)
        batches = [batch for _engine, jobs in by_engine for batch in _batches(list(jobs), self._batch)]
        places = asyncio.Semaphore(LOOKS_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(self._look(batch, places), name="look") for batch in batches]
        rests_s = [rest_s for look in looks if (rest_s := look.result())]
        if not rests_s or any(not self._failures[job.engine] for job in running.values()):
            return 0.0
        return min(rests_s)

    async def _look(self, batch: Sequence[Job], places: asyncio.Semaphore) -> float:
        """Look at jobs of one engine; returns seconds to leave it alone."""
        engine = batch[0].engine
        try:
            async with places:
                observations = await self._service.engine(engine).look(batch)
        except RelayError as exc:
            self._outage(engine, exc)
            asked_s = (exc.retry_after_s or 0.0) if isinstance(exc, RelayRefusedError) else 0.0
            rest_s = max(pause_s(self._failures[engine], self._chance), asked_s)
            await self._advance(batch, {}, min(rest_s, LONGEST_S - ROUND_S))
            return rest_s
        except Exception:  # of the engine's own making; it must not stop the looks at the others
            logger.exception("look failed engine=%s", engine)
            await self._advance(batch, {}, LONGEST_S)
            return 0.0
        self._outage_is_over(engine)
        await self._advance(batch, observations)
        return 0.0

    async def _advance(
        self, batch: Sequence[Job], observations: Mapping[str, Observation], again_s: float | None = None
    ) -> None:
        """Take in what was seen of each job; a look that failed counts, too, as time goes on without it."""
        async for job in in_turns(batch):
            try:
                if await self._service.advance(job, observations.get(job.id, Unread())):
                    self._later(job, self._interval_s(job) if again_s is None else again_s)
            except Exception:  # one job's trouble must never stop the others
                logger.exception("advance failed job_id=%s", job.id)
                self._later(job, LONGEST_S)

    def _later(self, job: Job, in_s: float) -> None:
        if job.id not in self._service.running:
            return
        self._service.looks.put(job.id, self._clock.real(in_s))

    def _interval_s(self, job: Job) -> float:
        since = job.submitted_at or job.created_at
        age_s = (self._clock.now() - since).total_seconds() * self._clock.scale
        return min(max(age_s / 12, SHORTEST_S), LONGEST_S)

    def _outage(self, engine: str, exc: RelayError) -> None:
        self._failures[engine] += 1
        self._batch = max(self._batch // 2, SMALLEST_BATCH)
        if self._failures[engine] == 1:
            level = logging.ERROR if isinstance(exc, RelayRefusedError) and exc.kind is No.AUTH else logging.WARNING
            logger.log(level, "relay outage begins engine=%s error=%s", engine, exc)

    def _outage_is_over(self, engine: str) -> None:
        failures = self._failures.pop(engine, 0)
        if failures:
            logger.info("relay outage is over engine=%s failures=%d", engine, failures)
        self._batch = min(self._batch * 2, LARGEST_BATCH)


def pause_s(failures: int, chance: random.Random) -> float:
    """Seconds to leave the relay alone after so many failed looks in a row, with jitter."""
    return min(2.0 ** min(failures, 10), MAX_PAUSE_S) * chance.uniform(0.5, 1.0)


def _batches(jobs: list[Job], size: int) -> list[list[Job]]:
    return [jobs[at : at + size] for at in range(0, len(jobs), size)]
