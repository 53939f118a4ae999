"""Writing what has happened outside, however long the database refuses: it is not undone by being forgotten."""

import logging
from collections.abc import Awaitable, Callable, Collection
from itertools import chain, repeat

from bot.clock import Clock
from bot.domain.job import Job, JobStatus
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError

logger = logging.getLogger(__name__)

SAVE_PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class PatientWrites:
    """Tries again while the database refuses, and meanwhile the change is held in memory.

    A database may also say that it failed where the change stands all the same, as when the disk fills up during the
    commit: then the row itself tells.
    """

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def move(self, job: Job, expected: Collection[JobStatus], status: JobStatus, **changes: object) -> Job | None:
        """Change a job as `JobStore.move` does."""

        def stands(now: Job) -> bool:
            return now.status is status or (now.status is JobStatus.CANCELLED and now.stopped)

        return await self.write(job, lambda: self._store.move(job, expected, status, **changes), stands)

    async def write(
        self, job: Job, change: Callable[[], Awaitable[Job | None]], stands: Callable[[Job], bool]
    ) -> Job | None:
        """Make a change that comes back with the job as it is then, or None where the job had moved on.

        `stands` tells of a job whether this very change was made.

        Raises:
            LimitReachedError: the change exceeds a limit.
        """
        is_in_doubt = False
        for pause_s in chain(SAVE_PAUSES_S, repeat(SAVE_PAUSES_S[-1])):
            try:
                changed = await change()
                if changed is None and is_in_doubt:
                    now = await self._store.get(job.id)
                    changed = now if now is not None and stands(now) else None
            except LimitReachedError:
                raise
            except Exception:  # whatever the database has, what was paid for must not be lost over it
                logger.exception("not saved yet job_id=%s status=%s", job.id, job.status)
                is_in_doubt = True
                await self._clock.sleep(pause_s)
            else:
                return changed
        raise AssertionError("the pauses never end")
