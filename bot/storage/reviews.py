"""Results that wait for a moderator, as rows; one decision about each, whoever decides at the same time."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Row, case, delete, exists, func, literal, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.review import Decision, Review
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.conditions import OPEN_REVIEW
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import by_dialect
from bot.storage.moves import changed, is_held, settled
from bot.storage.ownership import Ownership
from bot.storage.processes import unowned
from bot.storage.rows import columns_of, job_of
from bot.storage.schema import jobs, reviews
from bot.storage.units import refund

FOUND_AT_ONCE = 20

_ASK = by_dialect(lambda insert_or: insert_or(reviews).on_conflict_do_nothing(index_elements=["job_id"]))
_IS_OPEN = literal_column(OPEN_REVIEW, Boolean())  # in the words of its index
_AWAITS = jobs.c.status == JobStatus.UNDELIVERABLE, jobs.c.in_review


class ReviewStore:
    """Reviews in the database. The job's own row says whether it waits, so that a job is decided about once."""

    def __init__(self, database: Database, ownership: Ownership) -> None:
        self._database = database
        self._ownership = ownership

    async def get(self, job_id: str) -> Review | None:
        """Return what is known about a job's review."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(reviews).where(reviews.c.job_id == job_id))).one_or_none()
        return None if row is None else _review(row)

    @retried
    async def ask(self, job: Job, review: Review) -> Job | None:
        """Let a finished job wait for a moderator instead of being posted; None when it had moved on."""
        values = columns_of({"status": JobStatus.UNDELIVERABLE, "in_review": True, "told": False})
        async with self._database.transaction() as connection:
            row = await changed(connection, values, is_held(job), jobs.c.status == JobStatus.POSTING)
            if row is None:
                return None
            await connection.execute(_ASK[connection.dialect.name], _row(review))
            return job_of(row)

    @retried
    async def decide(
        self, job_id: str, decision: Decision, by: int, *, reason: str = "", is_refunded: bool = False
    ) -> Job | None:
        """Let a job that waits be posted, or end it; its units, too, where they are given back, and the audit's line.

        Returns:
            The job as it is now; None where nothing waits any more, since it was decided or its author removed it.
        """
        async with self._database.transaction() as connection:
            whose_it_was = case((unowned(jobs.c.owner), literal(self._database.process)), else_=jobs.c.owner)
            goes_on = self._ownership.handed_on(whose_it_was)
            values = columns_of(_outcome(decision, reason, is_refunded)) | goes_on
            row = await changed(connection, values, jobs.c.id == job_id, *_AWAITS)
            if row is None:
                return None
            job = await settled(connection, row)
            decided = {"decision": decision, "decided_by": by, "is_settled": False, "claimed_at": None}
            await connection.execute(update(reviews).where(reviews.c.job_id == job_id).values(decided))
            if is_refunded:
                await refund(connection, job)
            after = f"{decision.value}, units given back" if is_refunded else decision.value
            act = Act(by, job.place.guild_id, ActKind.REVIEW, str(job.actor.id), job.id, after, reason)
            await connection.execute(audit_line(act))
            await self._ownership.announce(connection, job)
            return job

    async def overdue(self, now: datetime) -> Sequence[Review]:
        """Return what nobody decided in time."""
        return await self._all(_IS_OPEN, reviews.c.decision.is_(None), reviews.c.decides_at <= now, _still_waits())

    async def unsettled(self, before: datetime) -> Sequence[Review]:
        """Return those whose messages have to be brought up to date, and which nobody claimed after a moment."""
        free = reviews.c.claimed_at.is_(None) | (reviews.c.claimed_at < before)
        is_known = reviews.c.decision.is_not(None) | _still_waits()
        return await self._all(_IS_OPEN, reviews.c.is_settled.is_(False), free, is_known)

    async def outlived(self) -> Sequence[Review]:
        """Return those that nobody can decide any more, since their jobs were removed, erased or emptied."""
        return await self._all(_IS_OPEN, reviews.c.decision.is_(None), ~_still_waits())

    async def count_waiting(self) -> int:
        """Count the results that wait for a moderator."""
        query = select(func.count()).select_from(reviews).where(_IS_OPEN, reviews.c.decision.is_(None), _still_waits())
        async with self._database.reading() as connection:
            return int(await connection.scalar(query) or 0)

    @retried
    async def claim(self, review: Review, at: datetime) -> Review | None:
        """Take it upon this process to bring a message up to date; None where another does, or more was decided."""
        async with self._database.transaction() as connection:
            taken = update(reviews).where(*_same(review)).values(claimed_at=at)
            return replace(review, claimed_at=at) if (await connection.execute(taken)).rowcount else None

    @retried
    async def settle(self, review: Review, message_id: int | None) -> None:
        """Keep where a result is shown and, unless more was decided meanwhile, that the message says how it stands."""
        is_same = reviews.c.decision.is_not_distinct_from(review.decision)
        async with self._database.transaction() as connection:
            its = update(reviews).where(reviews.c.job_id == review.job_id)
            await connection.execute(its.values(message_id=message_id, is_settled=is_same))

    @retried
    async def forget(self, job_id: str) -> None:
        """Forget a review whose message is gone, and whose job is."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(reviews).where(reviews.c.job_id == job_id))

    @retried
    async def drop_result(self, job: Job) -> None:
        """Keep nothing of what came of a job that was rejected; its pictures are deleted before."""
        async with self._database.transaction() as connection:
            rejected = jobs.c.id == job.id, jobs.c.status == JobStatus.FAILED
            await connection.execute(update(jobs).where(*rejected).values(result=None))

    async def _all(self, *where: ColumnElement[bool]) -> Sequence[Review]:
        query = select(reviews).where(*where).order_by(reviews.c.decides_at).limit(FOUND_AT_ONCE)
        async with self._database.reading() as connection:
            return [_review(row) for row in await connection.execute(query)]


