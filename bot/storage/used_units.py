"""What is booked on accounts, and what that leaves of budgets."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, select

from bot.domain.budgets import Account, Budget
from bot.fairness import LoopThrottle
from bot.storage.key_values import Connected
from bot.storage.schema import budgets

_Key = tuple[str, str]  # scope and period
READ_TOGETHER = 5_000  # counters
_USED = select(budgets).where(
    budgets.c.scope.in_(bindparam("scopes", expanding=True)), budgets.c.day.in_(bindparam("days", expanding=True))
)


@dataclass(eq=False, slots=True)
class _Read:
    """A read that has not begun: whoever asks meanwhile is read for as well."""

    keys: set[_Key] = field(default_factory=set)
    task: "asyncio.Task[Mapping[_Key, int]] | None" = None


class UsedUnits:
    """Reads counters for all who ask at the same time together: every card tells what is left."""

    def __init__(self, reading: Connected) -> None:
        self._reading = reading
        self._next: _Read | None = None
        self._turnstile = LoopThrottle()

    async def of(self, accounts: Sequence[Account], day: str) -> list[int]:
        """Return what is booked on accounts in the periods of a day, in the same order."""
        keys = [(one.scope, one.key(day)) for one in accounts]
        if self._next is None or len(self._next.keys) > READ_TOGETHER:
            self._next = _Read()
        read = self._next
        read.keys.update(keys)
        if read.task is None:
            # A task of its own: whoever comes first may be cancelled, and the others still wait for it.
            read.task = asyncio.create_task(self._counters(read), name="budgets")
        used = await asyncio.shield(read.task)
        await self._turnstile.enter()  # what they go on with takes a while, too
        return [used.get(key, 0) for key in keys]

    async def scarcest(self, limited: Sequence[Budget], day: str) -> tuple[int, Budget] | None:
        """Return what is left of the budget that has least, and of its grants; None where there is none."""
        granted = [grant for budget in limited for grant in budget.grants]
        accounts = [budget.account for budget in limited] + [grant.account for grant in granted]
        used = dict(zip(accounts, await self.of(accounts, day), strict=True))
        return scarcest(limited, used)

    async def _counters(self, read: _Read) -> Mapping[_Key, int]:
        async with self._reading() as connection:
            if self._next is read:
                self._next = None  # who asks from now on wants to know of what is booked from now on, too
            scopes, days = {scope for scope, _day in read.keys}, {day for _scope, day in read.keys}
            rows = await connection.execute(_USED, {"scopes": list(scopes), "days": list(days)})
            return {(row.scope, row.day): row.used for row in rows}


def scarcest(limited: Sequence[Budget], used: Mapping[Account, int]) -> tuple[int, Budget] | None:
    """Return what is left of the budget that has least, and of its grants; None where there is none."""
    found: tuple[int, Budget] | None = None
    for budget in limited:
        rest = max(budget.most - used[budget.account], 0)
        if budget.grants:
            rest += sum(max(grant.units - used[grant.account], 0) for grant in budget.grants)
        if found is None or rest < found[0]:
            found = rest, budget
    return found
