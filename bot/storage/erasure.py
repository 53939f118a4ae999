"""Rows about people, gathered and deleted: at a member's request, and once their time is over."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, case, delete, exists, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import member_scope
from bot.domain.job import ENDED, Job, JobStatus
from bot.domain.requests import Request
from bot.domain.rules import kept_pictures
from bot.storage.collections import count_marks, delete_emptied, erase_collections, take_out_of_all
from bot.storage.column_types import ModelJson
from bot.storage.conflicts import retried
from bot.storage.forgetting import erase_from_books, forget_in_books
from bot.storage.library import unlist
from bot.storage.removals import Removals
from bot.storage.reviews import erase_moderator, forget_decided
from bot.storage.rows import read_jobs
from bot.storage.schema import as_kept, budgets, favourites, groups, jobs, ledger, reservations

_OURS = ("token", "token_expires_at", "owner", "epoch", "listed_as")  # columns that tell nothing about a member
DELETED_AT_ONCE = 400  # jobs in one transaction, so that nobody waits for long

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]

# What waits for nothing but a decision of its author may be deleted with the rest: its units stay spent.
OVER = frozenset({*ENDED, JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted: how many jobs, and the keys of the pictures that belonged to them."""

    jobs: int = 0
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a member: jobs that are over, others that still go on, the pictures of both, and marks.

    `marks` are stars, also on what others made, and collections.
    """

    over: int
    going_on: int
    pictures: int
    marks: int = 0


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a member who was erased: jobs that still go on, or only units that count in a budget."""

    jobs: bool
    units: bool


class Erasure:
    """Deletes jobs with all that hangs on them. A job of somebody else that came from one only loses its parent."""

    def __init__(self, reading: Connected, transaction: Connected, removals: Removals) -> None:
        self._reading = reading
        self._transaction = transaction
        self._removals = removals

    async def rows_of(self, author_id: int) -> Sequence[Mapping[str, Any]]:
        """Return all that is kept of a member's jobs, oldest first, as columns by name; never a token.

        What came of one counts only once it may be seen: moderators are asked first, rules too.
        """
        columns = [_as_json(column) for column in jobs.c if column.name not in _OURS]
        query = select(*columns).where(jobs.c.author_id == author_id).order_by(jobs.c.created_at)
        async with self._reading() as connection:
            rows = (await connection.execute(query)).mappings()
            return [dict(row) | ({} if _may_be_seen(row) else {"result": None}) for row in rows]

    async def favourites_of(self, author_id: int) -> Sequence[str]:
        """Return the ids of the jobs that a member starred, the first one first."""
        query = select(favourites.c.job_id).where(favourites.c.member_id == author_id)
        async with self._reading() as connection:
            return (await connection.execute(query.order_by(favourites.c.created_at))).scalars().all()

    async def units_of(self, author_id: int) -> Mapping[str, int]:
        """Return the units that a member spent, by day (UTC)."""
        is_day = budgets.c.day < "a"  # weeks and months have a letter before
        query = select(budgets.c.day, budgets.c.used).where(budgets.c.scope == member_scope(author_id), is_day)
        async with self._reading() as connection:
            return {row.day: row.used for row in await connection.execute(query.order_by(budgets.c.day))}

    async def counts(self, author_id: int) -> Kept:
        """Count what is kept of a member's jobs, stars and collections."""
        query = select(jobs.c.request, jobs.c.result, is_over().label("is_over")).where(jobs.c.author_id == author_id)
        async with self._reading() as connection:
            rows = (await connection.execute(query)).all()
            marks = await count_marks(connection, author_id)
        pictures = frozenset[str]().union(*(kept_pictures(row.request, row.result) for row in rows))
        over = sum(row.is_over for row in rows)
        return Kept(over, len(rows) - over, len(pictures), marks)

    @retried
    async def erase(self, author_id: int, today: str, until: datetime) -> Forgotten:
        """Delete of a member, up to a moment, jobs that are over, groups, stars and collections; no book names them.

        One that has just ended stays until its card says so, and one of unknown outcome while it is searched for.
        What they spent in the day, week and month of today (UTC) still counts: else erasing would give it back.
        """
        theirs = select(jobs).where(jobs.c.author_id == author_id, jobs.c.created_at <= until, is_over())
        forgotten = await self._delete_all(theirs)
        async with self._transaction() as connection:
            await erase_from_books(connection, author_id, today, until.date().isoformat())
            starred = favourites.c.member_id == author_id, favourites.c.created_at <= until
            await connection.execute(delete(favourites).where(*starred))
            await erase_collections(connection, author_id, until)
            await erase_moderator(connection, author_id)
        return forgotten

    async def left(self, author_id: int, until: datetime) -> Left:
        """Tell what of a member up to a moment could not be deleted yet."""
        job = select(jobs.c.id).where(jobs.c.author_id == author_id, jobs.c.created_at <= until)
        spent = select(ledger.c.id).where(ledger.c.member == str(author_id), ledger.c.day <= until.date().isoformat())
        async with self._reading() as connection:
            found = [(await connection.execute(query.limit(1))).first() for query in (job, spent)]
        return Left(*(row is not None for row in found))

    @retried
    async def forget_before(self, moment: datetime) -> Forgotten:
        """Delete every job that is over, told of and older than this, and what was spent before that day."""
        forgotten = await self._delete_all(select(jobs).where(*over_before(moment)))
        async with self._transaction() as connection:
            await forget_in_books(connection, moment.date().isoformat())
            await delete_emptied(connection, moment)
        return forgotten

    async def half_removed(self) -> list[Job]:
        """Return the jobs that were removed and have not lost their results yet."""
        query = select(jobs).where(jobs.c.status == JobStatus.REMOVED, jobs.c.result.is_not(None))
        async with self._reading() as connection:
            return await read_jobs(connection, query)

    @retried
    async def blank(self, job_id: str, request: Request) -> None:
        """Keep of a removed job only what its buttons need, without its words; the same for a group without others."""
        async with self._transaction() as connection:
            removed = jobs.c.id == job_id, jobs.c.status == JobStatus.REMOVED
            words = {
                "request": request,
                "result": None,
                "failure": None,
                "line_name": None,
                "listed_as": JobStatus.REMOVED.value,
            }
            await connection.execute(update(jobs).where(*removed).values(words))
            await unlist(connection, [job_id])
            await take_out_of_all(connection, [job_id])
            group_id = select(jobs.c.group_id).where(jobs.c.id == job_id).scalar_subquery()
            others = exists().where(jobs.c.group_id == groups.c.id, jobs.c.status != JobStatus.REMOVED)
            await connection.execute(update(groups).where(groups.c.id == group_id, ~others).values(title=""))

    async def _delete_all(self, query: Select[Any]) -> Forgotten:
        count, pictures = 0, frozenset[str]()
        while True:
            async with self._transaction() as connection:
                rows = (await connection.execute(query.limit(DELETED_AT_ONCE).with_for_update())).all()
                if not rows:
                    return Forgotten(count, pictures)
                await _delete(connection, [row.id for row in rows], {row.group_id for row in rows if row.group_id})
            self._removals.tell()
            count += len(rows)
            for row in rows:
                pictures |= kept_pictures(row.request, row.result)