async def forget_decided(connection: AsyncConnection, job_ids: Collection[str]) -> None:
    """Forget the reviews of jobs that are deleted; what still stands in a channel has to go first."""
    over = reviews.c.job_id.in_(job_ids), reviews.c.decision.is_not(None)
    await connection.execute(delete(reviews).where(*over))


async def erase_moderator(connection: AsyncConnection, user_id: int) -> None:
    """Let nobody find out what somebody decided; that it was decided stays."""
    theirs = update(reviews).where(reviews.c.decided_by == user_id)
    await connection.execute(theirs.values(decided_by=None))


def _outcome(decision: Decision, reason: str, is_refunded: bool) -> dict[str, object]:  # noqa: FBT001 - of one caller
    if decision is Decision.REJECT:
        failure = Failure(kind=FailureKind.POLICY, detail=reason, is_rejected=True, is_refunded=is_refunded)
        return {"status": JobStatus.FAILED, "failure": failure, "in_review": False, "told": False}
    covered: dict[str, object] = {"is_spoiler": True} if decision is Decision.SPOILER else {}
    return {"status": JobStatus.POSTING, "in_review": False} | covered


def _still_waits() -> ColumnElement[bool]:
    return exists().where(jobs.c.id == reviews.c.job_id, *_AWAITS)


def _same(review: Review) -> tuple[ColumnElement[bool], ...]:
    return (
        reviews.c.job_id == review.job_id,
        reviews.c.is_settled.is_(False),
        reviews.c.decision.is_not_distinct_from(review.decision),
        reviews.c.claimed_at.is_not_distinct_from(review.claimed_at),
    )


def _row(review: Review) -> dict[str, Any]:
    return {column.name: getattr(review, column.name) for column in reviews.c}


def _review(row: Row[Any]) -> Review:
    return Review(**row._asdict())
