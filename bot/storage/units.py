"""What jobs cost: the limits of their accounts, what is booked on those, and what becomes of it when a job ends."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Row, bindparam, cast, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import metrics
from bot.domain.budgets import EVERYBODY, RELAY, Account, Budget, Budgets, Entry, Period, member_scope, read, written
from bot.domain.job import FailureKind, Job, JobStatus
from bot.storage.dialects import Insert, JsonElements, JsonItem, by_dialect
from bot.storage.ledger import line_of, write_down
from bot.storage.schema import budgets, reservations

NO_LIMIT = 2**62
REMEMBERED = 50  # members of whom the accounts are kept for each `Limits`, some 1.5 kB each
OF_ALL = Account(EVERYBODY, Period.DAY)


def _booking(insert_or: Insert) -> Any:
    # All rows are one parameter: with one for each value, most of the time would go into those.
    row = JsonElements(bindparam("rows", type_=JSON)).table_valued("value").c.value
    scope, period, used = (JsonItem(row, place) for place in range(3))
    # Without a condition, SQLite would take ON CONFLICT for a part of the SELECT.
    rows = select(scope, period, cast(used, BigInteger)).where(scope.is_not(None))
    first = insert_or(budgets).from_select(["scope", "day", "used"], rows)
    spent = budgets.c.used + first.excluded.used
    booked = first.on_conflict_do_update(index_elements=["scope", "day"], set_={"used": spent})
    return booked.returning(budgets.c.scope, budgets.c.day, budgets.c.used)


# Built once: building a statement takes longer than running it.
_BOOK = by_dialect(_booking)
_TAKE_OFF = (
    update(budgets)
    .where(budgets.c.scope == bindparam("booked_scope"), budgets.c.day == bindparam("booked_day"))
    .values(used=budgets.c.used - bindparam("units", type_=BigInteger))
)
NEW_RESERVATION = insert(reservations)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an admission may not exceed; None = no limit. `budgets` are those beside the days of member and all."""

    waiting_per_member: int
    units_per_member_day: int | None
    units_per_day: int | None
    budgets: Budgets = field(default_factory=Budgets)
    cooldown_s: int = 0  # seconds between two jobs of a member in one server
    _shared: dict[Account, Budget] = field(default_factory=dict, init=False, repr=False, compare=False)
    _of_accounts: dict[int, Mapping[Account, Budget]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def of_accounts(self, actor_id: int) -> Mapping[Account, Budget]:
        """Return all accounts that a member's units are booked on, in the order in which rows are taken hold of.

        Where two budgets are of one account, the narrower one holds.
        """
        if (known := self._of_accounts.get(actor_id)) is None:
            if len(self._of_accounts) >= REMEMBERED:
                self._of_accounts.clear()
            known = self._of_accounts[actor_id] = self._found(actor_id)
        return known

    def _found(self, actor_id: int) -> Mapping[Account, Budget]:
        if not self._shared:
            _narrow(self._shared, (_day(OF_ALL, self.units_per_day), *self.budgets.shared))
        found = dict(self._shared)
        _narrow(found, [_day(day_of_member(actor_id), self.units_per_member_day)])
        for budgets_of_each in self.budgets.of_members:
            _narrow(found, budgets_of_each.of(actor_id))
        return {account: found[account] for account in in_order(found)}

    def limiting(self, actor_id: int) -> list[Budget]:
        """Return the budgets that a member may use up; accounts that are only counted have none."""
        return [budget for budget in self.of_accounts(actor_id).values() if budget.most < NO_LIMIT]


def _day(account: Account, most: int | None) -> Budget:
    return Budget(account, NO_LIMIT if most is None else most)


def _narrow(found: dict[Account, Budget], budgets: Iterable[Budget]) -> None:
    """Add budgets; of two of one account the narrower one holds."""
    for budget in budgets:
        known = found.setdefault(budget.account, budget)
        if known is not budget:
            most, grants = min(known.most, budget.most), known.grants + budget.grants
            found[budget.account] = Budget(budget.account, most, grants)


class LimitReachedError(Exception):
    """An admission would exceed one of the `Limits`; `limit` is its name, `budget` the one that it is about.

    `until` is the moment when a cooldown is over.
    """

    def __init__(self, limit: str, budget: Budget | None = None, until: datetime | None = None) -> None:
        super().__init__(limit)
        self.limit = limit
        self.budget = budget
        self.until = until


def day_of_member(actor_id: int) -> Account:
    """Return the account of all that a member spends in a day."""
    return Account(member_scope(actor_id), Period.DAY)


def in_order(accounts: Iterable[Account]) -> list[Account]:
    """Return accounts as whoever books takes hold of their rows, so that no two wait for each other.

    Those that everybody needs come last.
    """
    ordered = sorted(accounts)
    of_some = [one for one in ordered if one.scope != EVERYBODY]
    return of_some if len(of_some) == len(ordered) else [*of_some, *(one for one in ordered if one.scope == EVERYBODY)]


def reservation_of(job: Job, day: str, accounts: Sequence[Account]) -> dict[str, Any]:
    """Return the row of the units that are set aside for a new job."""
    # The version before gives back by this scope: where a grant pays, not to the member.
    own = day_of_member(job.actor.id)
    scope = own.scope if own in accounts else next(one.scope for one in accounts if one != OF_ALL)
    return {
        "job_id": job.id,
        "scope": scope,
        "day": day,
        "units": job.units,
        "state": "reserved",
        "accounts": written(list(accounts)),
    }


async def book(
    connection: AsyncConnection, units: Mapping[Account, int], day: str, most: Mapping[Account, Budget]
) -> dict[Account, int]:
    """Book units on accounts, all or, with the transaction, none.

    Returns:
        What is then used of each, in the order in which rows are taken hold of.

    Raises:
        LimitReachedError: that would exceed a budget.
    """
    order = in_order(units)
    for account in order:
        _check(account, units[account], most)  # no number that the database could not hold
    used = await add_up(connection, units, day)
    for account in order:
        _check(account, used[account], most)
    return {account: used[account] for account in order}


async def add_up(connection: AsyncConnection, units: Mapping[Account, int], day: str) -> dict[Account, int]:
    """Add units to accounts, whatever their budgets; returns what is then used of each.

    Their rows are held until the transaction ends: whoever comes meanwhile waits, and counts what this one booked.
    """
    keys = {(one.scope, one.key(day)): one for one in in_order(units)}
    rows = [(scope, period, units[one]) for (scope, period), one in keys.items()]
    booked = await connection.execute(_BOOK[connection.dialect.name], {"rows": rows})
    return {keys[scope, period]: used for scope, period, used in booked}


def _check(account: Account, used: int, most: Mapping[Account, Budget]) -> None:
    budget = most.get(account)
    if used > (budget.most if budget else NO_LIMIT):
        raise limit_reached(account, budget)


def limit_reached(account: Account, budget: Budget | None) -> LimitReachedError:
    """Return what an admission is refused with that would book too much on an account."""
    return LimitReachedError(_limit_name(account), budget)


def _limit_name(account: Account) -> str:
    if account == OF_ALL:
        return "units_per_day"
    is_own = account.scope.startswith("member:") and account.period is Period.DAY
    return "units_per_member_day" if is_own else str(account)


async def spend(
    connection: AsyncConnection, actor_id: int, units: int, day: str, limits: Limits
) -> Mapping[Account, int]:
    """Book what one member asks for, by a grant where a budget that has one is used up.

    Returns:
        What is then used of each account that it is booked on.

    Raises:
        LimitReachedError: that would exceed a budget, and nothing is granted that is enough for all of it.
    """
    most = dict(limits.of_accounts(actor_id))
    if not any(budget.grants for budget in most.values()):
        return await book(connection, dict.fromkeys(most, units), day, most)
    paid_for: dict[Account, Budget] = {}  # by grants
    while True:
        try:
            async with connection.begin_nested():
                return await book(connection, dict.fromkeys(most, units), day, most)
        except LimitReachedError as exc:
            if exc.budget is None:
                raise
            # What is told of in the end is the budget that was used up, which may renew, and no grant.
            used_up = paid_for.get(exc.budget.account, exc.budget)
            if not exc.budget.grants:
                raise LimitReachedError(_limit_name(used_up.account), used_up) from exc
            first, *others = exc.budget.grants
            del most[exc.budget.account]
            most[first.account] = Budget(first.account, first.units, tuple(others))  # those that are left stand behind
            paid_for[first.account] = used_up


async def give_back(connection: AsyncConnection, accounts: Collection[Account], day: str, units: int) -> None:
    """Take the units of one job off all accounts on which they were booked."""
    await take_off(connection, dict.fromkeys(accounts, units), day)


async def take_off(connection: AsyncConnection, units: Mapping[Account, int], day: str) -> None:
    """Take units off what was booked, in the order in which they were booked."""
    taken = [{"booked_scope": one.scope, "booked_day": one.key(day), "units": units[one]} for one in in_order(units)]
    await connection.execute(_TAKE_OFF, taken)


def accounts_of(held: Row[Any]) -> list[Account]:
    """Return what a reservation is booked on; the version before knew days alone."""
    return read(held.accounts) if held.accounts else [Account(held.scope, Period.DAY), OF_ALL]


async def price_anew(connection: AsyncConnection, job: Job, units: int, limits: Limits) -> None:
    """Change what is set aside for a job to another price.

    Raises:
        LimitReachedError: the rest would exceed a budget.
    """
    query = select(reservations).where(reservations.c.job_id == job.id)
    held = (await connection.execute(query)).one()
    accounts, more = accounts_of(held), units - held.units
    if more > 0:
        most = limits.of_accounts(job.actor.id)
        grants = {one.account: Budget(one.account, one.units) for budget in most.values() for one in budget.grants}
        await book(connection, dict.fromkeys(accounts, more), held.day, {**most, **grants})
    else:
        await give_back(connection, accounts, held.day, -more)
    await connection.execute(update(reservations).where(reservations.c.job_id == job.id).values(units=units))
    await write_down(connection, line_of(job, Entry.ADJUST, more, held.day, accounts))


async def settle(connection: AsyncConnection, job: Job) -> None:
    """Spend or give back the units of a job that has just changed, if it has ended."""
    state = _fate_of_units(job)
    if state is None:
        return
    ended = await connection.execute(
        update(reservations)
        .where(reservations.c.job_id == job.id, reservations.c.state == "reserved")
        .values(state=state, is_closed=True)
        .returning(reservations.c.scope, reservations.c.day, reservations.c.units, reservations.c.accounts)
    )
    row = ended.one_or_none()
    if row is None:
        return
    accounts = accounts_of(row)
    if state == "released":
        await give_back(connection, accounts, row.day, row.units)
    kind = Entry.RELEASE if state == "released" else Entry.SETTLE
    await write_down(connection, line_of(job, kind, row.units, row.day, accounts))
    # A commit that fails is counted as well; the rows themselves stay the truth.
    metrics.units(job.engine, job.operation, job.speed, state).inc(row.units)


async def reserve_again(connection: AsyncConnection, job: Job) -> None:
    """Leave the units of a job that runs on after all to its end, which may give them back."""
    settled = reservations.c.job_id == job.id, reservations.c.state == "settled"
    await connection.execute(update(reservations).where(*settled).values(state="reserved", is_closed=False))


async def refund(connection: AsyncConnection, job: Job) -> None:
    """Give back what was spent for a job that is over, if it was; its relay was paid all the same."""
    given = await connection.execute(
        update(reservations)
        .where(reservations.c.job_id == job.id, reservations.c.state == "settled")
        .values(state="released")
        .returning(reservations.c.scope, reservations.c.day, reservations.c.units, reservations.c.accounts)
    )
    row = given.one_or_none()
    if row is None:
        return
    accounts = [one for one in accounts_of(row) if not one.scope.startswith(RELAY)]
    await give_back(connection, accounts, row.day, row.units)
    await write_down(connection, line_of(job, Entry.RELEASE, row.units, row.day, accounts))
    metrics.units(job.engine, job.operation, job.speed, "released").inc(row.units)


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
