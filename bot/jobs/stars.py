"""Stars: members' marks on results, theirs and those of others."""

import asyncio

from bot.clock import Clock
from bot.domain.job import Actor, Job, JobStatus
from bot.errors import UserError
from bot.jobs.admission import check_is_kept
from bot.language import _
from bot.storage.jobs import JobStore


class Stars:
    """Keeps one star of each member on a result; `changed` tells whoever keeps a wall of them, of removals as well."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self.changed = asyncio.Event()
        self._changed: set[str] = set()
        self._library = store.library
        self._clock = clock
        store.removals.subscribe(self.changed.set)

    async def has(self, actor: Actor, job: Job) -> bool:
        """Whether a member has starred a job."""
        return await self._library.has_star(actor.id, job.id)

    async def give(self, actor: Actor, job: Job) -> None:
        """Star a finished job.

        Raises:
            UserError: it is none.
        """
        check_is_kept(job)
        if job.status is not JobStatus.DONE:
            raise UserError(_("Only something that is finished can have a star."))
        if await self._library.star(actor.id, job.id, self._clock.now()):
            self._changed.add(job.id)
            self.changed.set()

    async def take(self, actor: Actor, job: Job) -> None:
        """Take a member's star back."""
        await self._library.unstar(actor.id, job.id)

    def take_changed(self) -> frozenset[str]:
        """Return the jobs that got a star since the last time."""
        taken = frozenset(self._changed)
        self._changed.clear()
        self.changed.clear()
        return taken

    async def turn(self, actor: Actor, job: Job) -> bool:
        """Star a job, or take the star back; returns whether it has one now; raises as `give` does."""
        if await self.has(actor, job):
            await self.take(actor, job)
            return False
        await self.give(actor, job)
        return True
