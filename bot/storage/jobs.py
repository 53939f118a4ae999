"""Keeps jobs, in one place for all that is stored; what should happen to them is said above."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import Select, case, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.budgets import Budget
from bot.domain.job import ENDED, Actor, Failure, FailureKind, Job, JobStatus, MessageLocation, Place, Token
from bot.domain.requests import Mode, Outgoing, Request
from bot.domain.rules import kept_pictures, task_relay
from bot.settings.storage import LEASE_S
from bot.storage import books
from bot.storage.admissions import Admissions
from bot.storage.audit import Act, audit_line
from bot.storage.bans import BanStore
from bot.storage.collections import Collections
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.emptying import Emptying
from bot.storage.erasure import Erasure
from bot.storage.erasures import Erasures
from bot.storage.groups import GroupStore
from bot.storage.guild_jobs import GuildJobs
from bot.storage.kept_pictures import KeptPictures
from bot.storage.key_values import KeyValues
from bot.storage.library import Library
from bot.storage.moves import (
    BEFORE_PAID_CALLS,
    NOT_PAID,
    REPLACEABLE,
    RESTING,
    cancelled_where_stopped,
    changed,
    has_token_of,
    is_held,
    settled,
)
from bot.storage.ownership import Ownership
from bot.storage.picture_needs import PictureNeeds
from bot.storage.policies import PolicyStore
from bot.storage.recent_prompts import recent_prompts
from bot.storage.relay_units import book_at_relay, leave_relay
from bot.storage.removals import Removals
from bot.storage.reviews import ReviewStore
from bot.storage.rows import columns_of, job_of, read_job, read_jobs
from bot.storage.schema import jobs, notes
from bot.storage.shared_limits import Caps, SharedLimits, check_room
from bot.storage.units import OF_ALL, Limits, day_of_member, price_anew, reserve_again
from bot.storage.used_units import UsedUnits
from bot.storage.walls import WallStore

ROWS_AT_ONCE = 100


class JobStore:
    """Jobs in one database. Every change of status is one guarded statement that says who won."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.notes = KeyValues(database.reading, database.transaction, database.notifications)
        self.admissions = Admissions(database, self.notes)
        self._used_units = UsedUnits(database.reading)
        self.groups = GroupStore(database)
        self.ownership = Ownership(database)
        self.shared_limits = SharedLimits(database)
        self.policies = PolicyStore(database)
        self.removals = Removals()
        self.erasure = Erasure(database.reading, database.transaction, self.removals)
        self.erasures = Erasures(database.reading, database.transaction)
        self.guild_jobs = GuildJobs(database.reading)
        self.emptying = Emptying(database.transaction, self.removals)
        self.picture_needs = PictureNeeds(database.reading)
        self.kept_pictures = KeptPictures(database)
        self.library = Library(database)
        self.collections = Collections(database)
        self.walls = WallStore(database)
        self.bans = BanStore(database)
        self.reviews = ReviewStore(database, self.ownership)

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, lease_s: float = LEASE_S) -> AsyncIterator[Self]:
        """Open the store over a database brought up to date; it is closed at the end.

        A server's database may be shared: this process owns its jobs for `lease_s` after each word from it.

        Raises:
            DatabaseBusyError: another process works on it.
            SettingsError: a server cannot be reached or used.
        """
        async with Database.opened(url, lease_s) as database:
            await books.take_in(database)
            yield cls(database)

    async def get(self, job_id: str) -> Job | None:
        """Return one job."""
        async with self.database.reading() as connection:
            return await read_job(connection, select(jobs).where(jobs.c.id == job_id))

    async def of_ids(self, job_ids: Collection[str]) -> list[Job]:
        """Return those of these jobs that there are."""
        return await self._all(select(jobs).where(jobs.c.id.in_(job_ids)))

    @retried
    async def move(
        self, job: Job, expected: Collection[JobStatus], status: JobStatus, act: Act | None = None, /, **changes: object
    ) -> Job | None:
        """Change a job's status and whatever goes with it, if it still stands where we think.

        A job that ends settles its units (it may have been paid for) or releases them, in the same transaction. One
        that was stopped goes no nearer to a paid call: it is cancelled instead, in the same statement. None is marked
        as submitted unless the lease of this process holds for long enough. Whoever moves a job on that was at rest
        owns it from then on, unless another process has its group's card; the owner of any other hears of what was
        changed for it. An act that it is part of is written down with it.

        Returns:
            The job as it is now, or None when somebody else was faster, or the lease does not hold.
        """
        async with self.database.transaction() as connection:
            moved = await self._moved(connection, job, expected, status, changes)
            if moved is not None and act is not None:
                await connection.execute(audit_line(act))
        if moved is not None and status is JobStatus.REMOVED:
            self.removals.tell()
        return moved

    @retried
    async def mark(self, job: Job, caps: Caps, most_of_relay: int | None = None, **changes: object) -> Job | None:
        """Mark a waiting job as submitted, as `move` does, within what all processes may have at the relay.

        Where there is a most that its relay may take in a day, its units are booked there too.

        Raises:
            NoRoomError: there is no room for it now; nothing was changed.
            LimitReachedError: its relay may not take as much today; nothing was changed.
        """
        async with self.database.transaction() as connection:
            if not self.database.processes.is_alone:
                peers = await self.database.processes.peers(connection)
                await check_room(connection, self.database.process, job, caps, peers)
            marked = await self._moved(connection, job, [job.status], JobStatus.SUBMITTING, changes)
            if marked is not None and marked.relay and marked.status is JobStatus.SUBMITTING:
                if job.status is JobStatus.SUBMITTING:  # a mark stands that the database called failed
                    await leave_relay(connection, marked)
                if most_of_relay is not None:
                    await book_at_relay(connection, marked, most_of_relay)
            return marked

    async def _moved(
        self,
        connection: AsyncConnection,
        job: Job,
        expected: Collection[JobStatus],
        status: JobStatus,
        changes: Mapping[str, object],
    ) -> Job | None:
        values = columns_of({"status": status} | dict(changes)) | self.ownership.touching
        if status in BEFORE_PAID_CALLS and "stopped" not in changes:
            values |= cancelled_where_stopped(values)
        if RESTING.issuperset(expected):  # nobody works on it, or what they do is over with this
            values |= self.ownership.handed_on()
        still = [is_held(job), jobs.c.status.in_(expected)]
        if status is JobStatus.SUBMITTING:
            still.append(self.database.processes.holds_safely())
        row = await changed(connection, values, *still)
        if row is None:
            return None
        moved = await settled(connection, row)
        if job.status is JobStatus.EXPIRED and status is JobStatus.RUNNING:
            await reserve_again(connection, moved)
        if job.relay and status is JobStatus.RECEIVED:
            await leave_relay(connection, moved)
        await self.ownership.announce(connection, moved)
        return moved

    @retried
    async def start_over(self, job: Job, outgoing: Outgoing, units: int, limits: Limits) -> Job | None:
        """Send a job back that was clearly refused, to be sent as another request at that one's price.

        Returns:
            The job as it is now: waiting, or cancelled where it was stopped; None when it was no submit any more.

        Raises:
            LimitReachedError: the new price exceeds a limit; nothing was changed.
        """
        values = columns_of(
            {
                "status": JobStatus.RECEIVED,
                "operation": outgoing.request.name,
                "request": outgoing.request,
                "mode": outgoing.mode,
                "units": units,
                "task_id": None,
                "relay": task_relay(outgoing.request) or "",
                "submitted_at": None,
            }
        )
        async with self.database.transaction() as connection:
            still = is_held(job), jobs.c.status == JobStatus.SUBMITTING
            row = await changed(connection, values | cancelled_where_stopped(values), *still)
            if row is None:
                return None
            if row.status == JobStatus.RECEIVED:
                if job.relay:
                    await leave_relay(connection, job)
                await price_anew(connection, job_of(row), units, limits)
            return await settled(connection, row)

    @retried
    async def card_shown(self, ours: Job, card_id: int, *, waiting_for: str = "") -> Job | None:
        """Keep a job's card; a job that it replaces is given up now, its once-only button passed on.

        Returns:
            The job as it is now: still waiting, or over, since it was stopped or what it replaces was found; None when
            nobody knows it, or it is another's by now.
        """
        async with self.database.transaction() as connection:
            job = await read_job(connection, _locked(ours.id))
            if job is None or job.epoch != ours.epoch:
                return None
            changes: dict[str, object] = {"card_id": card_id, "waiting_for": waiting_for}
            if job.status is not JobStatus.RECEIVED:
                changes = {"card_id": card_id, "told": False}  # the card must say so
            elif job.replaces is not None and job.card_id is None:
                changes |= await self._take_over(connection, job, card_id)
            shown = update(jobs).where(jobs.c.id == job.id).values(columns_of(changes)).returning(*jobs.c)
            return await settled(connection, (await connection.execute(shown)).one())

    async def _take_over(self, connection: AsyncConnection, job: Job, card_id: int) -> dict[str, object]:
        """Give up the job that this one replaces; returns what changes for this one."""
        first = await read_job(connection, _locked(job.replaces))
        if first is None or first.status not in (*REPLACEABLE, *NOT_PAID):
            found = first and first.card_id and _spot(first.place, first.card_id)
            failure = Failure(kind=FailureKind.FOUND, instead=found or None)
            return {"status": JobStatus.CANCELLED, "failure": failure, "told": False}
        changes: dict[str, object] = {"once_key": None}
        if first.status in REPLACEABLE or (first.failure and first.failure.kind is FailureKind.GIVEN_UP):
            is_over = first.status is JobStatus.EXPIRED
            failure = (is_over and first.failure) or Failure(kind=FailureKind.SENT_AGAIN)
            changes |= {
                "status": first.status if is_over else JobStatus.CANCELLED,
                "failure": failure.model_copy(update={"instead": _spot(job.place, card_id)}),
                "told": False,
                # Where the bot may not speak by itself, the press that sent it again reaches the first card, too.
                "token": None if job.place.may_post else job.token,
            }
            changes |= self.ownership.handed_on()
        given_up = update(jobs).where(jobs.c.id == first.id).values(columns_of(changes)).returning(*jobs.c)
        await settled(connection, (await connection.execute(given_up)).one())
        return {"once_key": first.once_key}

    @retried
    async def told(self, job: Job, card_id: int | None) -> Job | None:
        """Keep that somebody was told how this job stands, and on which card of its own.

        A press may have brought a younger token meanwhile, or the job may have moved on: then there is more to tell.

        Returns:
            The job as it is now; None when it had moved on.
        """
        changes: dict[str, object] = {"told": True} | ({"card_id": card_id} if card_id else {})
        values = columns_of(changes)
        # Until the question is answered, or the result let through, the token is needed.
        if job.status is not JobStatus.AWAITING_INPUT and not job.awaits_review:
            for name in ("token", "token_expires_at"):
                values[name] = case((has_token_of(job), null()), else_=jobs.c[name])
        async with self.database.transaction() as connection:
            row = await changed(connection, values, is_held(job), jobs.c.status == job.status)
            return None if row is None else job_of(row)

    @retried
    async def unposted(self, job: Job) -> Job | None:
        """Keep that a result has no place; None where a press brought a younger token meanwhile, which may have one.

        Where a rule keeps it from its place, its card is yet to say so; other cards are out of reach.
        """
        is_told = job.result is None or not job.result.is_diverted
        values = columns_of({"status": JobStatus.UNDELIVERABLE, "token": None, "told": is_told})
        still = is_held(job), jobs.c.status == JobStatus.POSTING, has_token_of(job)
        async with self.database.transaction() as connection:
            row = await changed(connection, values, *still)
            return None if row is None else job_of(row)

    @retried
    async def update(self, job: Job, **changes: object) -> None:
        """Change columns that do not depend on the status."""
        async with self.database.transaction() as connection:
            await connection.execute(update(jobs).where(is_held(job)).values(columns_of(changes)))

    @retried
    async def refresh_token(self, job_id: str, token: Token) -> bool:
        """Keep a younger token of a job that is not over; False when it is, since its token stays wiped."""
        async with self.database.transaction() as connection:
            values = columns_of({"token": token}) | self.ownership.touching
            still = jobs.c.id == job_id, jobs.c.status.not_in([*ENDED, JobStatus.UNDELIVERABLE])
            row = await changed(connection, values, *still)
            if row is not None:
                await self.ownership.announce(connection, job_of(row))
            return row is not None

    async def standing(self) -> dict[str, JobStatus]:
        """Return every job of this process that still needs something done, by how it stands."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(jobs.c.id, jobs.c.status).where(*self.ownership.of_mine()))
            return {row.id: row.status for row in found}

    async def unfinished(self) -> list[Job]:
        """Return every job of this process that still needs something done, oldest first: open, or not yet told."""
        query = select(jobs).where(*self.ownership.of_mine()).order_by(jobs.c.created_at)
        # There may be thousands: a few rows at a time, as what they take together would never go back to the system.
        query = query.execution_options(yield_per=ROWS_AT_ONCE)
        async with self.database.streaming() as connection, connection.stream(query) as rows:
            return [job_of(row) async for row in rows]

    async def needed_pictures(self) -> frozenset[str]:
        """Return the keys of the pictures that jobs which are not over send along or still have to deliver."""
        owed = jobs.c.told.is_(False) & (jobs.c.status != JobStatus.REMOVED)  # removed before the last word was kept
        kept = await self._all(select(jobs).where(jobs.c.status.not_in(ENDED) | owed))
        return frozenset[str]().union(*(kept_pictures(job.request, job.result) for job in kept))

    async def asked_by_tasks(self, task_ids: Collection[str]) -> dict[str, tuple[Request, Mode | None]]:
        """Return of those relay tasks for which there is a job, over or not, what it asks for and in which speed."""
        query = select(jobs.c.task_id, jobs.c.request, jobs.c.mode).where(jobs.c.task_id.in_(task_ids))
        async with self.database.reading() as connection:
            return {row.task_id: (row.request, row.mode) for row in await connection.execute(query)}

    async def of_author(self, author_id: int, limit: int) -> list[Job]:
        """Return a member's own jobs that are not over: unfinished, uncertain or undeliverable, newest first."""
        return await self._all(
            select(jobs)
            .where(
                jobs.c.author_id == author_id,
                jobs.c.status.not_in(ENDED),
            )
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
        )

    async def of_guild(self, guild_id: int, limit: int) -> list[Job]:
        """Return a server's jobs that are not over, newest first."""
        return await self._all(
            select(jobs)
            .where(jobs.c.guild_id == guild_id, jobs.c.status.not_in(ENDED))
            .order_by(jobs.c.created_at.desc())
            .limit(limit)
        )

    async def prompts_of(self, author_id: int, limit: int, longest: int) -> list[str]:
        """Return the prompts of a member's last `limit` jobs, newest first.

        Only Midjourney's, and none that is longer than `longest` characters.
        """
        async with self.database.reading() as connection:
            return list((await connection.execute(recent_prompts(author_id, limit, longest))).scalars())

    async def used_keys(self, parent_id: str) -> frozenset[str]:
        """Return the once-only buttons of a job that already have their own job, by custom id."""
        query = select(jobs.c.once_key).where(jobs.c.parent_id == parent_id, jobs.c.once_key.is_not(None))
        async with self.database.reading() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def is_used(self, parent_id: str | None, once_key: str) -> bool:
        """Tell whether what has one job at a time already has its own; without a parent it belongs to no other job."""
        query = select(jobs.c.id).where(jobs.c.parent_id == parent_id, jobs.c.once_key == once_key).limit(1)
        async with self.database.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def spent(self, actor: Actor, day: str) -> tuple[int, int]:
        """Return the units that are spent or reserved on a day: by this member, and by all."""
        member, everybody = await self._used_units.of((day_of_member(actor.id), OF_ALL), day)
        return member, everybody

    async def scarcest(self, actor: Actor, limits: Limits, day: str) -> tuple[int, Budget] | None:
        """Return what a member may still spend of the budget that has least left; None where there is none."""
        limited = limits.limiting(actor.id)
        if not limited:  # every card asks
            return None
        return await self._used_units.scarcest(limited, day)

    async def check(self) -> None:
        """Read something; raises what the database has to complain of."""
        async with self.database.reading() as connection:
            await connection.execute(select(notes.c.name).limit(1))

    async def _all(self, query: Select[Any]) -> list[Job]:
        async with self.database.reading() as connection:
            return await read_jobs(connection, query)


def _locked(job_id: str | None) -> Select[Any]:
    """One job, which nobody else changes until the transaction ends."""
    return select(jobs).where(jobs.c.id == job_id).with_for_update(key_share=True)


def _spot(place: Place, message_id: int) -> MessageLocation:
    return MessageLocation(guild_id=place.guild_id, channel_id=place.channel_id, message_id=message_id)
