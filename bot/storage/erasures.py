"""Who is to be erased, and when: what could not go at once, and servers that the bot left."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Subject
from bot.storage.conflicts import retried
from bot.storage.dialects import Insert, by_dialect
from bot.storage.schema import erasures

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


def _noting(insert_or: Insert) -> Any:
    row = insert_or(erasures)
    later = {"asked_at": row.excluded.asked_at, "due_at": row.excluded.due_at}
    return row.on_conflict_do_update(index_elements=["subject", "subject_id"], set_=later)


_NOTE = by_dialect(_noting)
_NOTE_FIRST = by_dialect(lambda insert_or: insert_or(erasures).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class WantedErasure:
    """All of a member or of a server up to a moment, to be erased once `due_at` has come."""

    subject: Subject
    subject_id: int
    asked_at: datetime
    due_at: datetime


class Erasures:
    """The table of what is to be erased."""

    def __init__(self, reading: Connected, transaction: Connected) -> None:
        self._reading = reading
        self._transaction = transaction

    @retried
    async def note(self, wanted: WantedErasure) -> None:
        """Note that somebody is to be erased, instead of what was noted of them before."""
        async with self._transaction() as connection:
            await connection.execute(_NOTE[connection.dialect.name], _row(wanted))

    @retried
    async def note_first(self, wanted: WantedErasure) -> bool:
        """Note the same unless something is noted of them already; tells whether nothing was."""
        async with self._transaction() as connection:
            return bool((await connection.execute(_NOTE_FIRST[connection.dialect.name], _row(wanted))).rowcount)

    @retried
    async def postpone(self, wanted: WantedErasure, due_at: datetime) -> None:
        """Try it again later, unless it was dropped or asked for anew meanwhile."""
        async with self._transaction() as connection:
            await connection.execute(update(erasures).where(*_same(wanted)).values(due_at=due_at))

    @retried
    async def drop(self, wanted: WantedErasure) -> bool:
        """Forget about it, done or not to be done; False where it was asked for anew meanwhile."""
        async with self._transaction() as connection:
            return bool((await connection.execute(delete(erasures).where(*_same(wanted)))).rowcount)

    async def is_due(self, subject: Subject, subject_id: int, now: datetime) -> bool:
        """Tell whether somebody should have been erased by now, and was not."""
        whom = erasures.c.subject == subject, erasures.c.subject_id == subject_id
        return bool(await self._all(*whom, erasures.c.due_at <= now))

    async def due(self, now: datetime) -> Sequence[WantedErasure]:
        """Return what is to be done now, the longest due first."""
        return await self._all(erasures.c.due_at <= now)

    async def of(self, subject: Subject) -> Sequence[WantedErasure]:
        """Return all that is noted of members, or of servers."""
        return await self._all(erasures.c.subject == subject)

    async def _all(self, *where: Any) -> Sequence[WantedErasure]:
        async with self._reading() as connection:
            found = await connection.execute(select(erasures).where(*where).order_by(erasures.c.due_at))
            return [WantedErasure(row.subject, row.subject_id, row.asked_at, row.due_at) for row in found]


def _same(wanted: WantedErasure) -> Sequence[Any]:
    return (
        erasures.c.subject == wanted.subject,
        erasures.c.subject_id == wanted.subject_id,
        erasures.c.asked_at == wanted.asked_at,
    )


def _row(wanted: WantedErasure) -> dict[str, Any]:
    return {
        "subject": wanted.subject,
        "subject_id": wanted.subject_id,
        "asked_at": wanted.asked_at,
        "due_at": wanted.due_at,
    }
