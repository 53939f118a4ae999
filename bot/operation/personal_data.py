"""What is kept of one member: gathered for them, and erased when they say so."""

import json
import logging
from collections.abc import Awaitable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Protocol

from bot.clock import Clock
from bot.crypto import Pseudonyms
from bot.domain.job import Actor, Subject
from bot.jobs.first_grid import HINT
from bot.jobs.preferences import KINDS
from bot.storage.erasures import WantedErasure
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

AS_JSON = ("request", "result", "failure")  # columns that hold JSON as text
AGAIN_S = 3600.0  # until what could not be erased yet is tried again


class Removing(Protocol):
    """Where pictures are kept, as far as they are deleted there."""

    def remove(self, keys: Collection[str], /) -> Awaitable[None]:
        """Delete kept pictures for good."""
        ...


@dataclass(frozen=True, slots=True)
class Erased:
    """How many jobs were erased, and how many follow because they still go on."""

    jobs: int
    going_on: int


class PersonalData:
    """All that the database and the folder of pictures hold about a member."""

    def __init__(self, store: JobStore, pictures: Removing, clock: Clock, pseudonyms: Pseudonyms) -> None:
        self._store = store
        self._pictures = pictures
        self._clock = clock
        self._pseudonyms = pseudonyms

    async def as_json(self, actor: Actor) -> bytes:
        """Return the jobs, preferences, favourites, collections and units by day of a member as JSON."""
        jobs = [_readable(row) for row in await self._store.erasure.rows_of(actor.id)]
        data = {
            "member": str(actor.id),
            "preferences": await self._preferences(actor),
            "favourites": await self._store.erasure.favourites_of(actor.id),
            "collections": await self._store.collections.all_of(actor.id),
            "units_by_day": await self._store.erasure.units_of(actor.id),
            "jobs": jobs,
        }
        return json.dumps(data, ensure_ascii=False, indent=1, default=datetime.isoformat).encode()

    async def erase(self, actor: Actor) -> Erased:
        """Delete this member's jobs that are over, with their pictures, drafts and all preferences.

        What still goes on, and today's count of units, follow by `finish` as soon as they may.
        """
        now = self._clock.now()
        await self.forget_notes(actor.id)
        wanted = WantedErasure(Subject.MEMBER, actor.id, asked_at=now, due_at=self._clock.after(AGAIN_S))
        await self._store.erasures.note(wanted)  # before anything goes, so that a crash leaves nothing half done
        count = await self.finish(wanted)
        kept = await self._store.erasure.counts(actor.id)
        return Erased(count, kept.over + kept.going_on)

    async def forget_notes(self, member_id: int) -> None:
        """Delete preferences and drafts of a member."""
        preferences = [f"{kind}:{member_id}" for kind in await self._preferences(Actor(member_id))]
        for name in [*preferences, *await self._store.notes.about(member_id)]:
            await self._store.notes.delete(name)

    async def finish(self, wanted: WantedErasure) -> int:
        """Erase what can be erased of a member now, and note the rest for later; returns how many jobs went."""
        now = self._clock.now()
        forgotten = await self._store.erasure.erase(wanted.subject_id, now.date().isoformat(), wanted.asked_at)
        await self._pictures.remove(forgotten.pictures - await self._store.needed_pictures())
        await self._store.bans.forget_member(wanted.subject_id, self._pseudonyms.of(wanted.subject_id))
        left = await self._store.erasure.left(wanted.subject_id, wanted.asked_at)
        if left.jobs:
            await self._store.erasures.postpone(wanted, self._clock.after(AGAIN_S))
        elif left.units:
            await self._store.erasures.postpone(wanted, datetime.combine(now + timedelta(days=1), time(), UTC))
        else:
            await self._store.erasures.drop(wanted)
        await self._store.database.forget_deleted()
        logger.info("member erased jobs=%d", forgotten.jobs)
        return forgotten.jobs

    async def _preferences(self, actor: Actor) -> dict[str, str]:
        kept = {kind: await self._store.notes.get(f"{kind}:{actor.id}") for kind in (*KINDS, HINT)}
        return {kind: value for kind, value in kept.items() if value is not None}


def _readable(row: Any) -> dict[str, Any]:
    """A row with its JSON unpacked; ids as text, since most readers of JSON round such large numbers."""
    plain = {name: str(value) if name.endswith("_id") and value is not None else value for name, value in row.items()}
    return plain | {name: json.loads(row[name]) for name in AS_JSON if row[name]}
