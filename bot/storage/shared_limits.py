"""What several processes must not do each for itself: fill the relay, try a relay that takes nothing, tell an owner."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Float, delete, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job, JobStatus, Wait
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import DatabaseTime, Insert, by_dialect
from bot.storage.processes import Peer
from bot.storage.schema import holds, jobs, turns

AT_RELAY = (JobStatus.SUBMITTING, JobStatus.RUNNING)
PLACES_LOCK = 0x456173656C02  # an advisory lock of one database: "Easel" in letters, and a number


@dataclass(frozen=True, slots=True)
class Caps:
    """How many jobs may be at the relay at once: of all members, and of one.

    Jobs of other `engines` do not count: one that is off is kept as it stands, for ever if need be.
    """

    of_all: int
    of_member: int
    engines: Collection[str]


class NoRoomError(Exception):
    """The relay has as many jobs as it may; with `is_for_all` not of one member alone."""

    def __init__(self, *, is_for_all: bool) -> None:
        super().__init__()
        self.is_for_all = is_for_all


@dataclass(frozen=True, slots=True)
class Hold:
    """An engine that takes nothing now, why, and for how many seconds more it is left alone."""

    engine: str
    wait: Wait
    rest_s: float


def _holding(insert_or: Insert) -> Any:
    row = insert_or(holds)
    return row.on_conflict_do_update(
        index_elements=["engine"], set_={"wait": row.excluded.wait, "until": row.excluded.until}
    )


def _taking(insert_or: Insert) -> Any:
    row = insert_or(turns)
    free = turns.c.until <= DatabaseTime(0)
    return row.on_conflict_do_update(index_elements=["name"], set_={"until": row.excluded.until}, where=free)


_HOLD, _TAKE = by_dialect(_holding), by_dialect(_taking)


class SharedLimits:
    """Turns and holds of all processes on one database; as long as a process is alone, every turn is its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def take_turn(self, name: str, for_s: float) -> bool:
        """Whether this process may do something that one does for all; the next turn is in `for_s` real seconds."""
        if self._database.processes.is_alone:
            return True
        async with self._database.transaction() as connection:
            values = {"name": name, "until": DatabaseTime(for_s)}
            taken = await connection.execute(_TAKE[connection.dialect.name].values(values))
            return bool(taken.rowcount)

    @retried
    async def hold(self, engine: str, wait: Wait, for_s: float) -> None:
        """Let all processes leave an engine alone for so many real seconds, those that come later as well."""
        if not self._database.is_shared:
            return
        async with self._database.transaction() as connection:
            values = {"engine": engine, "wait": wait.value, "until": DatabaseTime(for_s)}
            await connection.execute(_HOLD[connection.dialect.name].values(values))

    @retried
    async def release(self, engine: str) -> None:
        """Let all processes try an engine again: it took something."""
        if not self._database.is_shared:
            return
        async with self._database.transaction() as connection:
            await connection.execute(delete(holds).where(holds.c.engine == engine))

    async def holds(self) -> Sequence[Hold]:
        """Return the engines that all processes leave alone, or try one at a time once `rest_s` is not above 0."""
        rest_s = literal_column("extract(epoch FROM until - clock_timestamp())", Float())
        async with self._database.reading() as connection:
            found = await connection.execute(select(holds.c.engine, holds.c.wait, rest_s.label("rest_s")))
            return [Hold(row.engine, Wait(row.wait), float(row.rest_s)) for row in found]


async def check_room(connection: AsyncConnection, me: str, job: Job, caps: Caps, peers: Sequence[Peer]) -> None:
    """Hold one more job with those that all processes have at the relay against the caps, until the transaction ends.

    Where others have jobs that wait, each process leaves them their share of the places.

    Raises:
        NoRoomError: one more would be too many.
    """
    await connection.execute(select(func.pg_advisory_xact_lock(PLACES_LOCK)))
    of_author = func.count().filter(jobs.c.author_id == job.actor.id)
    query = select(jobs.c.owner, func.count().label("all"), of_author.label("authors"))
    others = jobs.c.status.in_(AT_RELAY), jobs.c.engine.in_(caps.engines), jobs.c.id != job.id
    rows = (await connection.execute(query.where(*others).group_by(jobs.c.owner))).all()
    if sum(row.authors for row in rows) >= caps.of_member:
        raise NoRoomError(is_for_all=False)
    used = {row.owner: row.all for row in rows}
    hungry = [peer for peer in peers if peer.waiting]
    share = caps.of_all // (len(hungry) + 1)
    kept = sum(max(0, share - used.get(peer.id, 0)) for peer in hungry)
    room = caps.of_all - sum(used.values())
    if room <= 0 or (used.get(me, 0) >= share and room <= kept):
        raise NoRoomError(is_for_all=True)
