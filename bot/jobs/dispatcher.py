"""The fair queue: whose waiting job is submitted next, and when none may be."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from functools import cache

from bot.clock import Clock
from bot.domain.job import Job
from bot.domain.lanes import relay_of_lane
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.estimates import while_waiting
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.jobs.relay_choice import RelayChoice
from bot.jobs.submission import Submission
from bot.settings import Settings

logger = logging.getLogger(__name__)

# Of all places, for each engine, shared by its relays: one that hangs takes all others, but leaves these.
KEPT_SHARE = 0.05


class Dispatcher:
    """Submits waiting jobs in turn between members, within the owner's caps.

    While a relay takes nothing (full, unreachable, unpaid), one job is tried there now and then, and the rest goes to
    others or waits.
    """

    def __init__(
        self,
        *,
        live: LiveJobs,
        submission: Submission,
        engines: ActiveEngines,
        relays: RelayChoice,
        moderation: Moderation,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._live = live
        self._submission = submission
        self._engines = engines
        self._relays = relays
        self._moderation = moderation
        self._settings = settings
        self._clock = clock
        self._ready: dict[str, None] = {}  # ids in the order in which they came
        self._turns: dict[int, int] = {}  # when each member had the last turn, by a count of all turns
        self._turn = 0
        self._submitting: Counter[int] = Counter()
        self._sending: Counter[str] = Counter()  # paid calls on their way, by lane
        self._is_stopping = False
        self._submits: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        queue = self._live.queue
        async with asyncio.TaskGroup() as group:
            while True:
                self._ready |= dict.fromkeys(queue.take())
                # One moment for all questions: a hold that ended between two of them would wake nobody.
                now = self._clock.monotonic()
                while (chosen := self._next(now)) is not None:
                    job_id, lane = chosen
                    del self._ready[job_id]
                    job = self._live.waiting[job_id]
                    self._turn += 1
                    self._turns[job.actor.id] = self._turn
                    self._submitting[job.actor.id] += 1
                    self._sending[lane] += 1
                    submit = group.create_task(self._submit(job, lane), name=f"submit-{job_id}")
                    self._submits.add(submit)
                    submit.add_done_callback(self._submits.discard)
                self._show_places()
                self._wake_after_holds(now)
                await queue.wait()

    def _show_places(self) -> None:
        """Tell the cards of those who wait how many stand before them, and when they may be ready."""
        at_once = self._settings.limits.max_running_per_member
        held = self._live.held
        for job, working in while_waiting(
            self._ready,
            self._live,
            self._clock,
            at_once=at_once,
            is_held=lambda job: all(lane in held for lane in self._lanes(job)),
        ):
            self._submission.show(job, working)

    def _wake_after_holds(self, now: float) -> None:
        """Nothing else may wake us when a lane's hold is over: the first job that waits for it does."""
        queue, waiting = self._live.queue, self._live.waiting
        rests_s = {lane: until - now for lane, until in self._live.held_until.items() if until > now}
        firsts = {
            lane: job_id
            for job_id in (reversed(self._ready) if rests_s else ())
            if job_id in waiting
            for lane in self._relays.lanes(waiting[job_id])
        }
        for lane, rest_s in sorted(rests_s.items(), key=lambda item: item[1]):
            if (first := firsts.get(lane)) is not None and first not in queue:
                queue.put(first, rest_s)

    async def drain(self, limit_s: float) -> None:
        """Start no more, and wait for those on their way, `limit_s` real seconds at most: their answers are money."""
        self._is_stopping = True
        if self._submits:
            await asyncio.wait(self._submits, timeout=limit_s)

    def _at_relay(self, member: int) -> int:
        """How many jobs of a member are at the relay or on their way there."""
        return self._live.running.of_author[member] + self._submitting[member]

    def _next(self, now: float) -> tuple[str, str] | None:
        """The job that is sent next, and into which lane."""
        waiting = self._live.waiting
        self._ready = {job_id: None for job_id in self._ready if job_id in waiting}
        if self._is_stopping or not self._ready:
            return None
        is_open = cache(lambda lane: self._has_room(lane) and not self._is_held(lane, now))
        free = [
            job_id
            for job_id in self._ready
            if self._at_relay(waiting[job_id].actor.id) < self._settings.limits.max_running_per_member
            and not self._moderation.is_paused(waiting[job_id].place.guild_id)
            and waiting[job_id].group_id not in self._live.paused
            and any(map(is_open, self._lanes(waiting[job_id])))
        ]
        first = self._fairest(free)
        if first is None:
            return None
        return first, self._relays.next_of([lane for lane in self._lanes(waiting[first]) if is_open(lane)])

    def _lanes(self, job: Job) -> Sequence[str]:
        """Where a job may go; one whose relay is gone goes on to be refused."""
        return self._relays.lanes(job) or (job.lane,)

    def _fairest(self, job_ids: Sequence[str]) -> str | None:
        """The job of whoever has least at the relay, and of those who have the same, had no turn for longest.

        What a member asks for by itself goes before their lines of a file.
        """
        if not job_ids:
            return None
        authors = {job_id: self._live.waiting[job_id].actor.id for job_id in job_ids}
        present = {*authors.values(), *self._submitting, *self._live.running.of_author}
        self._turns = {member: turn for member, turn in self._turns.items() if member in present}
        member = min(authors.values(), key=lambda member: (self._at_relay(member), self._turns.get(member, 0)))
        of_member = [job_id for job_id, author in authors.items() if author == member]
        return next((job_id for job_id in of_member if self._live.waiting[job_id].line is None), of_member[0])

    def _has_room(self, lane: str) -> bool:
        """Whether a lane may have one more job, within the cap of all; each other finds its own few places free."""
        most, running = self._settings.limits.max_running, self._live.running
        kept = sum(
            max(0, int(most * KEPT_SHARE / lanes) - running.of_lane[other] - self._sending[other])
            for other, lanes in self._engines.lanes.items()
            if other != lane
        )
        return len(running) + self._submitting.total() + kept < most

    def _is_held(self, lane: str, now: float) -> bool:
        """Whether a lane takes nothing now; when its rest is over, one probe goes at a time."""
        if now < self._live.held_until.get(lane, 0.0):
            return True
        return lane in self._live.held and self._sending[lane] > 0

    async def _submit(self, job: Job, lane: str) -> None:
        try:
            hold_s = await self._submission.submit(job.id, relay_of_lane(lane))
            if hold_s is not None:
                self._live.held_until[lane] = self._clock.monotonic() + hold_s
        except Exception:  # what could not be written is picked up by the next start
            logger.exception("submit failed job_id=%s", job.id)
        finally:
            self._submitting -= Counter([job.actor.id])  # who sends nothing any more is not kept
            self._sending[lane] -= 1
            self._live.queue.poke()
