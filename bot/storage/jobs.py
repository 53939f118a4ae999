"""The only place with SQL but for the modules beside it. It keeps jobs; what should happen to them is said above."""

import asyncio
import contextlib
import fcntl
import logging
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from alembic import command
from alembic.config import Config
from pydantic import BaseModel
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    case,
    event,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.job import (
    ENDED,
    Actor,
    Failure,
    FailureKind,
    Group,
    GroupKind,
    GroupState,
    Job,
    JobStatus,
    MessageLocation,
    Place,
    Reach,
    Result,
    Token,
)
from bot.domain.requests import STORED_REQUEST, Mode, Outgoing
from bot.domain.rules import kept_pictures
from bot.errors import DatabaseBusyError
from bot.prompts import MAX_PROMPT
from bot.storage.erasure import Erasure
from bot.storage.key_values import KeyValues
from bot.storage.picture_needs import PictureNeeds
from bot.storage.schema import budgets, groups, jobs, notes, reservations

logger = logging.getLogger(__name__)

NO_LIMIT = 2**62
# What every admission does, built once: building a statement takes longer than running it.
_NEW_JOB = upsert(jobs).on_conflict_do_nothing(
    index_elements=["parent_id", "once_key"], index_where=jobs.c.once_key.is_not(None)
)
_FIRST_UNITS = upsert(budgets)
_SPENT = budgets.c.used + _FIRST_UNITS.excluded.used
_SPEND = _FIRST_UNITS.on_conflict_do_update(
    index_elements=["scope", "day"], set_={"used": _SPENT}, where=bindparam("most") >= _SPENT
)
# A request's prompt alone, read inside of the database; what is longer than any prompt may be is not even taken apart.
_REQUEST_LIMIT = 8 * MAX_PROMPT  # characters: a prompt written as JSON, with everything beside it
_PROMPT = case((func.length(jobs.c.request) <= _REQUEST_LIMIT, func.json_extract(jobs.c.request, "$.prompt"))).label(
    "prompt"
)
BUSY_TIMEOUT_MS = 10_000
ROWS_AT_ONCE = 100
TOGETHER = 25  # admissions in one transaction; more would hold up the event loop
# From these a paid call may still leave; a job that was stopped comes to none of them, but ends.
_BEFORE_PAID_CALLS = frozenset({JobStatus.RECEIVED, JobStatus.SUBMITTING, JobStatus.AWAITING_INPUT})
_STOPPED: dict[str, object] = {
    "status": JobStatus.CANCELLED,
    "failure": Failure(kind=FailureKind.STOPPED),
    "told": False,
    "once_key": None,
}
# What can be sent again, and ends of a job after which its second try may be sent all the same.
_REPLACEABLE = frozenset({JobStatus.UNCERTAIN, JobStatus.EXPIRED})
_NOT_PAID = frozenset({JobStatus.CANCELLED, JobStatus.REFUSED, JobStatus.FAILED})
CALM_S = 1.0  # how long what is not urgent lets others go first


@dataclass(frozen=True, slots=True)
class Limits:
    """What an admission may not exceed; None = no limit."""

    waiting_per_member: int
    units_per_member_day: int | None
    units_per_day: int | None

    def most(self, scope: str) -> int:
        """The units of a day for all, or for one member."""
        limit = self.units_per_day if scope == "all" else self.units_per_member_day
        return NO_LIMIT if limit is None else limit


