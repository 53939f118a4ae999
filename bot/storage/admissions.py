"""How jobs get in: together with their units, within all limits, and at most one for a once-only button."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Group, Job, JobStatus
from bot.storage.database import Database
from bot.storage.key_values import KeyValues
from bot.storage.moves import NOT_PAID, REPLACEABLE
from bot.storage.rows import read_job, row_of_group, row_of_job
from bot.storage.schema import groups, jobs
from bot.storage.units import (
    EVERYBODY,
    NEW_RESERVATION,
    SPEND,
    LimitReachedError,
    Limits,
    reservation_of,
    scope_of,
    spend,
)

logger = logging.getLogger(__name__)

TOGETHER = 25  # admissions in one transaction; more would hold up the event loop
# What every admission does, built once: building a statement takes longer than running it.
_NEW_JOB = upsert(jobs).on_conflict_do_nothing(
    index_elements=["parent_id", "once_key"], index_where=jobs.c.once_key.is_not(None)
)


class UsedError(Exception):
    """The once-only button already has its job."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


class AnsweredError(Exception):
    """The question that an admission answers was answered before."""


@dataclass(frozen=True, slots=True)
class _Admission:
    """One job that wants to be admitted."""

    job: Job
    limits: Limits
    day: str


class _NotTogetherError(Exception):
    """Several admissions cannot be made in one go; each has to be tried by itself."""