def is_over() -> ColumnElement[bool]:
    """Find jobs that may be deleted: nothing goes on any more, and their cards say so."""
    return jobs.c.status.in_(OVER) & jobs.c.told.is_(True)


def over_before(moment: datetime) -> Sequence[ColumnElement[bool]]:
    """Find jobs that are over, told of and older than this."""
    return jobs.c.created_at < moment, is_over()


def _may_be_seen(row: Mapping[Any, Any]) -> bool:
    """Tell of columns what `Job.may_be_seen` tells of a job."""
    has_no_place = row["status"] == JobStatus.UNDELIVERABLE and not row["stopped"]
    return (row["status"] == JobStatus.DONE or has_no_place) and not row["in_review"]


def _as_json(column: Column[Any]) -> ColumnElement[Any]:
    """A column of models is left as it stands; all others are read as what they mean."""
    return as_kept(column).label(column.name) if isinstance(column.type, ModelJson) else column


async def _delete(connection: AsyncConnection, job_ids: Collection[str], group_ids: Collection[str]) -> None:
    # Nobody can press the buttons of a job that is gone, and of others they may have the same keys. A job that is tried
    # again is named by its own id.
    is_own = jobs.c.once_key.startswith("again:")
    orphaned = update(jobs).where(jobs.c.parent_id.in_(job_ids))
    await connection.execute(orphaned.values(parent_id=None, once_key=case((is_own, jobs.c.once_key), else_=null())))
    await connection.execute(delete(reservations).where(reservations.c.job_id.in_(job_ids)))
    await connection.execute(delete(jobs).where(jobs.c.id.in_(job_ids)))
    await forget_decided(connection, job_ids)
    left = exists().where(jobs.c.group_id == groups.c.id)
    await connection.execute(delete(groups).where(groups.c.id.in_(group_ids), ~left))
