"""The background loop that finds jobs which stand in no list: a database that refused once may have left them there."""

import logging

from bot.clock import Clock
from bot.domain.job import Group, Job, JobStatus
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.groups import Groups
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.recovery import Recovery
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

SWEEP_S, SWEEP_REAL_S = 60.0, 2.0  # simulated seconds, but never less than the real ones
# No card comes any more after that: Discord takes seconds, and its library gives up within a minute.
CARD_LATE_S, CARD_LATE_REAL_S = 180.0, 20.0


class OrphanFinder:
    """Every minute puts right what stands in no list twice in a row; nothing paid is sent again over it."""

    def __init__(
        self,
        *,
        store: JobStore,
        live: LiveJobs,
        recovery: Recovery,
        groups: Groups,
        engines: ActiveEngines,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._recovery = recovery
        self._groups = groups
        self._engines = engines
        self._clock = clock
        self._seen: dict[str, JobStatus] = {}
        self._lost: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            await self._clock.sleep(max(SWEEP_S, SWEEP_REAL_S * self._clock.scale))
            try:
                await self.sweep_once()
            except Exception:  # while the database refuses, nothing can be put right
                logger.exception("orphans not looked for")

    async def sweep_once(self) -> None:
        """Look for jobs that stand where nothing will happen to them, and put right those that did so before."""
        await self._find_groups()
        standing = await self._store.standing()
        orphans = {job_id: status for job_id, status in standing.items() if not self._live.holds(job_id, status)}
        lost = {
            *(job_id for job_id in self._live.running if standing.get(job_id) is not JobStatus.RUNNING),
            *(job_id for job_id in self._live.waiting if job_id not in standing),
        }
        for job_id in lost & self._lost:
            self._live.let_go(job_id)
        for job_id, status in orphans.items():
            if self._seen.get(job_id) is status:
                await self._put_right(job_id)
        self._seen, self._lost = orphans, lost

    async def _put_right(self, job_id: str) -> None:
        job = await self._store.get(job_id)
        if job is None or self._live.holds(job_id, job.status):
            return
        if self._engines.is_engine_off(job) or self._may_get_its_card(job):
            return
        logger.warning("job stood in no list job_id=%s status=%s", job.id, job.status)
        await self._recovery.pick_up(job)

    def _may_get_its_card(self, job: Job | Group) -> bool:
        if job.card_id is not None or (isinstance(job, Job) and job.status is not JobStatus.RECEIVED):
            return False
        age_s = (self._clock.now() - job.created_at).total_seconds()
        return age_s < max(self._clock.real(CARD_LATE_S), CARD_LATE_REAL_S)

    async def _find_groups(self) -> None:
        for group in await self._store.groups.list_open():
            if not self._groups.knows(group.id) and not self._may_get_its_card(group):
                logger.warning("group stood in no list group_id=%s", group.id)
                self._groups.pick_up(group)