class LimitReachedError(Exception):
    """An admission would exceed one of the `Limits`; `limit` is its name."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


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


class _Door:
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
        """Be admitted; raises as `JobStore.admit` does."""
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


class JobStore:
    """Jobs in one database. Every change of status is one guarded statement that says who won."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reader = engine.execution_options(only_reads=True)
        self._hasty = engine.execution_options(synchronous="NORMAL")
        self.notes = KeyValues(self._reader.connect, self._transaction)
        self.forgetting = Erasure(self._reader.connect, self._transaction)
        self.needs = PictureNeeds(self._reader.connect)
        self._door = _Door(self._admit_together, lambda one: self._admit_singly(one.job, one.limits, one.day))
        self._urgent = 0
        self._is_calm = asyncio.Event()
        self._is_calm.set()
        self._patience = asyncio.Lock()  # what is not urgent queues here, and only its first for the connection

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str) -> AsyncIterator[Self]:
        """The store over a database brought up to date, closed at the end.

        Raises:
            DatabaseBusyError: another process works on the same SQLite file.
        """
        with _only_process(url):
            engine = _engine(url)
            try:
                async with engine.connect() as connection:
                    await connection.run_sync(_migrate)
                yield cls(engine)
            finally:
                await engine.dispose()

    @asynccontextmanager
    async def _transaction(self, *, is_urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        """A transaction; with `is_urgent` ahead of all others, because a person waits for an answer.

        An urgent one pays for nothing, so it does not wait for the disk: it survives the process, and a power cut
        once the next transaction has ended.
        """
        if not is_urgent:
            await self._calm()
            async with self._patience, self._engine.begin() as connection:
                yield connection
            return
        self._urgent += 1
        self._is_calm.clear()
        try:
            async with self._hasty.begin() as connection:
                yield connection
        finally:
            self._urgent -= 1
            if not self._urgent:
                self._is_calm.set()

    async def _calm(self) -> None:
        """Let the urgent ones go first, for a while: what follows them would take the processor from their answers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CALM_S):
                await self._is_calm.wait()

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
            await self._door.enter(_Admission(job, limits, day))
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
        async with self._transaction(is_urgent=True) as connection:
            coming = Counter(job.actor.id for job in members)
            waiting = await connection.execute(_waiting().where(jobs.c.author_id.in_(coming)))
            for row in waiting:
                coming[row.author_id] += row.orders
            units: Counter[str] = Counter()
            for job in members:
                units[_scope(job)] += job.units
                units["all"] += job.units
            most = {scope: limits.most(scope) for scope in units}
            budgeted = [
                {"scope": scope, "day": day, "used": used, "most": most[scope]} for scope, used in units.items()
            ]
            is_too_much = max(coming.values()) > limits.waiting_per_member or any(
                used > most[scope] for scope, used in units.items()
            )
            if is_too_much or (await connection.execute(_SPEND, budgeted)).rowcount != len(budgeted):
                raise _NotTogetherError
            await connection.execute(insert(jobs), [_row(job) for job in members])
            await connection.execute(insert(reservations), [_reservation(job, day) for job in members])

    async def _admit_singly(self, job: Job, limits: Limits, day: str, *, answers: str | None = None) -> None:
        async with self._transaction(is_urgent=True) as connection:
            await self._close_question(connection, answers)
            if job.replaces is not None:
                await self._refuse_replaced(connection, job.replaces)
            # First: who presses a used button is led to its job, whatever they may still spend.
            await self._refuse_used(connection, job)
            await self._check_waiting(connection, job.actor.id, limits)
            await self._spend(connection, _scope(job), day, job.units, limits)
            if not (await connection.execute(_NEW_JOB, _row(job))).rowcount:
                await self._refuse_used(connection, job)
            await connection.execute(insert(reservations), _reservation(job, day))

    async def admit_group(
        self, group: Group, members: Sequence[Job], limits: Limits, day: str, *, answers: str | None = None
    ) -> None:
        """Insert a group with all its jobs and their reservations, all or nothing; raises as `admit` does."""
        async with self._transaction(is_urgent=True) as connection:
            await self._close_question(connection, answers)
            for job in members:
                await self._refuse_used(connection, job)
            await self._check_waiting(connection, group.actor.id, limits)
            await connection.execute(insert(groups), _group_row(group))
            for job in members:
                await self._spend(connection, _scope(job), day, job.units, limits)
                await connection.execute(insert(jobs), _row(job))
                await connection.execute(insert(reservations), _reservation(job, day))

    async def _check_waiting(self, connection: AsyncConnection, author_id: int, limits: Limits) -> None:
        """A group counts once, however many of its jobs still wait."""
        waiting = (await connection.execute(_waiting().where(jobs.c.author_id == author_id))).one_or_none()
        if waiting is not None and waiting.orders >= limits.waiting_per_member:
            raise LimitReachedError("waiting_per_member")

    async def _close_question(self, connection: AsyncConnection, name: str | None) -> None:
        """Use up the note of a question, which has one answer, whoever presses at the same instant."""
        if name is not None and not await self.notes.use_up(connection, name):
            raise AnsweredError

    async def _refuse_used(self, connection: AsyncConnection, job: Job) -> None:
        if job.once_key is not None and (used := await self._one(connection, _used(job))) is not None:
            raise UsedError(used)

    async def _refuse_replaced(self, connection: AsyncConnection, job_id: str) -> None:
        """One end is tried again once at a time, and not at all once it is none any more."""
        first = await self._one(connection, select(jobs).where(jobs.c.id == job_id))
        if first is not None and first.status not in _REPLACEABLE:  # it was found meanwhile
            raise UsedError(first)
        others = select(jobs).where(jobs.c.replaces == job_id, jobs.c.status.not_in(_NOT_PAID)).limit(1)
        if (other := await self._one(connection, others)) is not None:
            raise UsedError(other)

    async def _spend(self, connection: AsyncConnection, member: str, day: str, units: int, limits: Limits) -> None:
        for scope, name in ((member, "units_per_member_day"), ("all", "units_per_day")):
            most = limits.most(scope)
            budget = {"scope": scope, "day": day, "used": units, "most": most}
            if units > most or not (await connection.execute(_SPEND, budget)).rowcount:
                raise LimitReachedError(name)

    async def _give_back(self, connection: AsyncConnection, member: str, day: str, units: int) -> None:
        booked = update(budgets).where(budgets.c.scope.in_((member, "all")), budgets.c.day == day)
        await connection.execute(booked.values(used=budgets.c.used - units))

    async def get(self, job_id: str) -> Job | None:
        """One job."""
        async with self._reader.connect() as connection:
            return await self._one(connection, select(jobs).where(jobs.c.id == job_id))

    async def of_ids(self, job_ids: Collection[str]) -> list[Job]:
        """Those of these jobs that there are."""
        return await self._all(select(jobs).where(jobs.c.id.in_(job_ids)))

    async def move(self, job: Job, expected: Collection[JobStatus], status: JobStatus, **changes: object) -> Job | None:
        """Change a job's status and whatever goes with it, if it still stands where we think.

        A job that ends settles its units (it may have been paid for) or releases them, in the same transaction. One
        that was stopped goes no nearer to a paid call: it is cancelled instead, in the same statement.

        Returns:
            The job as it is now, or None when somebody else was faster.
        """
        values = _columns({"status": status} | changes)
        if status in _BEFORE_PAID_CALLS and "stopped" not in changes:
            values |= _cancelled_where_stopped(values)
        async with self._transaction() as connection:
            changed = await connection.execute(
                update(jobs).where(jobs.c.id == job.id, jobs.c.status.in_(expected)).values(values).returning(*jobs.c)
            )
            row = changed.one_or_none()
            if row is None:
                return None
            return await self._settled(connection, row)

    async def start_over(self, job: Job, outgoing: Outgoing, units: int, limits: Limits) -> Job | None:
        """Send a job back that was clearly refused, to be sent as another request at that one's price.

        Returns:
            The job as it is now: waiting, or cancelled where it was stopped; None when it was no submit any more.

        Raises:
            LimitReachedError: the new price exceeds a limit; nothing was changed.
        """
        values = _columns(
            {
                "status": JobStatus.RECEIVED,
                "operation": outgoing.request.name,
                "request": outgoing.request,
                "mode": outgoing.mode,
                "units": units,
                "task_id": None,
                "submitted_at": None,
            }
        )
        async with self._transaction() as connection:
            changed = await connection.execute(
                update(jobs)
                .where(jobs.c.id == job.id, jobs.c.status == JobStatus.SUBMITTING)
                .values(values | _cancelled_where_stopped(values))
                .returning(*jobs.c)
            )
            row = changed.one_or_none()
            if row is None:
                return None
            if row.status == JobStatus.RECEIVED:
                await self._price_anew(connection, job.id, units, limits)
            return await self._settled(connection, row)

    async def card_shown(self, job_id: str, card_id: int, *, waiting_for: str = "") -> Job | None:
        """Keep a job's card; a job that it replaces is given up now, its once-only button passed on.

        Returns:
            The job as it is now: still waiting, or over, since it was stopped or what it replaces was found; None when
            nobody knows it.
        """
        async with self._transaction() as connection:
            job = await self._one(connection, select(jobs).where(jobs.c.id == job_id))
            if job is None:
                return None
            changes: dict[str, object] = {"card_id": card_id, "waiting_for": waiting_for}
            if job.status is not JobStatus.RECEIVED:
                changes = {"card_id": card_id, "told": False}  # the card must say so
            elif job.replaces is not None and job.card_id is None:
                changes |= await self._take_over(connection, job, card_id)
            changed = update(jobs).where(jobs.c.id == job_id).values(_columns(changes)).returning(*jobs.c)
            return await self._settled(connection, (await connection.execute(changed)).one())

    async def _take_over(self, connection: AsyncConnection, job: Job, card_id: int) -> dict[str, object]:
        """Give up the job that this one replaces; returns what changes for this one."""
        first = await self._one(connection, select(jobs).where(jobs.c.id == job.replaces))
        if first is None or first.status not in (*_REPLACEABLE, *_NOT_PAID):
            found = first and first.card_id and _spot(first.place, first.card_id)
            failure = Failure(kind=FailureKind.FOUND, instead=found or None)
            return {"status": JobStatus.CANCELLED, "failure": failure, "told": False}
        changes: dict[str, object] = {"once_key": None}
        if first.status in _REPLACEABLE or (first.failure and first.failure.kind is FailureKind.GIVEN_UP):
            is_over = first.status is JobStatus.EXPIRED
            failure = (is_over and first.failure) or Failure(kind=FailureKind.SENT_AGAIN)
            changes |= {
                "status": first.status if is_over else JobStatus.CANCELLED,
                "failure": failure.model_copy(update={"instead": _spot(job.place, card_id)}),
                "told": False,
                # Where the bot may not speak by itself, the press that sent it again reaches the first card, too.
                "token": None if job.place.may_post else job.token,
            }
        given_up = update(jobs).where(jobs.c.id == first.id).values(_columns(changes)).returning(*jobs.c)
        await self._settled(connection, (await connection.execute(given_up)).one())
        return {"once_key": first.once_key}

    async def _price_anew(self, connection: AsyncConnection, job_id: str, units: int, limits: Limits) -> None:
        held = (await connection.execute(select(reservations).where(reservations.c.job_id == job_id))).one()
        if units > held.units:
            await self._spend(connection, held.scope, held.day, units - held.units, limits)
        else:
            await self._give_back(connection, held.scope, held.day, held.units - units)
        await connection.execute(update(reservations).where(reservations.c.job_id == job_id).values(units=units))

    async def told(self, job: Job, card_id: int | None) -> Job | None:
        """Keep that somebody was told how this job stands, and on which card of its own.

        A press may have brought a younger token meanwhile, or the job may have moved on: then there is more to tell.

        Returns:
            The job as it is now; None when it had moved on.
        """
        changes: dict[str, object] = {"told": True} | ({"card_id": card_id} if card_id else {})
        values = _columns(changes)
        if job.status is not JobStatus.AWAITING_INPUT:  # there the token is needed until it is answered
            for name in ("token", "token_expires_at"):
                values[name] = case((_has_token_of(job), null()), else_=jobs.c[name])
        async with self._transaction() as connection:
            changed = await connection.execute(
                update(jobs).where(jobs.c.id == job.id, jobs.c.status == job.status).values(values).returning(*jobs.c)
            )
            row = changed.one_or_none()
            return None if row is None else _job(row)

    async def unposted(self, job: Job) -> Job | None:
        """Keep that a result has no place; None where a press brought a younger token meanwhile, which may have one."""
        values = _columns({"status": JobStatus.UNDELIVERABLE, "token": None})
        still = jobs.c.id == job.id, jobs.c.status == JobStatus.POSTING, _has_token_of(job)
        async with self._transaction() as connection:
            row = (await connection.execute(update(jobs).where(*still).values(values).returning(*jobs.c))).one_or_none()
            return None if row is None else _job(row)

    async def standing(self) -> dict[str, JobStatus]:
        """Every job that still needs something done, by how it stands."""
        async with self._reader.connect() as connection:
            found = await connection.execute(select(jobs.c.id, jobs.c.status).where(is_unfinished()))
            return {row.id: JobStatus(row.status) for row in found}

    async def update(self, job_id: str, **changes: object) -> None:
        """Change columns that do not depend on the status."""
        async with self._transaction() as connection:
            await connection.execute(update(jobs).where(jobs.c.id == job_id).values(_columns(changes)))

    async def _settled(self, connection: AsyncConnection, changed: Row[Any]) -> Job:
        """The job of a row that was just changed; if it has ended, its units are spent or given back."""
        job = _job(changed)
        state = _fate_of_units(job)
        if state is None:
            return job
        ended = await connection.execute(
            update(reservations)
            .where(reservations.c.job_id == job.id, reservations.c.state == "reserved")
            .values(state=state)
            .returning(reservations.c.scope, reservations.c.day, reservations.c.units)
        )
        row = ended.one_or_none()
        if row is not None and state == "released":
            await self._give_back(connection, row.scope, row.day, row.units)
        return job

    async def unfinished(self) -> list[Job]:
        """Every job that still needs something done, oldest first: not ended, or ended and not yet told."""
        query = select(jobs).where(is_unfinished()).order_by(jobs.c.created_at)
        # There may be thousands: a few rows at a time, as what they take together would never go back to the system.
        query = query.execution_options(yield_per=ROWS_AT_ONCE)
        async with self._reader.connect() as connection, connection.stream(query) as rows:
            return [_job(row) async for row in rows]

    async def needed_pictures(self) -> frozenset[str]:
        """The keys of the pictures that jobs which are not over send along or still have to deliver."""
        kept = await self._all(select(jobs).where(jobs.c.status.not_in(ENDED) | (jobs.c.told.is_(False))))
        return frozenset[str]().union(*(kept_pictures(job.request, job.result) for job in kept))

    async def of_author(self, author_id: int, limit: int) -> list[Job]:
        """A member's own jobs that are not over: unfinished, uncertain or undeliverable, newest first."""
        return await self._all(
            select(jobs)
            .where(
                jobs.c.author_id == author_id,
                jobs.c.status.not_in(ENDED),
            )
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
        )

    async def board(self, group_id: str) -> GroupState | None:
        """A group and its jobs."""
        async with self._reader.connect() as connection:
            row = (await connection.execute(select(groups).where(groups.c.id == group_id))).one_or_none()
        if row is None:
            return None
        members = await self._all(select(jobs).where(jobs.c.group_id == group_id).order_by(jobs.c.created_at))
        return GroupState(_group(row), tuple(members))

    async def open_groups(self) -> list[Group]:
        """The groups whose authors must still be told that all is over."""
        async with self._reader.connect() as connection:
            found = await connection.execute(select(groups).where(groups.c.told.is_(False)))
            return [_group(row) for row in found]

    async def group_shown(self, group_id: str, card_id: int, *, waiting_for: str = "") -> None:
        """Keep a group's card, and what its jobs wait for; their messages reply to it."""
        async with self._transaction() as connection:
            await connection.execute(update(groups).where(groups.c.id == group_id).values(card_id=card_id))
            await connection.execute(
                update(jobs).where(jobs.c.group_id == group_id).values(reply_to=card_id, waiting_for=waiting_for)
            )

    async def group_told(self, group_id: str) -> None:
        """Keep that nobody needs to be told of a group any more."""
        async with self._transaction() as connection:
            await connection.execute(update(groups).where(groups.c.id == group_id).values(told=True))

    async def refresh_token(self, job_id: str, token: Token) -> bool:
        """Keep a younger token of a job that is not over; False when it is, since its token stays wiped."""
        async with self._transaction() as connection:
            changed = await connection.execute(
                update(jobs)
                .where(jobs.c.id == job_id, jobs.c.status.not_in([*ENDED, JobStatus.UNDELIVERABLE]))
                .values(_columns({"token": token}))
            )
            return bool(changed.rowcount)

    async def used_keys(self, parent_id: str) -> frozenset[str]:
        """The once-only buttons of a job that already have their own job, by custom id."""
        query = select(jobs.c.once_key).where(jobs.c.parent_id == parent_id, jobs.c.once_key.is_not(None))
        async with self._reader.connect() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def of_guild(self, guild_id: int, limit: int) -> list[Job]:
        """A server's jobs that are not over, newest first."""
        return await self._all(
            select(jobs)
            .where(jobs.c.guild_id == guild_id, jobs.c.status.not_in(ENDED))
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
        )

    async def posted_of_author(self, author_id: int, limit: int, offset: int = 0) -> list[Job]:
        """A member's own posted jobs, newest first, without the first `offset` of them."""
        return await self._all(
            select(jobs)
            .where(jobs.c.author_id == author_id, jobs.c.status == JobStatus.DONE)
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
            .offset(offset)
        )

    async def prompts_of(self, author_id: int, limit: int, longest: int) -> list[str]:
        """The prompts of a member's last `limit` jobs, newest first: Midjourney's, of at most `longest` characters."""
        query = (
            select(_PROMPT)
            .where(jobs.c.author_id == author_id, jobs.c.operation == "imagine")
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
        ).subquery()
        short = select(query.c.prompt).where(func.length(query.c.prompt) <= longest)
        async with self._reader.connect() as connection:
            return list((await connection.execute(short)).scalars())

    async def spent(self, actor: Actor, day: str) -> tuple[int, int]:
        """Units that are spent or reserved on a day: by this member, and by all."""
        query = select(budgets.c.scope, budgets.c.used).where(budgets.c.day == day)
        member = f"member:{actor.id}"
        async with self._reader.connect() as connection:
            found = await connection.execute(query.where(budgets.c.scope.in_((member, "all"))))
            used: dict[str, int] = {row.scope: row.used for row in found}
        return used.get(member, 0), used.get("all", 0)

    async def check(self) -> None:
        """Read something; raises what the database has to complain of."""
        async with self._reader.connect() as connection:
            await connection.execute(select(notes.c.name).limit(1))

    async def _all(self, query: Select[Any]) -> list[Job]:
        async with self._reader.connect() as connection:
            return [_job(row) for row in await connection.execute(query)]

    @staticmethod
    async def _one(connection: AsyncConnection, query: Select[Any]) -> Job | None:
        row = (await connection.execute(query)).one_or_none()
        return None if row is None else _job(row)


def _engine(url: str) -> AsyncEngine:
    # One connection: SQLite has one writer anyway, and a queue in front of it beats "database is locked".
    engine = create_async_engine(url, pool_size=1, max_overflow=0, pool_timeout=60)

    @event.listens_for(engine.sync_engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        cursor = connection.cursor()
        # FULL: a committed mark in front of a paid call must survive a power cut as well.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get("only_reads"):  # a single statement sees one state by itself
            return
        synchronous = options.get("synchronous", "FULL")
        if connection.info.setdefault("synchronous", "FULL") != synchronous:
            connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
            connection.info["synchronous"] = synchronous
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def is_unfinished() -> ColumnElement[bool]:
    """Jobs that still need something done: not ended, or ended and not yet told."""
    return jobs.c.status.not_in([*ENDED, JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN]) | (jobs.c.told.is_(False))


def alembic_config() -> Config:
    """Where the migrations are."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def lock_path(database: Path) -> Path:
    """The file whose lock tells that a process works on the SQLite database."""
    return database.with_name(f"{database.name}.lock")


def _migrate(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    connection.commit()


@contextmanager
def _only_process(url: str) -> Iterator[None]:
    """Hold a lock file beside the SQLite file for as long as it is in use."""
    path = make_url(url).database
    if not path or path == ":memory:":
        yield
        return
    with lock_path(Path(path)).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            raise DatabaseBusyError(f"Another Easel already works on {path}; stop it first.") from exc
        yield


def _used(job: Job) -> Select[Any]:
    """The job that already has a once-only button."""
    return select(jobs).where(jobs.c.parent_id == job.parent_id, jobs.c.once_key == job.once_key)


def _scope(job: Job) -> str:
    return f"member:{job.actor.id}"


def _row(job: Job) -> dict[str, Any]:
    return _columns(
        {
            "id": job.id,
            "parent_id": job.parent_id,
            "group_id": job.group_id,
            "engine": job.engine,
            "operation": job.operation,
            "status": job.status,
            "author_id": job.actor.id,
            "author_locale": job.actor.locale,
            "guild_id": job.place.guild_id,
            "channel_id": job.place.channel_id,
            "reach": job.place.reach,
            "may_post": job.place.may_post,
            "upload_limit": job.place.upload_limit,
            "mode": job.mode,
            "units": job.units,
            "task_id": job.task_id,
            "reply_to": job.reply_to,
            "replaces": job.replaces,
            "once_key": job.once_key,
            "card_id": job.card_id,
            "created_at": job.created_at,
            "request": job.request,
            "token": job.token,
            "stopped": job.stopped,
            "told": job.told,
            "waiting_for": job.waiting_for,
        }
    )


def _reservation(job: Job, day: str) -> dict[str, Any]:
    return {"job_id": job.id, "scope": _scope(job), "day": day, "units": job.units, "state": "reserved"}


def _group_row(group: Group) -> dict[str, Any]:
    return {
        "id": group.id,
        "kind": group.kind,
        "author_id": group.actor.id,
        "author_locale": group.actor.locale,
        "guild_id": group.place.guild_id,
        "channel_id": group.place.channel_id,
        "reach": group.place.reach,
        "may_post": group.place.may_post,
        "upload_limit": group.place.upload_limit,
        "title": group.title,
        "card_id": group.card_id,
        "told": group.told,
        "created_at": group.created_at,
    }


def _group(row: Row[Any]) -> Group:
    return Group(
        id=row.id,
        kind=GroupKind(row.kind),
        actor=Actor(row.author_id, row.author_locale),
        place=Place(row.channel_id, row.guild_id, Reach(row.reach), row.may_post, row.upload_limit),
        title=row.title,
        created_at=row.created_at,
        card_id=row.card_id,
        told=row.told,
    )


def _has_token_of(job: Job) -> ColumnElement[bool]:
    """Whether a row still has the token that we know of a job."""
    return jobs.c.token.is_not_distinct_from(job.token.sealed if job.token else None)


def _spot(place: Place, message_id: int) -> MessageLocation:
    return MessageLocation(guild_id=place.guild_id, channel_id=place.channel_id, message_id=message_id)


def _fate_of_units(job: Job) -> str | None:
    """What becomes of the units that were set aside for a job; None while that is open."""
    kind = job.failure.kind if job.failure else None
    match job.status:
        case JobStatus.EXPIRED if kind is FailureKind.UNANSWERED:
            return "released"  # a modal that nobody answered was not charged
        case JobStatus.CANCELLED if kind in (FailureKind.GIVEN_UP, FailureKind.SENT_AGAIN):
            return "settled"  # it may have been charged
        case JobStatus.POSTING | JobStatus.EXPIRED:
            return "settled"
        case JobStatus.REFUSED | JobStatus.FAILED | JobStatus.CANCELLED:
            return "released"
    return None


def _cancelled_where_stopped(values: dict[str, Any]) -> dict[str, Any]:
    """The same columns for a row that may have been stopped: then it ends as one that nothing was paid for."""
    stopped = _columns(_STOPPED)
    return {
        name: case((jobs.c.stopped, literal(ended, jobs.c[name].type)), else_=_bound(values, name))
        for name, ended in stopped.items()
    }


def _bound(values: dict[str, Any], name: str) -> ColumnElement[Any]:
    return literal(values[name], jobs.c[name].type) if name in values else jobs.c[name]


def _columns(changes: dict[str, object]) -> dict[str, Any]:
    """Field values as columns: models as JSON, the token as two columns."""
    columns: dict[str, Any] = {}
    for name, value in changes.items():
        if name == "token":
            columns["token"] = value.sealed if isinstance(value, Token) else None
            columns["token_expires_at"] = value.expires_at if isinstance(value, Token) else None
        elif isinstance(value, BaseModel):
            columns[name] = value.model_dump_json()
        else:
            columns[name] = value
    return columns


def _job(row: Row[Any]) -> Job:
    return Job(
        id=row.id,
        status=JobStatus(row.status),
        engine=sys.intern(row.engine),  # one of each for thousands of jobs
        actor=Actor(row.author_id, sys.intern(row.author_locale)),
        place=Place(row.channel_id, row.guild_id, Reach(row.reach), row.may_post, row.upload_limit),
        request=STORED_REQUEST.validate_json(row.request),
        mode=Mode(row.mode) if row.mode else None,
        units=row.units,
        created_at=row.created_at,
        parent_id=row.parent_id,
        group_id=row.group_id,
        reply_to=row.reply_to,
        replaces=row.replaces,
        once_key=row.once_key,
        token=Token(row.token, row.token_expires_at) if row.token else None,
        card_id=row.card_id,
        task_id=row.task_id,
        submitted_at=row.submitted_at,
        deadline_at=row.deadline_at,
        result=Result.model_validate_json(row.result) if row.result else None,
        result_message_id=row.result_message_id,
        failure=Failure.model_validate_json(row.failure) if row.failure else None,
        stopped=row.stopped,
        told=row.told,
        waiting_for=row.waiting_for,
    )
