"""The background loop that takes in what other processes did to jobs of this one, and what moderators decided there."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.clock import Clock, wait_at_most
from bot.domain.job import ENDED, Job, JobStatus
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.controls import JobControls
from bot.jobs.groups import Groups
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import NOTES
from bot.jobs.recovery import Recovery
from bot.jobs.transitions import Transitions
from bot.storage.jobs import JobStore
from bot.storage.notifications import Changed
from bot.storage.shared_limits import Hold

logger = logging.getLogger(__name__)

LOOK_S = 1.0  # real seconds, where nothing is announced
REMEMBERED_S = 4.0  # real seconds that a note is remembered, should its change not be announced
LATE = timedelta(seconds=15)  # a change is dated before it is committed, at most by the limit of a statement


class ChangesElsewhere:
    """Looks every second, and at once where something is announced, so that nothing depends on announcements."""

    def __init__(
        self,
        *,
        store: JobStore,
        live: LiveJobs,
        recovery: Recovery,
        transitions: Transitions,
        groups: Groups,
        controls: JobControls,
        engines: ActiveEngines,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._recovery = recovery
        self._transitions = transitions
        self._groups = groups
        self._controls = controls
        self._engines = engines
        self._clock = clock
        self._is_due = asyncio.Event()
        self._since: datetime | None = None
        self._seen: dict[tuple[str, datetime], None] = {}
        self._lapses = store.database.processes.lease.lapses
        notifications = store.database.notifications
        notifications.subscribe(Changed.JOB, lambda _job_id: self._is_due.set())
        notifications.subscribe(Changed.NOTE, self._on_note)
        self._notes_until = 0.0

    def _on_note(self, name: str | None) -> None:
        if name is None or name.startswith(NOTES):
            self._notes_until = 0.0
            self._is_due.set()
        else:
            self._store.notes.forget(name)

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await wait_at_most(self._is_due, LOOK_S)
            self._is_due.clear()
            try:
                await self.look_once()
            except Exception:  # while the database refuses, nothing can be heard
                logger.exception("changes of other processes not read")

    async def look_once(self) -> None:
        """Take in what was changed since the last look."""
        now = asyncio.get_running_loop().time()
        if now >= self._notes_until:
            self._notes_until = now + REMEMBERED_S
            self._store.notes.forget_all()
            await self._controls.on_moderation_changed()
        if (lapses := self._store.database.processes.lease.lapses) != self._lapses:
            await self._let_go()
            self._lapses = lapses
        self._take_holds(await self._store.shared_limits.holds())
        touched = await self._store.ownership.touched_since(self._since and self._since - LATE)
        for moment, job in touched:
            if (job.id, moment) not in self._seen:
                await self._take_in(job)
        self._seen = dict.fromkeys((job.id, moment) for moment, job in touched)
        self._since = max((moment for moment, _job in touched), default=self._since)

    def _take_holds(self, holds: Sequence[Hold]) -> None:
        """Leave alone what others found to take nothing, and go on where one of them was taken."""
        live, now = self._live, self._clock.monotonic()
        holds = [hold for hold in holds if hold.engine in self._engines]  # of others nobody can find out more
        for hold in holds:
            live.held[hold.engine] = hold.wait
            live.held_until[hold.engine] = now + hold.rest_s
        for engine in live.held.keys() - {hold.engine for hold in holds}:
            del live.held[engine]
            live.held_until.pop(engine, None)
            live.queue.poke()

    async def _let_go(self) -> None:
        """Forget what others took over while this process could not say that it is there."""
        standing = await self._store.standing()
        for job_id in {*self._live.running, *self._live.waiting} - standing.keys():
            self._live.lose(job_id)

    async def _take_in(self, job: Job) -> None:
        """Do what a change of a job means for the lists of its owner."""
        self._groups.changed(job.group_id)
        if not self._store.ownership.is_ours(job):
            self._live.lose(job.id)
            return
        match job.status:
            case JobStatus.SUBMITTING | JobStatus.RUNNING if job.stopped:
                self._controls.follow_silently(job)
            case JobStatus.RUNNING if not self._live.holds(job.id, job.status):
                await self._recovery.pick_up(job)  # it was at rest, and another process found its task
            case JobStatus.RECEIVED if not self._live.holds(job.id, job.status):
                if self._recovery.may_start(job):  # a question was answered; else its card is still on its way
                    self._live.deliveries.discard(job.id)
                    self._live.enqueue(job)
            case status if status in ENDED and not job.told:
                self._transitions.on_ended(job, attempt=1)
            case _:
                self._controls.on_fresh_token(job)
