"""Pictures that are being made ready for jobs."""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Any, TypeVar

Made = TypeVar("Made")


class Preparation:
    """Work that jobs wait for before they are sent; when the last of them ends meanwhile, it is stopped."""

    def __init__(self) -> None:
        self._by_job: dict[str, tuple[set[str], asyncio.Future[Any]]] = {}

    async def run(self, job_ids: Iterable[str], work: Awaitable[Made]) -> Made | None:
        """Do the work for these jobs; None where it was stopped."""
        waiting = set(job_ids)
        task = asyncio.ensure_future(work)
        self._by_job |= dict.fromkeys(waiting, (waiting, task))
        try:
            await asyncio.wait([task])
            return None if task.cancelled() else await task
        finally:
            task.cancel()
            for job_id in waiting:
                self._by_job.pop(job_id, None)

    def stop(self, job_id: str) -> None:
        """A job ended: nothing needs to be made ready for it any more."""
        waiting, task = self._by_job.pop(job_id, (None, None))
        if waiting is None or task is None:
            return
        waiting.discard(job_id)
        if not waiting:
            task.cancel()
