"""How jobs get in: together with their units, within all limits, and at most one for a once-only button."""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Account, Budget, Entry
from bot.domain.job import Actor, Group, Job, JobStatus, Place
from bot.storage.conflicts import once_more
from bot.storage.database import Database
from bot.storage.dialects import by_dialect
from bot.storage.key_values import KeyValues
from bot.storage.ledger import NEW_LINE, line_of
from bot.storage.moves import NOT_PAID, REPLACEABLE
from bot.storage.rows import read_job, row_of_group, row_of_job
from bot.storage.schema import groups, jobs
from bot.storage.units import NEW_RESERVATION, LimitReachedError, Limits, add_up, reservation_of, spend

logger = logging.getLogger(__name__)

TOGETHER = 25  # admissions in one transaction; more would hold up the event loop
# What every admission does, built once: building a statement takes longer than running it.
_NEW_JOB = by_dialect(lambda insert_or: insert_or(jobs).on_conflict_do_nothing())
_ORDERS = func.count(func.distinct(func.coalesce(jobs.c.group_id, jobs.c.id)))
_WAITING = (
    select(jobs.c.author_id, _ORDERS.label("orders"))
    .where(jobs.c.status == JobStatus.RECEIVED, jobs.c.author_id.in_(bindparam("author_ids", expanding=True)))
    .group_by(jobs.c.author_id)
)


class UsedError(Exception):
    """The once-only button already has its job."""

    def __init__(self, job: Job) -> None:
        super().__init__(job.id)
        self.job = job


class AskedError(Exception):
    """The same interaction or message already has its job: it was delivered twice."""

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
    """Several admissions cannot be made in one go; those that are `alone` have to be tried by themselves."""

    def __init__(self, alone: Sequence[_Admission]) -> None:
        super().__init__(len(alone))
        self.alone = alone


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
            for admission, done in await self._left_of(batch):
                try:
                    await self._singly(admission)
                except Exception as exc:  # noqa: BLE001 - it is the affair of whoever waits for it
                    _settle_future(done, exc)
                else:
                    _settle_future(done)

    async def _left_of(
        self, batch: Sequence[tuple[_Admission, asyncio.Future[None]]]
    ) -> Sequence[tuple[_Admission, asyncio.Future[None]]]:
        """Admit as many together as can be; returns the others."""
        rest = batch
        while len(rest) > 1:
            try:
                await self._together([admission for admission, _done in rest])
            except _NotTogetherError as exc:
                alone = set(map(id, exc.alone))
                rest = [one for one in rest if id(one[0]) not in alone]
            except Exception as exc:  # noqa: BLE001 - whatever it was, each by itself will tell whom it concerns
                logger.warning("admissions not made together error=%s", type(exc).__name__)
                break
            else:
                for _admission, done in rest:
                    _settle_future(done)
                break
        return [one for one in batch if not one[1].done()]


