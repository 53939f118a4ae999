"""The background loop that posts results and tells ends, as soon as they are due."""

import asyncio
import logging

from bot.jobs.service import JobService

logger = logging.getLogger(__name__)

DELIVERIES_AT_ONCE = 8


class Courier:
    """Works off the service's deliveries; each job's trouble stays its own."""

    def __init__(self, service: JobService) -> None:
        self._service = service
        self._under_way: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        places = asyncio.Semaphore(DELIVERIES_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            while True:
                await self._service.deliveries.due.wait()
                for job_id in self._service.deliveries.due.take():
                    if job_id in self._under_way:
                        self._service.deliveries.due.put(job_id, 1.0)  # two tries at once could post twice
                        continue
                    self._under_way.add(job_id)
                    group.create_task(self._deliver(job_id, places), name=f"deliver-{job_id}")

    async def _deliver(self, job_id: str, places: asyncio.Semaphore) -> None:
        try:
            async with places:
                await self._service.deliveries.deliver(job_id)
        finally:
            self._under_way.discard(job_id)
