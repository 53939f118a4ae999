"""Looks at tasks one by one, where an API has no list or its list fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.domain.job import Job
from bot.domain.outcomes import Observation, Unread
from bot.errors import RelayError
from bot.lanes import Places

LOOKS_AT_ONCE = 6
PATIENCE_S = 5.0  # real seconds for which the looks at the others wait for one that takes long
KEPT_S = 60.0  # real seconds for which what a late look came to is of use

Seen = dict[str, Observation | RelayError]
Fetch = Callable[[Job], Awaitable[Observation]]


class SingleLooks:
    """Looks at the tasks of one engine. One that takes long goes on by itself: what it comes to is told next time."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._places = Places(LOOKS_AT_ONCE, patience_s)
        self._looks: dict[tuple[str, str | None], asyncio.Task[Observation | RelayError]] = {}

    async def at(self, jobs: Sequence[Job], fetch: Fetch) -> Seen:
        """Look at each job; return by its id an observation, or why there is none; `Unread` while the look goes on."""
        looks = {job.id: self._look(job, fetch) for job in jobs}
        if looks:
            await asyncio.wait(looks.values(), timeout=self._patience_s)
        seen: Seen = {job.id: Unread() for job in jobs}
        for job in jobs:
            if looks[job.id].done():
                self._looks.pop(_key(job), None)
                seen[job.id] = looks[job.id].result()
        return seen

    def _look(self, job: Job, fetch: Fetch) -> asyncio.Task[Observation | RelayError]:
        """The look at a job that is on its way, or a new one."""
        key = _key(job)
        if key not in self._looks:
            look = self._looks[key] = asyncio.create_task(self._seen(job, fetch), name="single-look")
            look.add_done_callback(lambda done: asyncio.get_running_loop().call_later(KEPT_S, self._forget, key, done))
        return self._looks[key]

    async def _seen(self, job: Job, fetch: Fetch) -> Observation | RelayError:
        async with self._places.one():
            try:
                return await fetch(job)
            except RelayError as exc:
                return exc

    def _forget(self, key: tuple[str, str | None], look: asyncio.Task[Observation | RelayError]) -> None:
        if self._looks.get(key) is look:
            del self._looks[key]


def _key(job: Job) -> tuple[str, str | None]:
    return job.id, job.task_id


def observed(seen: Seen) -> dict[str, Observation]:
    """Return the observations; what failed is unread, so that its deadline stays in force."""
    return {job_id: Unread() if isinstance(one, RelayError) else one for job_id, one in seen.items()}


def troubles(seen: Seen) -> list[RelayError]:
    """Return the errors of the looks that failed."""
    return [one for one in seen.values() if isinstance(one, RelayError)]
