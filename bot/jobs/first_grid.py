"""Who gets a hint with their first grid: once in a member's life here, whatever is restarted or happens together."""

from bot.domain.job import GOING_ON, Job
from bot.domain.requests import Imagine
from bot.storage.jobs import JobStore

HINT = "hint"  # the kind of the note that says that a member had it
NEWEST = 2


class FirstGrid:
    """Says of a posted job, to one asker alone, that it is its author's first grid."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def claim(self, job: Job) -> bool:
        """Tell whether this is the moment for the hint, which nobody is told a second time.

        Several at once are not: while another of the member's jobs goes on, the hint waits for a quieter one. Who had
        grids before there was a hint needs none.
        """
        name = f"{HINT}:{job.actor.id}"
        if not isinstance(job.request, Imagine) or job.group_id is not None:
            return False
        if await self._store.notes.get(name) is not None:
            return False
        others = [one for one in await self._store.of_author(job.actor.id, NEWEST) if one.id != job.id]
        if any(one.status in GOING_ON for one in others):
            return False
        is_first = len((await self._store.library.find(job.actor.id, count=NEWEST)).entries) == 1
        return await self._store.notes.replace(name, None, job.id) and is_first

    async def give_back(self, job: Job) -> None:
        """Let the next grid have the hint: this one's could certainly not be told."""
        await self._store.notes.replace(f"{HINT}:{job.actor.id}", job.id, None)
