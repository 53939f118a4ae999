"""What jobs cost: the limits of a day, what is booked against them, and what becomes of it when a job ends."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.domain.job import FailureKind, Job, JobStatus
from bot.storage.dialects import Insert, by_dialect
from bot.storage.schema import budgets, reservations

NO_LIMIT = 2**62
EVERYBODY = "all"


def _spending(insert_or: Insert) -> Any:
    """Book units for several scopes at once, each within its limit; what comes back are the scopes that had room."""
    first = insert_or(budgets)
    spent = budgets.c.used + first.excluded.used
    of_all, of_member = bindparam("most_of_all", type_=BigInteger), bindparam("most_of_member", type_=BigInteger)
    most = case((first.excluded.scope == EVERYBODY, of_all), else_=of_member)
    booked = first.on_conflict_do_update(index_elements=["scope", "day"], set_={"used": spent}, where=most >= spent)
    return booked.returning(budgets.c.scope)


# Built once: building a statement takes longer than running it.
_SPEND = by_dialect(_spending)
_TAKE_OFF = (
    update(budgets)
    .where(budgets.c.scope == bindparam("booked_scope"), budgets.c.day == bindparam("booked_day"))
    .values(used=budgets.c.used - bindparam("units", type_=BigInteger))
)
NEW_RESERVATION = insert(reservations)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an admission may not exceed; None = no limit."""

    waiting_per_member: int
    units_per_member_day: int | None
    units_per_day: int | None

    def most(self, scope: str) -> int:
        """Return the units of a day for all, or for one member."""
        limit = self.units_per_day if scope == EVERYBODY else self.units_per_member_day
        return NO_LIMIT if limit is None else limit


class LimitReachedError(Exception):
    """An admission would exceed one of the `Limits`; `limit` is its name."""

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


def scope_of(actor_id: int) -> str:
    """Return the name under which a member's units are booked."""
    return f"member:{actor_id}"


def reservation_of(job: Job, day: str) -> dict[str, Any]:
    """Return the row of the units that are set aside for a new job."""
    scope = scope_of(job.actor.id)
    return {"job_id": job.id, "scope": scope, "day": day, "units": job.units, "state": "reserved"}


async def spend(connection: AsyncConnection, units: Mapping[str, int], day: str, limits: Limits) -> None:
    """Book units by member's scope, and their sum for all.

    Raises:
        LimitReachedError: that would exceed a limit of the day.
    """
    # Whoever books takes hold of the rows in this order, so that no two wait for each other; the one that everybody
    # needs comes last.
    booked = [(scope, units[scope]) for scope in sorted(units)] + [(EVERYBODY, sum(units.values()))]
    most = {"most_of_member": limits.most(""), "most_of_all": limits.most(EVERYBODY)}
    budget = [{"scope": scope, "day": day, "used": used} | most for scope, used in booked]
    has_room = {scope for scope, used in booked if used <= limits.most(scope)}
    if len(has_room) == len(booked):
        spent = await connection.execute(_SPEND[connection.dialect.name], budget)
        has_room = set(spent.scalars())
    for scope, _used in booked:
        if scope not in has_room:
            raise LimitReachedError("units_per_day" if scope == EVERYBODY else "units_per_member_day")


async def give_back(connection: AsyncConnection, member: str, day: str, units: int) -> None:
    """Take units off what was booked, in the order in which they were booked."""
    scopes = [{"booked_scope": scope} for scope in (member, EVERYBODY)]
    await connection.execute(_TAKE_OFF, [scope | {"booked_day": day, "units": units} for scope in scopes])


async def price_anew(connection: AsyncConnection, job_id: str, units: int, limits: Limits) -> None:
    """Change what is set aside for a job to another price.

    Raises:
        LimitReachedError: the rest would exceed a limit of the day.
    """
    held = (await connection.execute(select(reservations).where(reservations.c.job_id == job_id))).one()
    if units > held.units:
        await spend(connection, {held.scope: units - held.units}, held.day, limits)
    else:
        await give_back(connection, held.scope, held.day, held.units - units)
    await connection.execute(update(reservations).where(reservations.c.job_id == job_id).values(units=units))


async def settle(connection: AsyncConnection, job: Job) -> None:
    """Spend or give back the units of a job that has just changed, if it has ended."""
    state = _fate_of_units(job)
    if state is None:
        return
    ended = await connection.execute(
        update(reservations)
        .where(reservations.c.job_id == job.id, reservations.c.state == "reserved")
        .values(state=state)
        .returning(reservations.c.scope, reservations.c.day, reservations.c.units)
    )
    row = ended.one_or_none()
    if row is not None and state == "released":
        await give_back(connection, row.scope, row.day, row.units)
    if row is not None:  # a commit that fails is counted as well; the rows themselves stay the truth
        metrics.units(job.engine, job.operation, job.speed, state).inc(row.units)


async def read_spent(connection: AsyncConnection, actor_id: int, day: str) -> tuple[int, int]:
    """Return the units that are spent or reserved on a day: by a member, and by all."""
    query = select(budgets.c.scope, budgets.c.used).where(budgets.c.day == day)
    member = scope_of(actor_id)
    found = await connection.execute(query.where(budgets.c.scope.in_((member, EVERYBODY))))
    used: dict[str, int] = {row.scope: row.used for row in found}
    return used.get(member, 0), used.get(EVERYBODY, 0)


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