class _AdmissionBatcher:
    """Where admissions wait: those that come while others are under way are made together."""

    def __init__(
        self,
        together: Callable[[Sequence[_Admission]], Awaitable[None]],
        singly: Callable[[_Admission], Awaitable[None]],
    ) -> None:
        self._together = together
        self._singly = singly
        self._waiting: list[tuple[_Admission, asyncio.Future[None]]] = []
        self._work: asyncio.Task[None] | None = None

    async def enter(self, admission: _Admission) -> None:
        """Be admitted; raises as `Admissions.admit` does."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((admission, done))
        if self._work is None or self._work.done():
            # A task of its own: whoever comes first may be cancelled, and the others must still be admitted.
            self._work = asyncio.create_task(self._admit_all(), name="admissions")
        await done

    async def _admit_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            for admission, done in batch if not await self._admitted(batch) else ():
                try:
                    await self._singly(admission)
                except Exception as exc:  # noqa: BLE001 - it is the affair of whoever waits for it
                    _settle_future(done, exc)
                else:
                    _settle_future(done)

    async def _admitted(self, batch: Sequence[tuple[_Admission, asyncio.Future[None]]]) -> bool:
        """Whether all were admitted together."""
        if len(batch) == 1:
            return False
        try:
            await self._together([admission for admission, _done in batch])
        except Exception as exc:  # noqa: BLE001 - whatever it was, each by itself will tell whom it concerns
            if not isinstance(exc, _NotTogetherError):
                logger.warning("admissions not made together error=%s", type(exc).__name__)
            return False
        for _admission, done in batch:
            _settle_future(done)
        return True


def _settle_future(done: asyncio.Future[None], error: Exception | None = None) -> None:
    """Tell whoever waits, if anybody still does."""
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


def _waiting() -> Select[tuple[int, int]]:
    """How much waits, by author; a group counts once, however many of its jobs still wait."""
    orders = func.count(func.distinct(func.coalesce(jobs.c.group_id, jobs.c.id)))
    query = select(jobs.c.author_id, orders.label("orders")).where(jobs.c.status == JobStatus.RECEIVED)
    return query.group_by(jobs.c.author_id)


class Admissions:
    """Takes in new jobs and groups of them, all or nothing."""

    def __init__(self, database: Database, notes: KeyValues) -> None:
        self._database = database
        self._notes = notes
        self._batcher = _AdmissionBatcher(
            self._admit_together, lambda one: self._admit_singly(one.job, one.limits, one.day)
        )

    async def admit(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> None:
        """Insert a job together with its reservation of units, all or nothing.

        A job that it replaces stays as it is until `card_shown`. The note of the question that it `answers` goes.

        Raises:
            LimitReachedError: it would exceed a limit.
            UsedError: its once-only button already has a job; the job that it replaces was found, or has another
                in its stead.
            AnsweredError: the question is not open any more.
        """
        if job.replaces is None and answers is None and job.once_key is None:
            await self._batcher.enter(_Admission(job, limits, day))
        else:
            await self._admit_singly(job, limits, day, answers=answers)

    async def _admit_together(self, admissions: Sequence[_Admission]) -> None:
        """Admit several in one transaction: a statement costs more than what it does, and persons wait.

        Raises:
            _NotTogetherError: one of them may not be admitted, or not with the others; nothing was changed.
        """
        members, limits, day = [one.job for one in admissions], admissions[0].limits, admissions[0].day
        if any((one.limits, one.day) != (limits, day) for one in admissions):
            raise _NotTogetherError
        async with self._database.transaction(is_urgent=True) as connection:
            coming = Counter(job.actor.id for job in members)
            waiting = await connection.execute(_waiting().where(jobs.c.author_id.in_(coming)))
            for row in waiting:
                coming[row.author_id] += row.orders
            units: Counter[str] = Counter()
            for job in members:
                units[scope_of(job.actor.id)] += job.units
                units[EVERYBODY] += job.units
            most = {scope: limits.most(scope) for scope in units}
            budgeted = [
                {"scope": scope, "day": day, "used": used, "most": most[scope]} for scope, used in units.items()
            ]
            is_too_much = max(coming.values()) > limits.waiting_per_member or any(
                used > most[scope] for scope, used in units.items()
            )
            if is_too_much or (await connection.execute(SPEND, budgeted)).rowcount != len(budgeted):
                raise _NotTogetherError
            await connection.execute(insert(jobs), [row_of_job(job) for job in members])
            await connection.execute(NEW_RESERVATION, [reservation_of(job, day) for job in members])

    async def _admit_singly(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> None:
        async with self._database.transaction(is_urgent=True) as connection:
            await self._close_question(connection, answers)
            if job.replaces is not None:
                await self._refuse_replaced(connection, job.replaces)
            # First: who presses a used button is led to its job, whatever they may still spend.
            await self._refuse_used(connection, job)
            await self._check_waiting(connection, job.actor.id, limits)
            await spend(connection, scope_of(job.actor.id), day, job.units, limits)
            if not (await connection.execute(_NEW_JOB, row_of_job(job))).rowcount:
                await self._refuse_used(connection, job)
            await connection.execute(NEW_RESERVATION, reservation_of(job, day))

    async def admit_group(
        self, group: Group, members: Sequence[Job], limits: Limits, day: str, *, answers: str | None = None
    ) -> None:
        """Insert a group with all its jobs and their reservations, all or nothing; raises as `admit` does."""
        async with self._database.transaction(is_urgent=True) as connection:
            await self._close_question(connection, answers)
            for job in members:
                await self._refuse_used(connection, job)
            await self._check_waiting(connection, group.actor.id, limits)
            await connection.execute(insert(groups), row_of_group(group))
            for job in members:
                await spend(connection, scope_of(job.actor.id), day, job.units, limits)
                await connection.execute(insert(jobs), row_of_job(job))
                await connection.execute(NEW_RESERVATION, reservation_of(job, day))

    async def _check_waiting(self, connection: AsyncConnection, author_id: int, limits: Limits) -> None:
        """A group counts once, however many of its jobs still wait."""
        waiting = (await connection.execute(_waiting().where(jobs.c.author_id == author_id))).one_or_none()
        if waiting is not None and waiting.orders >= limits.waiting_per_member:
            raise LimitReachedError("waiting_per_member")

    async def _close_question(self, connection: AsyncConnection, name: str | None) -> None:
        """Use up the note of a question, which has one answer, whoever presses at the same instant."""
        if name is not None and not await self._notes.use_up(connection, name):
            raise AnsweredError

    async def _refuse_used(self, connection: AsyncConnection, job: Job) -> None:
        if job.once_key is not None and (used := await read_job(connection, _used(job))) is not None:
            raise UsedError(used)

    async def _refuse_replaced(self, connection: AsyncConnection, job_id: str) -> None:
        """One end is tried again once at a time, and not at all once it is none any more."""
        first = await read_job(connection, select(jobs).where(jobs.c.id == job_id))
        if first is not None and first.status not in REPLACEABLE:  # it was found meanwhile
            raise UsedError(first)
        others = select(jobs).where(jobs.c.replaces == job_id, jobs.c.status.not_in(NOT_PAID)).limit(1)
        if (other := await read_job(connection, others)) is not None:
            raise UsedError(other)


def _used(job: Job) -> Select[Any]:
    """The job that already has a once-only button."""
    return select(jobs).where(jobs.c.parent_id == job.parent_id, jobs.c.once_key == job.once_key)
