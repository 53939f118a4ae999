"""The background loop that finds jobs which stand in no list: a database that refused once may have left them there."""

import logging

from bot.clock import Clock
from bot.domain.job import Group, Job, JobStatus
from bot.jobs.service import JobService

logger = logging.getLogger(__name__)

SWEEP_S, SWEEP_REAL_S = 60.0, 2.0  # simulated seconds, but never less than the real ones
# No card comes any more after that: Discord takes seconds, and its library gives up within a minute.
CARD_LATE_S, CARD_LATE_REAL_S = 180.0, 20.0


class OrphanFinder:
    """Every minute puts right what stands in no list twice in a row; nothing paid is sent again over it."""

    def __init__(self, service: JobService, clock: Clock) -> None:
        self._service = service
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
                logger.exception("strays not looked for")

    async def sweep_once(self) -> None:
        """Look for jobs that stand where nothing will happen to them, and put right those that did so before."""
        service = self._service
        await self._find_groups()
        standing = await service.store.standing()
        strays = {job_id: status for job_id, status in standing.items() if not service.holds(job_id, status)}
        lost = {
            *(job_id for job_id in service.running if standing.get(job_id) is not JobStatus.RUNNING),
            *(job_id for job_id in service.waiting if job_id not in standing),
        }
        for job_id in lost & self._lost:
            service.let_go(job_id)
        for job_id, status in strays.items():
            if self._seen.get(job_id) is status:
                await self._put_right(job_id)
        self._seen, self._lost = strays, lost

    async def _put_right(self, job_id: str) -> None:
        job = await self._service.store.get(job_id)
        if job is None or self._service.holds(job_id, job.status):
            return
        if self._service.rests(job) or self._may_get_its_card(job):
            return
        logger.warning("job stood in no list job_id=%s status=%s", job.id, job.status)
        await self._service.pick_up(job)

    def _may_get_its_card(self, job: Job | Group) -> bool:
        if job.card_id is not None or (isinstance(job, Job) and job.status is not JobStatus.RECEIVED):
            return False
        age_s = (self._clock.now() - job.created_at).total_seconds()
        return age_s < max(self._clock.real(CARD_LATE_S), CARD_LATE_REAL_S)

    async def _find_groups(self) -> None:
        groups = self._service.groups
        for group in await self._service.store.groups.list_open():
            if not groups.knows(group.id) and not self._may_get_its_card(group):
                logger.warning("group stood in no list group_id=%s", group.id)
                groups.pick_up(group)
