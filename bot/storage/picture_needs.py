"""Which of the pictures that members sent are still needed, and by whom."""

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import ENDED, Job, JobStatus
from bot.fairness import in_turns
from bot.pictures.keys import INPUT
from bot.storage.schema import as_kept, jobs

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

_KEY = re.compile(rf'"({INPUT})"')
_REQUEST = as_kept(jobs.c.request)
_HAS_INPUTS = or_(_REQUEST.contains("-input"), _REQUEST.contains("-mask"))
_IS_OPEN = jobs.c.status.not_in(ENDED) | jobs.c.told.is_(False)


class PictureNeeds:
    """Looks through requests for the keys of pictures that members sent."""

    def __init__(self, reading: Connected) -> None:
        self._reading = reading

    async def of_member(self, author_id: int) -> frozenset[str]:
        """All that a member's jobs name, those that are long over as well."""
        return await self._named(jobs.c.author_id == author_id)

    async def of_open_jobs(self) -> frozenset[str]:
        """What jobs name that are not over."""
        return await self._named(_IS_OPEN)

    async def of_all(self) -> frozenset[str]:
        """What jobs name that were not stopped for good; their authors may still try them again."""
        return await self._named(jobs.c.status != JobStatus.CANCELLED)

    async def beside(self, job: Job) -> frozenset[str]:
        """What jobs beside this one name that go by the same files and were not stopped for good.

        They are second tries and members of its group, by the same author, or the job that the pictures were sent for.
        """
        origins = {key.partition("-")[0] for key in job.request.pictures}
        return await self._named(
            or_(jobs.c.author_id == job.actor.id, jobs.c.id.in_(origins)),
            jobs.c.id != job.id,
            jobs.c.status != JobStatus.CANCELLED,
        )

    async def is_prepared_elsewhere(self, job: Job) -> bool:
        """Whether others of its group still wait for the pictures that are made ready under its name."""
        if job.group_id is None:
            return False
        query = select(jobs.c.id).where(jobs.c.group_id == job.group_id, jobs.c.id != job.id, _IS_OPEN).limit(1)
        async with self._reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def _named(self, *where: ColumnElement[bool]) -> frozenset[str]:
        async with self._reading() as connection:
            requests = (await connection.execute(select(_REQUEST).where(_HAS_INPUTS, *where))).scalars().all()
        return frozenset([key async for request in in_turns(requests, 200) for key in _KEY.findall(request)])
