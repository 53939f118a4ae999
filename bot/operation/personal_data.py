"""What is kept of one member: gathered for them, and erased when they say so."""

import io
import json
import logging
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.domain.job import Actor
from bot.jobs.first_grid import HINT
from bot.jobs.preferences import KINDS
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

AS_JSON = ("request", "result", "failure")  # columns that hold JSON as text


@dataclass(frozen=True, slots=True)
class Erased:
    """How many jobs were erased, and how many stay because they still go on."""

    jobs: int
    going_on: int


class PersonalData:
    """All that the database and the folder of pictures hold about a member."""

    def __init__(self, store: JobStore, pictures: Pictures, clock: Clock) -> None:
        self._store = store
        self._pictures = pictures
        self._clock = clock

    async def export(self, actor: Actor) -> bytes:
        """Return a ZIP with one JSON file: jobs, preferences, favourites and units by day of this member."""
        jobs = [_readable(row) for row in await self._store.erasure.rows_of(actor.id)]
        data = {
            "member": str(actor.id),
            "preferences": await self._preferences(actor),
            "favourites": await self._store.erasure.favourites_of(actor.id),
            "units_by_day": await self._store.erasure.units_of(actor.id),
            "jobs": jobs,
        }
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("easel.json", json.dumps(data, ensure_ascii=False, indent=1, default=datetime.isoformat))
        return packed.getvalue()

    async def erase(self, actor: Actor) -> Erased:
        """Delete this member's jobs that are over, with their pictures, and all preferences."""
        forgotten = await self._store.erasure.erase(actor.id, self._clock.now().date().isoformat())
        await self._pictures.remove(forgotten.pictures - await self._store.needed_pictures())
        for name in await self._preferences(actor):
            await self._store.notes.delete(f"{name}:{actor.id}")
        left = len(await self._store.erasure.rows_of(actor.id))
        logger.info("member erased jobs=%d left=%d", forgotten.jobs, left)
        return Erased(forgotten.jobs, left)

    async def _preferences(self, actor: Actor) -> dict[str, str]:
        kept = {kind: await self._store.notes.get(f"{kind}:{actor.id}") for kind in (*KINDS, HINT)}
        return {kind: value for kind, value in kept.items() if value is not None}


def _readable(row: Any) -> dict[str, Any]:
    """A row with its JSON unpacked; ids as text, since most readers of JSON round such large numbers."""
    plain = {name: str(value) if name.endswith("_id") and value is not None else value for name, value in row.items()}
    return plain | {name: json.loads(row[name]) for name in AS_JSON if row[name]}
