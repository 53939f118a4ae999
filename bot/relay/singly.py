"""Looks at tasks one by one, where an API has no list or its list fails."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from bot.errors import RelayError
from bot.jobs.models import Job, Observation, Unread

LOOKS_AT_ONCE = 6
NO_MORE_AFTER_S = 30.0  # real seconds; what has not been begun by then waits for the next round, so that none is late

Seen = dict[str, Observation | RelayError]


async def look_singly(jobs: Sequence[Job], fetch: Callable[[Job], Awaitable[Observation]]) -> Seen:
    """What each job's look came to, by its id: an observation, or why there is none."""
    places, began = asyncio.Semaphore(LOOKS_AT_ONCE), asyncio.get_running_loop().time()

    async def seen(job: Job) -> Observation | RelayError:
        async with places:
            if asyncio.get_running_loop().time() - began > NO_MORE_AFTER_S:
                return Unread()
            try:
                return await fetch(job)
            except RelayError as exc:
                return exc

    found = await asyncio.gather(*(seen(job) for job in jobs))
    return {job.id: one for job, one in zip(jobs, found, strict=True)}


def observed(seen: Seen) -> dict[str, Observation]:
    """The observations; what failed is unread, so that its deadline stays in force."""
    return {job_id: Unread() if isinstance(one, RelayError) else one for job_id, one in seen.items()}


def troubles(seen: Seen) -> list[RelayError]:
    """Why looks failed."""
    return [one for one in seen.values() if isinstance(one, RelayError)]
