"""Budgets: on which accounts the units of a job are booked, for how long each counts, and what is granted on top."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Self

from typing_extensions import override

EVERYBODY = "all"
OWNERS = "owner"  # before the scopes of what the owner sets for each server
RELAY = "relay:"  # what the scopes of relays begin with: a day and a name, or in the version before a name alone
Amounts = tuple[tuple["Period", int], ...]  # the most units of each period


class Period(StrEnum):
    """How long an account counts before it begins anew, in UTC."""

    DAY = "day"
    WEEK = "week"  # from Monday on, as ISO 8601 has it
    MONTH = "month"
    EVER = "ever"

    __hash__ = str.__hash__  # an enumeration's own is many times slower, and every admission asks for hundreds

    def key(self, day: str) -> str:
        """Return what the period of a day is called among the counters; all but days sort after every day."""
        return _key(self, day)

    def begins(self, day: str) -> str:
        """Return the first day of the period that a day belongs to."""
        match self:
            case Period.DAY:
                return day
            case Period.WEEK:
                that = date.fromisoformat(day)
                return (that - timedelta(days=that.weekday())).isoformat()
            case Period.MONTH:
                return f"{day[:7]}-01"
            case Period.EVER:
                return date.min.isoformat()

    def renews(self, day: str) -> datetime | None:
        """Return the moment when the period of a day is over; None = never."""
        begun = date.fromisoformat(self.begins(day))
        lengths = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: monthrange(begun.year, begun.month)[1]}
        if self not in lengths:
            return None
        return datetime.combine(begun + timedelta(days=lengths[self]), time(), UTC)


@lru_cache(maxsize=64)  # every admission asks for those of today, for each of its accounts
def _key(period: Period, day: str) -> str:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            year, week, _weekday = date.fromisoformat(day).isocalendar()
            return f"w{year}-{week:02}"
        case Period.MONTH:
            return f"m{day[:7]}"
        case Period.EVER:
            return "x"


class Entry(StrEnum):
    """What a line of the ledger books."""

    RESERVE = "reserve"  # set aside for a job that was admitted
    SETTLE = "settle"  # what was set aside is spent
    RELEASE = "release"  # what was set aside is given back
    ADJUST = "adjust"  # another price, or a count that begins; below 0 where it takes off
    GRANT = "grant"  # units that somebody may spend beside a budget; books nothing


class Account(NamedTuple):
    """What units are booked on: a scope such as "member:901" or "guild:201", and how long it counts."""

    scope: str
    period: Period

    def key(self, day: str) -> str:
        """Return what the counter of a day is called; a relay's account is of one day, whichever is asked about."""
        if self.scope.startswith(RELAY) and (own := self.scope[len(RELAY) :].partition("/"))[1]:
            return own[0]
        return self.period.key(day)

    @override
    def __str__(self) -> str:
        return "@".join(self)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the account that `str` wrote."""
        scope, _at, period = text.rpartition("@")
        return cls(scope, Period(period))


def written(accounts: Iterable[Account]) -> str:
    """Return accounts as one text."""
    return " ".join(map("@".join, accounts))


def read(text: str) -> list[Account]:
    """Return the accounts that `written` wrote."""
    return [Account.parse(word) for word in text.split()]


def member_scope(user_id: int) -> str:
    """Return the scope of all that a member spends, wherever."""
    return f"member:{user_id}"


def in_guild(guild_id: int) -> str:
    """Return what the scopes of a server's members begin with."""
    return f"guild:{guild_id}/"


def relay_account(relay: str, day: str) -> Account:
    """Return the account of all that a relay takes on the day of its name.

    A job may wait over midnight: whatever else it is booked on counts for the day on which it was asked for.
    """
    return Account(f"{RELAY}{day}/{relay}", Period.DAY)


@dataclass(frozen=True, slots=True)
class Grant:
    """Units that somebody has beside a budget, by their id."""

    id: str
    units: int

    @property
    def account(self) -> Account:
        """Return what is booked instead of the account of the budget."""
        return Account(f"grant:{self.id}", Period.EVER)


@dataclass(frozen=True, slots=True)
class Budget:
    """The most units of one account; what does not fit any more may be paid by one of its grants as a whole."""

    account: Account
    most: int
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class MemberBudgets:
    """What each member may spend: their scopes begin with `where`, such as "guild:201/"; `only` names one alone."""

    where: str
    amounts: Amounts
    grants: tuple[Grant, ...] = ()
    only: int | None = None

    def of(self, user_id: int) -> tuple[Budget, ...]:
        """Return the budgets of one member, if any."""
        if self.only not in (None, user_id):
            return ()
        return budgets_of(f"{self.where}{member_scope(user_id)}", self.amounts, self.grants)


@dataclass(frozen=True, slots=True)
class Budgets:
    """All that hold for whoever has certain roles in a place: those that several share, and those of each member."""

    shared: tuple[Budget, ...] = ()
    of_members: tuple[MemberBudgets, ...] = ()

    def __add__(self, other: "Budgets") -> "Budgets":
        """Return both together."""
        return Budgets((*self.shared, *other.shared), (*self.of_members, *other.of_members))

    @property
    def has_grants(self) -> bool:
        """Whether anything is granted beside one of them."""
        return any(one.grants for one in self.shared) or any(one.grants for one in self.of_members)


@lru_cache(maxsize=4096)  # many commands ask for the same ones; some 300 bytes each
def budgets_of(scope: str, amounts: Amounts, grants: tuple[Grant, ...] = ()) -> tuple[Budget, ...]:
    """Return the budgets of one scope, by the most units of each period."""
    return tuple(Budget(Account(scope, period), most, grants) for period, most in amounts)
