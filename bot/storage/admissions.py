"""How jobs get in: together with their units, within all limits, and at most one for a once-only button."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Account, Budget, Entry
from bot.domain.job import Actor, Group, Job, JobStatus, Place
from bot.storage.admission_batcher import AdmissionBatcher, Booked, WaitingAdmission
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import by_dialect
from bot.storage.key_values import KeyValues
from bot.storage.ledger import NEW_LINE, line_of
from bot.storage.moves import NOT_PAID, REPLACEABLE
from bot.storage.rows import read_job, row_of_group, row_of_job
from bot.storage.schema import groups, jobs
from bot.storage.units import (
    NEW_RESERVATION,
    LimitReachedError,
    Limits,
    add_up,
    limit_reached,
    reservation_of,
    spend,
    take_off,
)

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


class Admissions:
    """Takes in new jobs and groups of them, all or nothing."""

    def __init__(self, database: Database, notes: KeyValues) -> None:
        self._database = database
        self._notes = notes
        self._batcher = AdmissionBatcher(
            self._admit_together, lambda one: self._admit_singly(one.job, one.limits, one.day)
        )

    async def admit(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> Booked:
        """Insert a job together with its reservation of units, all or nothing.

        A job that it replaces stays as it is until `card_shown`. The note of the question that it `answers` goes.

        Returns:
            What is then used of each account that it is booked on.

        Raises:
            LimitReachedError: it would exceed a limit.
            UsedError: its once-only button already has a job; the job that it replaces was found, or has another
                in its stead.
            AnsweredError: the question is not open any more.
            AskedError: what asks for it has its job already.
        """
        if job.replaces is None and answers is None and job.once_key is None:
            return await self._batcher.enter(WaitingAdmission(job, limits, day))
        return await self._admit_singly(job, limits, day, answers=answers)

    async def _admit_together(self, admissions: Sequence[WaitingAdmission]) -> Mapping[str, Booked | Exception]:
        """Admit several in one transaction: a statement costs more than what it does, and persons wait.

        Returns:
            By job, what is used of its accounts, or why it is not admitted; what is left out has to be tried by itself.
        """
        day = admissions[0].day
        coming = {one.job.id: one for one in admissions if one.day == day}
        accounts = {job_id: one.limits.of_accounts(one.job.actor.id) for job_id, one in coming.items()}
        async with self._database.transaction(is_urgent=True) as connection:
            over, used = await _book_together(connection, list(coming.values()), accounts, day)
            fitting = [one for job_id, one in coming.items() if job_id not in over]
            held_up = await _too_many_waiting(connection, fitting) | await _too_soon(connection, fitting)
            if late := [coming[job_id] for job_id in (*over, *held_up)]:
                units = _added_up(late, accounts)
                await take_off(connection, units, day)
                used.subtract(units)
            let_in = [one.job for one in fitting if one.job.id not in held_up]
            if let_in:
                await connection.execute(insert(jobs), [row_of_job(job, self._database.process) for job in let_in])
                await _reserve(connection, [(job, list(accounts[job.id])) for job in let_in], day)
            refused = {
                job_id: await self._asked(connection, coming[job_id].job) or error
                for job_id, error in over.items()
                if not any(budget.grants for budget in accounts[job_id].values())  # which may pay for it
            }
            booked = {job.id: {account: used[account] for account in accounts[job.id]} for job in let_in}
            return booked | refused

    @retried
    async def _admit_singly(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> Booked:
        async with self._answering(answers) as connection:
            if job.replaces is not None:
                await self._refuse_replaced(connection, job.replaces)
            # First: who presses a used button is led to its job, whatever they may still spend.
            await self._refuse_used(connection, job)
            booked = await self._hold_limits(connection, [job], day, limits)
            await self._insert(connection, job)
            await _reserve(connection, [(job, list(booked))], day)
            return booked

    @retried
    async def admit_group(
        self, group: Group, members: Sequence[Job], limits: Limits, day: str, *, answers: str | None = None
    ) -> None:
        """Insert a group with all its jobs and their reservations, all or nothing; raises as `admit` does."""
        async with self._answering(answers) as connection:
            for job in members:
                await self._refuse_used(connection, job)
            accounts = list(await self._hold_limits(connection, members, day, limits))
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
    ) -> Booked:
        """Book the units of jobs that one member asks for at once, and count them as one that waits."""
        author_id = members[0].actor.id
        try:
            booked = await spend(connection, author_id, sum(job.units for job in members), day, limits)
            await _check_waiting(connection, author_id, limits)
            await _check_cooldown(connection, members[0], limits.cooldown_s)
        except LimitReachedError:
            await self._refuse_asked(connection, members[0])  # then it is within the limits already
            raise
        return booked

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
        if (error := await self._asked(connection, job)) is not None:
            raise error

    async def _asked(self, connection: AsyncConnection, job: Job) -> AskedError | None:
        """What a job is refused with that was asked for before; None for others."""
        if job.asked is None:
            return None
        same = jobs.c.asked_by == job.asked.by, jobs.c.asked_no == job.asked.number
        asked = await read_job(connection, select(jobs).where(*same))
        return None if asked is None else AskedError(asked)

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


async def _book_together(
    connection: AsyncConnection,
    admissions: Sequence[WaitingAdmission],
    accounts: Mapping[str, Mapping[Account, Budget]],
    day: str,
) -> tuple[dict[str, LimitReachedError], Counter[Account]]:
    """Book the units of all.

    Returns:
        Whose do not fit and have to be taken off again, with the reason, by job; and what is used with all of them.
    """
    units = _added_up(admissions, accounts)
    used = Counter(await add_up(connection, units, day))
    before = used.copy()
    before.subtract(units)
    return _over_budget(admissions, accounts, before), used


def _over_budget(
    admissions: Sequence[WaitingAdmission],
    accounts: Mapping[str, Mapping[Account, Budget]],
    before: Counter[Account],
) -> dict[str, LimitReachedError]:
    """Return whose units do not fit after those before them that do, and why, by job."""
    now, over = before, {}
    for one in admissions:
        own, units = accounts[one.job.id], one.job.units
        full = next((account for account, budget in own.items() if now[account] + units > budget.most), None)
        if full is None:
            now.update(dict.fromkeys(own, units))
        else:
            over[one.job.id] = limit_reached(full, own[full])
    return over


def _added_up(
    admissions: Sequence[WaitingAdmission], accounts: Mapping[str, Mapping[Account, Budget]]
) -> Counter[Account]:
    units: Counter[Account] = Counter()
    for one in admissions:
        units.update(dict.fromkeys(accounts[one.job.id], one.job.units))
    return units


async def _too_many_waiting(connection: AsyncConnection, admissions: Sequence[WaitingAdmission]) -> set[str]:
    """Return for which jobs too much waits, each after those that come before it."""
    waiting, late = await _read_waiting(connection, {one.job.actor.id for one in admissions}), set[str]()
    for one in admissions:
        if waiting[one.job.actor.id] < one.limits.waiting_per_member:
            waiting[one.job.actor.id] += 1
        else:
            late.add(one.job.id)
    return late


async def _too_soon(connection: AsyncConnection, admissions: Sequence[WaitingAdmission]) -> set[str]:
    """Return which jobs come within the cooldown of their authors, or at the same time as another of theirs."""
    asked, late = set[tuple[int, int | None]](), set[str]()
    for one in admissions:
        job, cooldown_s = one.job, one.limits.cooldown_s
        by = job.actor.id, job.place.guild_id
        if cooldown_s and (
            by in asked or await _read_cooldown(connection, job.actor, job.place, job.created_at, cooldown_s)
        ):
            late.add(job.id)
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
