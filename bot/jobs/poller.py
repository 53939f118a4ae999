"""The background loop: what is due, one batched look per hundred, advance."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.clock import Clock
from bot.domain.job import Job
from bot.domain.outcomes import Observation, Unread
from bot.errors import RefusalKind, RelayError, RelayRefusedError
from bot.fairness import AnswersFirst, in_turns
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.live_jobs import ROUND_S, LiveJobs
from bot.jobs.tracking import Tracking

logger = logging.getLogger(__name__)

# Ids in one list call: halved when a relay refuses or fails, doubled when it answers; no relay documents its cap.
FIRST_BATCH, SMALLEST_BATCH, LARGEST_BATCH = 100, 10, 500
LOOKS_AT_ONCE = 4  # of one lane
SHORTEST_S, LONGEST_S = 4.0, 15.0  # common gateways refresh their own copy every 15 s: slower is late, faster is vain
LOOKS_A_SECOND = 1250  # at jobs of one lane of which nothing is known; with more of them each is looked at less often
MAX_PAUSE_S = 60.0
LOOKS_BEFORE_END = 6  # while a task is too young to end, only to tell how far it has come
# Where one request looks at many, it is made more often the more of them are about to end: about a quarter of a request
# for each, all in all.
CLOSEST_S, CLOSE_S, CLOSE_SHARE = 1.0, 2.5, 0.24
LONGEST_REST_S = 300.0  # however long a relay asks for: deadlines are looked at as well


@dataclass(slots=True)
class _Pace:
    """How one lane is looked at: what is due there, in how large batches, how often it failed in a row."""

    due: dict[str, None] = field(default_factory=dict)
    is_due: asyncio.Event = field(default_factory=asyncio.Event)
    batch: int = FIRST_BATCH
    failures: int = 0


class Poller:
    """Looks at running jobs: often when they are about to end; as long as that is not known, while they are young.

    Each lane, which has an address of its own, is looked at in a loop with places and a pace of its own: one that
    hangs or is silent keeps no other waiting.
    """

    def __init__(
        self,
        *,
        live: LiveJobs,
        tracking: Tracking,
        engines: ActiveEngines,
        answers_first: AnswersFirst,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._live = live
        self._tracking = tracking
        self._engines = engines
        self._answers_first = answers_first  # to read what a look tells of hundreds takes long
        self._clock = clock
        self._chance = chance
        self._paces: defaultdict[str, _Pace] = defaultdict(_Pace)

    async def run(self) -> None:
        """Work until cancelled."""
        followed: set[str] = set()
        async with asyncio.TaskGroup() as group:
            while True:
                await self._live.looks.wait()
                for lane in self._sort() - followed:
                    followed.add(lane)
                    group.create_task(self._follow(lane), name=f"looks-{lane}")

    async def look_once(self) -> Mapping[str, float]:
        """Look at every job that is due, one lane after the other, and put each back for its next look.

        Returns:
            Seconds to leave each lane alone: more than 0 only while it does not answer.
        """
        return {lane: await self._round(lane) for lane in sorted(self._sort())}

    def _sort(self) -> set[str]:
        """Hand what is due to its engines; returns those that have got something."""
        running, lanes = self._live.running, set()
        for job_id in self._live.looks.take(along_s=self._clock.real(ROUND_S)):
            if job_id in running:
                lane = running[job_id].lane
                self._paces[lane].due[job_id] = None
                self._live.looks.in_hand.add(job_id)
                self._paces[lane].is_due.set()
                lanes.add(lane)
        return lanes

    async def _follow(self, lane: str) -> None:
        while True:
            await self._paces[lane].is_due.wait()
            if rest_s := await self._round(lane):
                await self._clock.sleep(rest_s)

    async def _round(self, lane: str) -> float:
        """Look at all that is due at one lane; returns seconds to leave it alone."""
        pace, running = self._paces[lane], self._live.running
        due = [running[job_id] for job_id in pace.due if job_id in running]
        self._live.looks.in_hand.difference_update(job_id for job_id in pace.due if job_id not in running)
        pace.due.clear()
        pace.is_due.clear()
        places = asyncio.Semaphore(LOOKS_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(self._look(batch, places), name="look") for batch in _batches(due, pace.batch)]
        rests_s = [rest_s for look in looks if (rest_s := look.result())]
        return min(rests_s) if rests_s and pace.failures else 0.0

    async def _look(self, batch: Sequence[Job], places: asyncio.Semaphore) -> float:
        """Look at jobs of one lane; returns seconds to leave it alone."""
        lane = batch[0].lane
        try:
            async with places:
                await self._answers_first.come_after()
                observations = await self._engines.get(lane).look(batch)
        except RelayError as exc:
            self._outage(lane, exc)
            asked_s = (exc.retry_after_s or 0.0) if isinstance(exc, RelayRefusedError) else 0.0
            rest_s = min(max(pause_s(self._paces[lane].failures, self._chance), asked_s), LONGEST_REST_S)
            await self._advance(batch, {}, min(rest_s, LONGEST_S - ROUND_S))
            return rest_s
        except Exception:  # of the lane's own making; its jobs' deadlines hold all the same
            logger.exception("look failed engine=%s", lane)
            await self._advance(batch, {}, LONGEST_S)
            return 0.0
        self._outage_is_over(lane)
        await self._answers_first.come_after()
        await self._advance(batch, observations)
        return 0.0

    async def _advance(
        self, batch: Sequence[Job], observations: Mapping[str, Observation], again_s: float | None = None
    ) -> None:
        """Take in what was seen of each job; a look that failed counts, too, as time goes on without it."""
        close_s = self._close_s(batch)
        async for job in in_turns(batch):
            try:
                if await self._tracking.advance(job, observations.get(job.id, Unread())):
                    self._later(job, self._interval_s(job, close_s) if again_s is None else again_s)
            except Exception:  # one job's trouble must never stop the others
                logger.exception("advance failed job_id=%s", job.id)
                self._later(job, LONGEST_S)
            self._live.looks.in_hand.discard(job.id)

    def _later(self, job: Job, in_s: float) -> None:
        if job.id not in self._live.running:
            return
        self._live.looks.put(job.id, self._clock.real(in_s))

    def _interval_s(self, job: Job, close_s: float) -> float:
        """Seconds from one look at a job to the next."""
        age_s, expected = self._clock.elapsed_s(job.began_at), self._live.durations.of(job)
        if expected is not None and age_s < expected.earliest_s:
            seldom_s = min(max(expected.typical_s / LOOKS_BEFORE_END, SHORTEST_S), LONGEST_S)
            return max(min(seldom_s, expected.earliest_s - age_s), close_s)
        if expected is not None and age_s <= expected.latest_s:
            return close_s
        shared_s = self._live.running.of_lane[job.lane] / LOOKS_A_SECOND
        return min(max(age_s / 12, SHORTEST_S, shared_s), LONGEST_S)

    def _close_s(self, batch: Sequence[Job]) -> float:
        """Seconds between looks at those of these jobs that are about to end."""
        if not self._engines.get(batch[0].lane).looks_together:
            return SHORTEST_S
        durations = self._live.durations
        # In requests for each second: what they may cost together, over the time in which they end.
        rate = sum(
            CLOSE_SHARE / max(expected.latest_s - expected.earliest_s, CLOSEST_S)
            for job in batch
            if (expected := durations.of(job)) and expected.earliest_s <= self._clock.elapsed_s(job.began_at)
        )
        return min(max(1 / rate, CLOSEST_S), CLOSE_S) if rate else CLOSE_S

    def _outage(self, lane: str, exc: RelayError) -> None:
        pace = self._paces[lane]
        pace.failures += 1
        pace.batch = max(pace.batch // 2, SMALLEST_BATCH)
        if pace.failures == 1:
            level = (
                logging.ERROR
                if isinstance(exc, RelayRefusedError) and exc.kind is RefusalKind.AUTH
                else logging.WARNING
            )
            logger.log(level, "relay outage begins engine=%s error=%s", lane, exc)

    def _outage_is_over(self, lane: str) -> None:
        pace = self._paces[lane]
        if pace.failures:
            logger.info("relay outage is over engine=%s failures=%d", lane, pace.failures)
        pace.failures = 0
        pace.batch = min(pace.batch * 2, LARGEST_BATCH)


def pause_s(failures: int, chance: random.Random) -> float:
    """Seconds to leave the relay alone after so many failed looks in a row, with jitter."""
    return min(2.0 ** min(failures, 10), MAX_PAUSE_S) * chance.uniform(0.5, 1.0)


def _batches(jobs: list[Job], size: int) -> list[list[Job]]:
    return [jobs[at : at + size] for at in range(0, len(jobs), size)]