def _settle_future(done: asyncio.Future[None], error: Exception | None = None) -> None:
    """Tell whoever waits, if anybody still does."""
    if done.done():
        return
    if error is None:
        done.set_result(None)
    else:
        done.set_exception(error)


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
            AskedError: what asks for it has its job already.
        """
        if job.replaces is None and answers is None and job.once_key is None:
            await self._batcher.enter(_Admission(job, limits, day))
        else:
            await self._admit_singly(job, limits, day, answers=answers)

    async def _admit_together(self, admissions: Sequence[_Admission]) -> None:
        """Admit several in one transaction: a statement costs more than what it does, and persons wait.

        Raises:
            _NotTogetherError: some may not be admitted, or not with the others; nothing was changed.
        """
        members, day = [one.job for one in admissions], admissions[0].day
        if any(one.day != day for one in admissions):
            raise _NotTogetherError(admissions)
        accounts = [one.limits.of_accounts(one.job.actor.id) for one in admissions]
        _refuse_together(_too_many_units(admissions, accounts, Counter()))  # no number that the database could not hold
        async with self._database.transaction(is_urgent=True) as connection:
            units: Counter[Account] = Counter()
            for job, own in zip(members, accounts, strict=True):
                units.update(dict.fromkeys(own, job.units))
            used = Counter(await add_up(connection, units, day))
            used.subtract(units)
            _refuse_together(_too_many_units(admissions, accounts, used))
            _refuse_together(await _too_many_waiting(connection, admissions))
            _refuse_together(await _too_soon(connection, admissions))
            await connection.execute(insert(jobs), [row_of_job(job, self._database.process) for job in members])
            await _reserve(connection, [(job, list(own)) for job, own in zip(members, accounts, strict=True)], day)

    @once_more
    async def _admit_singly(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> None:
        async with self._answering(answers) as connection:
            if job.replaces is not None:
                await self._refuse_replaced(connection, job.replaces)
            # First: who presses a used button is led to its job, whatever they may still spend.
            await self._refuse_used(connection, job)
            accounts = await self._hold_limits(connection, [job], day, limits)
            await self._insert(connection, job)
            await _reserve(connection, [(job, accounts)], day)

    @once_more
    async def admit_group(
        self, group: Group, members: Sequence[Job], limits: Limits, day: str, *, answers: str | None = None
    ) -> None:
        """Insert a group with all its jobs and their reservations, all or nothing; raises as `admit` does."""
        async with self._answering(answers) as connection:
            for job in members:
                await self._refuse_used(connection, job)
            accounts = await self._hold_limits(connection, members, day, limits)
            await connection.execute(insert(groups), row_of_group(group, self._database.process))
            for job in members:
                await self._insert(connection, job)
            await _reserve(connection, [(job, accounts) for job in members], day)

    async def cooldown_until(self, actor: Actor, place: Place, at: datetime, cooldown_s: int) -> datetime | None:
        """Return when somebody may ask for something in a server again; None where they may at that moment."""
        async with self._database.reading() as connection:
            return await _read_cooldown(connection, actor, place, at, cooldown_s)

    async def _hold_limits(
        self, connection: AsyncConnection, members: Sequence[Job], day: str, limits: Limits
    ) -> list[Account]:
        """Book the units of jobs that one member asks for at once, and count them as one that waits.

        Returns:
            The accounts that they are booked on.
        """
        author_id = members[0].actor.id
        try:
            accounts = await spend(connection, author_id, sum(job.units for job in members), day, limits)
            await _check_waiting(connection, author_id, limits)
            await _check_cooldown(connection, members[0], limits.cooldown_s)
        except LimitReachedError:
            await self._refuse_asked(connection, members[0])  # then it is within the limits already
            raise
        return accounts

    async def _insert(self, connection: AsyncConnection, job: Job) -> None:
        row = row_of_job(job, self._database.process)
        if not (await connection.execute(_NEW_JOB[connection.dialect.name], row)).rowcount:
            await self._refuse_asked(connection, job)
            await self._refuse_used(connection, job)  # somebody else was faster by less than a transaction

    @asynccontextmanager
    async def _answering(self, question: str | None) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that uses up the note of a question, which has one answer, whoever presses meanwhile."""
        try:
            async with self._database.transaction(is_urgent=True) as connection:
                if question is not None and not await self._notes.use_up(connection, question):
                    raise AnsweredError
                yield connection
        finally:
            if question is not None:
                self._notes.forget(question)

    async def _refuse_asked(self, connection: AsyncConnection, job: Job) -> None:
        if job.asked is None:
            return
        same = jobs.c.asked_by == job.asked.by, jobs.c.asked_no == job.asked.number
        if (asked := await read_job(connection, select(jobs).where(*same))) is not None:
            raise AskedError(asked)

    async def _refuse_used(self, connection: AsyncConnection, job: Job) -> None:
        if job.once_key is not None and (used := await read_job(connection, _used(job))) is not None:
            raise AskedError(used) if used.asked and used.asked == job.asked else UsedError(used)

    async def _refuse_replaced(self, connection: AsyncConnection, job_id: str) -> None:
        """One end is tried again once at a time, and not at all once it is none any more."""
        # Held until this is over: who sends the same again at the same time waits here, and finds this one.
        query = select(jobs).where(jobs.c.id == job_id).with_for_update(key_share=True)
        first = await read_job(connection, query)
        if first is not None and first.status not in REPLACEABLE:  # it was found meanwhile
            raise UsedError(first)
        others = select(jobs).where(jobs.c.replaces == job_id, jobs.c.status.not_in(NOT_PAID)).limit(1)
        if (other := await read_job(connection, others)) is not None:
            raise UsedError(other)


