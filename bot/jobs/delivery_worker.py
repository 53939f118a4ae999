"""The background loop that posts results and tells ends, as soon as they are due."""

import asyncio

from bot.jobs.deliveries import Deliveries
from bot.jobs.stages import Lane, Stage
from bot.lanes import Lanes, Places

READ_TOGETHER = 100  # jobs that are read from the database in one go
# Steps of one lane at the same time: of one engine, one host, one channel. Results come one by one, in their order.
PLACES = {Stage.LOOK_UP: 2, Stage.FETCH: 4, Stage.POST: 1, Stage.TELL: 4}
# Real seconds after which a lane goes on beside what takes long: a file that trickles, say.
PATIENCE_S = {Stage.LOOK_UP: 10.0, Stage.FETCH: 5.0, Stage.POST: None, Stage.TELL: 10.0}
# Results held in memory at once, all channels together; one that waits for its channel counts for a moment only.
POSTS_AT_ONCE, POST_PATIENCE_S = 16, 2.0
AGAIN_S = 1.0  # real seconds until a job is looked at again that was due while its last step still went on


class DeliveryWorker:
    """Works off the deliveries that are due, each step in its lane; each job's trouble stays its own."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries
        self._posts = Places(POSTS_AT_ONCE, POST_PATIENCE_S)
        self._lanes: dict[Stage, Lanes[Lane]] = {}
        self._working: set[str] = set()

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for stage in Stage:
                self._lanes[stage] = Lanes(group, self._work, places=PLACES[stage], patience_s=PATIENCE_S[stage])
            while True:
                await self._deliveries.due.wait()
                due = [job_id for job_id in self._deliveries.due.take() if self._is_free(job_id)]
                self._deliveries.due.in_hand.update(due)
                for start in range(0, len(due), READ_TOGETHER):
                    lanes = await self._deliveries.lanes(due[start : start + READ_TOGETHER])
                    for job_id in due[start : start + READ_TOGETHER]:
                        self._go_on(job_id, lanes.get(job_id))

    def _is_free(self, job_id: str) -> bool:
        """Whether a job has to be put into a lane; two tries at once could post twice."""
        if job_id in self._working:
            self._deliveries.due.put(job_id, AGAIN_S)
        return job_id not in self._deliveries.due.in_hand

    def _go_on(self, job_id: str, lane: Lane | None) -> None:
        """Let a job wait for its next step, if there is one now."""
        if lane is None:
            self._deliveries.due.in_hand.discard(job_id)
        else:
            self._lanes[lane.stage].put(lane, job_id, lane.party)

    async def _work(self, lane: Lane, job_id: str) -> None:
        self._working.add(job_id)
        after = None
        try:
            if lane.stage is Stage.POST:
                async with self._posts.one():
                    after = await self._deliveries.step(job_id, lane)
            else:
                after = await self._deliveries.step(job_id, lane)
        finally:
            self._working.discard(job_id)
            self._go_on(job_id, after)
