"""Rows of jobs that are over, emptied of all that tells of a member: what they cost stays, under a pseudonym."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, case, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import JobStatus
from bot.domain.rules import kept_pictures, without_words
from bot.storage.conflicts import once_more
from bot.storage.erasure import Forgotten, over_before
from bot.storage.library import unlist
from bot.storage.schema import budgets, favourites, groups, jobs, reservations
from bot.storage.units import scope_of

EMPTIED_AT_ONCE = 400  # jobs in one transaction, so that nobody waits for long

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
Pseudonym = Callable[[int], int]  # what stands in for a member's id; below 0

_NOTHING_LEFT: dict[str, Any] = dict.fromkeys(
    (
        *("result", "failure", "once_key", "task_id", "reply_to", "card_id", "result_message_id"),
        *("token", "token_expires_at", "asked_by", "asked_no"),
    )
)
_EMPTY = (
    update(jobs)
    .where(jobs.c.id == bindparam("of"))
    .values(
        author_id=bindparam("author_id"),
        channel_id=bindparam("channel_id"),
        request=bindparam("request"),
        status=bindparam("status"),
        listed_as=bindparam("listed_as"),
        **_NOTHING_LEFT,
    )
)
_SETTLED = case((reservations.c.state == "reserved", "settled"), else_=reservations.c.state)
_BOOK_FOR = (
    update(reservations)
    .where(reservations.c.job_id == bindparam("of"))
    .values(scope=bindparam("spender"), state=_SETTLED)
)
# Their buttons must refuse, and nobody can be asked about them any more.
_GIVEN_UP = {
    JobStatus.DONE: JobStatus.REMOVED,
    JobStatus.UNDELIVERABLE: JobStatus.REMOVED,
    JobStatus.UNCERTAIN: JobStatus.CANCELLED,
}


class Emptying:
    """Empties jobs instead of deleting them, for owners who keep accounts for longer than words."""

    def __init__(self, transaction: Connected) -> None:
        self._transaction = transaction

    async def before(self, moment: datetime, pseudonym: Pseudonym) -> Forgotten:
        """Empty every job that is over, told of and older than this: only what it cost stays, under a pseudonym.

        No message, no task and no direct messages can be found by it any more. One that nobody could post, or whose
        outcome nobody knows, is given up with that; its units stay spent.
        """
        count, removed = 0, frozenset[str]()
        old = select(jobs).where(*over_before(moment), jobs.c.author_id > 0)
        while rows := await self._empty_some(old, pseudonym):
            count += len(rows)
            for row in rows:
                removed |= kept_pictures(row.request, row.result)
        await self._rename_spenders(moment.date().isoformat(), pseudonym)
        return Forgotten(count, removed)

    @once_more
    async def _empty_some(self, query: Select[Any], pseudonym: Pseudonym) -> Sequence[Row[Any]]:
        async with self._transaction() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query.limit(EMPTIED_AT_ONCE).with_for_update())).all()
            if rows:
                spenders = {row.id: pseudonym(row.author_id) for row in rows}
                await connection.execute(_EMPTY, [_emptied(row, spenders[row.id]) for row in rows])
                await unlist(connection, [row.id for row in rows])
                await connection.execute(delete(favourites).where(favourites.c.job_id.in_([row.id for row in rows])))
                booked = [{"of": job_id, "spender": scope_of(spender)} for job_id, spender in spenders.items()]
                await connection.execute(_BOOK_FOR, booked)
                group_ids = {row.group_id for row in rows if row.group_id}
                left = exists().where(jobs.c.group_id == groups.c.id, jobs.c.author_id > 0)
                of_emptied = select(func.min(jobs.c.author_id)).where(jobs.c.group_id == groups.c.id).scalar_subquery()
                values = {"title": "", "card_id": None, "author_id": of_emptied}
                await connection.execute(update(groups).where(groups.c.id.in_(group_ids), ~left).values(values))
            return rows

    @once_more
    async def _rename_spenders(self, day: str, pseudonym: Pseudonym) -> None:
        """Book what members spent before a day under their pseudonyms, where nothing of it can be given back."""
        still = reservations.c.scope == budgets.c.scope, reservations.c.day == budgets.c.day
        is_open = exists().where(*still, reservations.c.state == "reserved")
        of_members = budgets.c.scope.startswith("member:") & ~budgets.c.scope.startswith("member:-")
        old = of_members, budgets.c.day < day, ~is_open
        async with self._transaction() as connection:
            scopes = (await connection.execute(select(budgets.c.scope).where(*old).distinct())).scalars().all()
            for scope in scopes:
                renamed = scope_of(pseudonym(int(scope.partition(":")[2])))
                await connection.execute(update(budgets).where(*old, budgets.c.scope == scope).values(scope=renamed))


def _emptied(row: Row[Any], author_id: int) -> dict[str, Any]:
    """What changes of a job that is emptied, whose author gets another id."""
    status = _GIVEN_UP.get(row.status, row.status)
    return {
        "of": row.id,
        "author_id": author_id,
        "channel_id": row.channel_id if row.guild_id else 0,  # direct messages are with one person
        "request": without_words(row.request),
        "status": status,
        "listed_as": status.value,
    }