async def _check_cooldown(connection: AsyncConnection, job: Job, cooldown_s: int) -> None:
    """Refuse who has asked for something in this server too short a time ago; what was not paid for does not count.

    Their units are booked before: who does the same at the same time waits there, and is counted.
    """
    until = await _read_cooldown(connection, job.actor, job.place, job.created_at, cooldown_s)
    if until is not None:
        raise LimitReachedError("cooldown", until=until)


async def _read_cooldown(
    connection: AsyncConnection, actor: Actor, place: Place, at: datetime, cooldown_s: int
) -> datetime | None:
    """When somebody may ask for something in this server again, if not at a moment already."""
    if not cooldown_s:
        return None
    cooldown = timedelta(seconds=cooldown_s)
    theirs = jobs.c.author_id == actor.id, jobs.c.guild_id == place.guild_id
    young = jobs.c.created_at > at - cooldown, jobs.c.status.not_in(NOT_PAID)
    last = (await connection.execute(select(func.max(jobs.c.created_at)).where(*theirs, *young))).scalar_one()
    return None if last is None else last + cooldown


def _refuse_together(late: Sequence[_Admission]) -> None:
    """Take nobody in together with those who have to be looked at by themselves, if there are any."""
    if late:
        raise _NotTogetherError(late)


def _too_many_units(
    admissions: Sequence[_Admission], accounts: Sequence[Mapping[Account, Budget]], used: Mapping[Account, int]
) -> list[_Admission]:
    """Return whose units do not fit any more, each after those who come before it and do."""
    now, late = Counter(used), []
    for one, own in zip(admissions, accounts, strict=True):
        if all(now[account] + one.job.units <= budget.most for account, budget in own.items()):
            now.update(dict.fromkeys(own, one.job.units))
        else:
            late.append(one)
    return late


async def _too_many_waiting(connection: AsyncConnection, admissions: Sequence[_Admission]) -> list[_Admission]:
    """Return for whom too much waits, each after those who come before it."""
    waiting, late = await _read_waiting(connection, {one.job.actor.id for one in admissions}), []
    for one in admissions:
        if waiting[one.job.actor.id] < one.limits.waiting_per_member:
            waiting[one.job.actor.id] += 1
        else:
            late.append(one)
    return late


async def _too_soon(connection: AsyncConnection, admissions: Sequence[_Admission]) -> list[_Admission]:
    """Return who has a cooldown and asked for something too short a time ago, or asks twice at once."""
    asked, late = set[tuple[int, int | None]](), []
    for one in admissions:
        job, cooldown_s = one.job, one.limits.cooldown_s
        by = job.actor.id, job.place.guild_id
        if cooldown_s and (
            by in asked or await _read_cooldown(connection, job.actor, job.place, job.created_at, cooldown_s)
        ):
            late.append(one)
        asked.add(by)
    return late


async def _check_waiting(connection: AsyncConnection, author_id: int, limits: Limits) -> None:
    if (await _read_waiting(connection, [author_id]))[author_id] >= limits.waiting_per_member:
        raise LimitReachedError("waiting_per_member")


async def _read_waiting(connection: AsyncConnection, author_ids: Collection[int]) -> Counter[int]:
    """Count what waits by author; a group counts once, however many of its jobs still wait.

    Their units are booked before: who does the same at the same time waits there, and is counted.
    """
    waiting = await connection.execute(_WAITING, {"author_ids": list(author_ids)})
    return Counter({row.author_id: row.orders for row in waiting})


async def _reserve(connection: AsyncConnection, booked: Sequence[tuple[Job, Sequence[Account]]], day: str) -> None:
    """Keep what is set aside for new jobs, and on which accounts."""
    await connection.execute(NEW_RESERVATION, [reservation_of(job, day, accounts) for job, accounts in booked])
    lines = [line_of(job, Entry.RESERVE, job.units, day, accounts) | {"at": job.created_at} for job, accounts in booked]
    await connection.execute(NEW_LINE, lines)


def _used(job: Job) -> Select[Any]:
    """The job that already has a once-only button."""
    return select(jobs).where(jobs.c.parent_id == job.parent_id, jobs.c.once_key == job.once_key)
