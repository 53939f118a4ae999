"""How the last week was, for the owner: what was made and spent, what went wrong, and what is left."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot import __version__
from bot.domain.job import JobStatus
from bot.operation.relay_books import read_kept_books
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.storage.overview import Overview
from bot.storage.usage import Span, Usage, UsageBy

NOTE = "digest"  # the Monday of the week that was told last
HOUR = 8  # UTC, of Monday, from when on the week before is told
TOP = 5
FAILURES = (JobStatus.FAILED, JobStatus.EXPIRED)
OPEN_ENDS = (JobStatus.UNCERTAIN, JobStatus.UNDELIVERABLE)


@dataclass(frozen=True, slots=True)
class Digest:
    """A week in numbers; what stands open and what is left are of this moment."""

    first: date
    last: date
    jobs: int
    units: int
    failures: int
    open_ends: Mapping[JobStatus, int]
    engines: Sequence[Usage]
    members: Sequence[Usage]
    free_bytes: int
    disk_bytes: int
    left: Mapping[str, float]  # by relay, of those that tell
    version: str = __version__

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not self.jobs and not any(self.open_ends.values())


async def claim_week(store: JobStore, now: datetime) -> date | None:
    """Take it upon this process to tell of the week before, whose Monday is returned; None where it is not the time.

    The week before the first start is not told: nothing of it is known.
    """
    monday = (now - timedelta(days=now.weekday())).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    this_week = monday.date() if now >= monday else monday.date() - timedelta(weeks=1)
    store.notes.forget(NOTE)
    told = await store.notes.get(NOTE)
    if told is not None and told >= this_week.isoformat():
        return None
    is_ours = await store.notes.replace(NOTE, told, this_week.isoformat())
    return this_week - timedelta(weeks=1) if is_ours and told is not None else None


async def give_back_week(store: JobStore, monday: date) -> None:
    """Let a week be told later that reached nobody."""
    claimed = (monday + timedelta(weeks=1)).isoformat()
    await store.notes.replace(NOTE, claimed, monday.isoformat())


async def read_digest(store: JobStore, settings: Settings, monday: date) -> Digest:
    """Read how the week was that began on a Monday."""
    last = monday + timedelta(days=6)
    overview, span = Overview(store.database), Span(monday.isoformat(), last.isoformat())
    engines, members = [await overview.usage(by, span) for by in (UsageBy.ENGINE, UsageBy.MEMBER)]
    standing = await overview.counts()
    disk = await asyncio.to_thread(shutil.disk_usage, settings.storage.data_dir)
    kept = await read_kept_books(store.notes, settings)
    return Digest(
        first=monday,
        last=last,
        jobs=sum(one.jobs for one in engines),
        units=sum(one.units for one in engines),
        failures=await overview.ended_so(FAILURES, span),
        open_ends={status: standing.get(status, 0) for status in OPEN_ENDS},
        engines=engines[:TOP],
        members=members[:TOP],
        free_bytes=disk.free,
        disk_bytes=disk.total,
        left={relay: books.readings[-1].left for relay, books in kept.items() if books.readings},
    )
