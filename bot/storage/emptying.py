"""Rows of jobs that are over, emptied of all that tells of a member: what they cost stays, under a pseudonym."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Text, bindparam, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import member_scope
from bot.domain.job import JobStatus, Reach
from bot.domain.rules import kept_pictures, without_words
from bot.storage.books import write_settled
from bot.storage.collections import delete_emptied, take_out_of_all
from bot.storage.conflicts import retried
from bot.storage.erasure import Forgotten, is_over, over_before
from bot.storage.forgetting import empty_carried_in_books, empty_in_books
from bot.storage.library import unlist
from bot.storage.removals import Removals
from bot.storage.reviews import forget_decided
from bot.storage.schema import audit, groups, jobs, policies, reservations

EMPTIED_AT_ONCE = 400  # jobs in one transaction, so that nobody waits for long

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
Pseudonym = Callable[[int], int]  # what stands in for a member's id; below 0

_NOTHING_LEFT: dict[str, Any] = dict.fromkeys(
    (
        *("result", "failure", "once_key", "task_id", "reply_to", "card_id", "result_message_id"),
        *("token", "token_expires_at", "asked_by", "asked_no", "author_roles", "line_name"),
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
_BOOK_FOR = (
    update(reservations)
    .where(reservations.c.job_id == bindparam("of"))
    .values(
        scope=bindparam("spender"),
        accounts=func.replace(
            reservations.c.accounts, bindparam("known", type_=Text), bindparam("renamed", type_=Text)
        ),
    )
)
# Their buttons must refuse, and nobody can be asked about them any more.
_GIVEN_UP = {
    JobStatus.DONE: JobStatus.REMOVED,
    JobStatus.UNDELIVERABLE: JobStatus.REMOVED,
    JobStatus.UNCERTAIN: JobStatus.CANCELLED,
}


class Emptying:
    """Empties jobs instead of deleting them, for owners who keep accounts for longer than words."""

    def __init__(self, transaction: Connected, removals: Removals) -> None:
        self._transaction = transaction
        self._removals = removals

    async def empty_before(self, moment: datetime, pseudonym: Pseudonym) -> Forgotten:
        """Empty every job that is over, told of and older than this: only what it cost stays, under a pseudonym.

        No message, no task and no direct messages can be found by it any more. One that nobody could post, or whose
        outcome nobody knows, is given up with that; its units stay spent.
        """
        old = select(jobs).where(*over_before(moment))
        forgotten = await self._empty(old, pseudonym, moment.date().isoformat())
        async with self._transaction() as connection:
            await delete_emptied(connection, moment)
        return forgotten

    async def empty_guild(self, guild_id: int, pseudonym: Pseudonym, today: str) -> Forgotten:
        """Empty every job that is over and was asked for in a server, in the same way; its rules and audit go."""
        there = jobs.c.guild_id == guild_id, jobs.c.reach == Reach.GUILD, is_over()
        emptied = await self._empty(select(jobs).where(*there), pseudonym, today)
        async with self._transaction() as connection:
            for table in (policies, audit):
                await connection.execute(delete(table).where(table.c.guild_id == guild_id))
        return emptied

    async def _empty(self, query: Select[Any], pseudonym: Pseudonym, before: str) -> Forgotten:
        count, removed = 0, frozenset[str]()
        while rows := await self._empty_some(query.where(jobs.c.author_id > 0), pseudonym, before):
            self._removals.tell()
            count += len(rows)
            for row in rows:
                removed |= kept_pictures(row.request, row.result)
        async with self._transaction() as connection:
            await empty_carried_in_books(connection, before, pseudonym)
        return Forgotten(count, removed)

    @retried
    async def _empty_some(self, query: Select[Any], pseudonym: Pseudonym, before: str) -> Sequence[Row[Any]]:
        async with self._transaction() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query.limit(EMPTIED_AT_ONCE).with_for_update())).all()
            if rows:
                spenders = {row.id: (row.author_id, pseudonym(row.author_id)) for row in rows}
                await write_settled(connection, list(spenders))
                await empty_in_books(connection, spenders, before)
                await connection.execute(_EMPTY, [_emptied(row, spenders[row.id][1]) for row in rows])
                await unlist(connection, list(spenders))
                await take_out_of_all(connection, list(spenders))
                await forget_decided(connection, list(spenders))
                await connection.execute(_BOOK_FOR, [_booked(job_id, *who) for job_id, who in spenders.items()])
                group_ids = {row.group_id for row in rows if row.group_id}
                left = exists().where(jobs.c.group_id == groups.c.id, jobs.c.author_id > 0)
                of_emptied = select(func.min(jobs.c.author_id)).where(jobs.c.group_id == groups.c.id).scalar_subquery()
                values = {"title": "", "card_id": None, "author_id": of_emptied, "author_roles": None}
                await connection.execute(update(groups).where(groups.c.id.in_(group_ids), ~left).values(values))
            return rows


def _booked(job_id: str, author_id: int, alias: int) -> dict[str, Any]:
    """What changes of a reservation whose job is emptied."""
    known, renamed = member_scope(author_id), member_scope(alias)
    return {"of": job_id, "spender": renamed, "known": f"{known}@", "renamed": f"{renamed}@"}


def _emptied(row: Row[Any], author_id: int) -> dict[str, Any]:
    """What changes of a job that is emptied, whose author gets another id."""
    status = _GIVEN_UP.get(row.status, row.status)
    return {
        "of": row.id,
        "author_id": author_id,
        "channel_id": row.channel_id if row.guild_id else 0,  # direct messages are with one person
        "request": without_words(row.request),
        "status": status,
        "listed_as": status.value,  # so that the library does not list it again
    }
