"""A relay's side of the books: what its key has left, and whether it charges what it should.

Only some gateways tell (docs/relay.md 3.6); at others nothing happens here.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from pydantic import BaseModel, ConfigDict
from yarl import URL

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Alerts, Level
from bot.domain.requests import Mode, Request
from bot.domain.rules import pictures_asked
from bot.jobs.prices import entry_of
from bot.language import _
from bot.relay.balance import Charge, read_balance, read_charges
from bot.relay.http import RelayHttp
from bot.settings import Access, Settings
from bot.storage.jobs import JobStore
from bot.storage.key_values import KeyValues

logger = logging.getLogger(__name__)

NOTE = "relay_books:"  # how the names of the notes begin that hold what is kept
HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
READ_EVERY_S = 600.0
WEEK = 7  # days by which the pace is measured
LEAST_DAYS = 0.25  # before which a pace says nothing
STEPS = (7.0, 2.0)  # days left at which the owner is told, once each
TOPPED_UP = 1.5  # times a step, above which it may be told again
SETTLED_S = 600.0  # after which a charge and its job stand in both books
MOST_DRIFT = 0.05


class Reading(BaseModel):
    """What the key had left and had used, at a moment."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    left: float
    used: float


class Books(BaseModel):
    """What is kept from one look to the next, for all processes."""

    model_config = ConfigDict(frozen=True)

    readings: tuple[Reading, ...] = ()  # oldest first, an hour apart, of a week
    step: float | None = None  # the last of `STEPS` that was told
    compared_until: datetime | None = None
    prices: dict[str, float] = {}  # by the gateway's name of a model, as learnt
    drift: float | None = None  # of the last day: 0.1 = a tenth too much
    costs: dict[str, float] = {}  # by the name of what was asked for in PRICES, as learnt
    charges: int | None = None  # that were compared last
    strangers: int = 0  # of those, charges that no job stands for

    def days_left(self, clock: Clock) -> float | None:
        """Tell for how many days the key lasts at this week's pace; None where nobody can say."""
        if not self.readings:
            return None
        first, last = self.readings[0], self.readings[-1]
        days = (clock.elapsed_s(first.at) - clock.elapsed_s(last.at)) / DAY_S
        spent = last.used - first.used
        return last.left / (spent / days) if days >= LEAST_DAYS and spent > 0 else None

    def used_today(self, clock: Clock) -> float | None:
        """Tell what was used since midnight (UTC), as far as the readings, an hour apart, say; None = nobody can."""
        if not self.readings:
            return None
        midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        before = [one for one in self.readings if one.at <= midnight] or self.readings[:1]
        return max(0.0, self.readings[-1].used - before[-1].used)

    def proposed_prices(self) -> dict[str, int]:
        """Return what PRICES could be where a unit is a hundredth of the gateway's currency."""
        return {entry: max(1, round(100 * cost)) for entry, cost in sorted(self.costs.items())}


def called(name: str, address: str) -> str:
    """Return what a relay is called in its books; the only one, which has no name, by its host."""
    return name or URL(address).host or address


async def read_kept_books(notes: KeyValues, settings: Settings) -> dict[str, Books]:
    """Return what is kept of each relay that is used, by its name; of a removed one it waits until that comes back."""
    relays = [called(relay.name, str(relay.url)) for relay in settings.relay.all]
    kept = {relay: await notes.get(f"{NOTE}{relay}") for relay in relays}
    return {relay: Books.model_validate_json(text) for relay, text in kept.items() if text}


class RelayBooks:
    """Reads a key's balance every ten minutes and compares its charges once a day; one process does it for all.

    The owner is told before the key is empty, in steps, and of charges that no job stands for or that have grown.
    """

    def __init__(self, access: Access, store: JobStore, clock: Clock, alerts: Alerts, *, name: str = "") -> None:
        """`name` is the relay's among several; the only one is called by its host."""
        self.name = name
        self._turn = f"relay_books:{name}" if name else "relay_books"
        self.use(access)
        self._store = store
        self._clock = clock
        self._alerts = alerts
        self._books = Books()

    def use(self, access: Access) -> None:
        """Ask there from now on."""
        self._access = access
        self.relay = called(self.name, access.base_url)

    @property
    def left(self) -> float | None:
        """What is left of the key, in the gateway's currency; None where that is not known."""
        return self._books.readings[-1].left if self._books.readings else None

    @property
    def drift(self) -> float | None:
        """By which part the last compared day was charged too much; None where that is not known."""
        return self._books.drift

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                if await self._store.shared_limits.take_turn(self._turn, self._clock.real(READ_EVERY_S / 2)):
                    await self.look_once()
                else:
                    self._books, _kept = await self._read()
            except Exception:  # looked at again soon, and never worth the process
                logger.exception("the relay's books not read")
            await self._clock.sleep(READ_EVERY_S)

    async def look_once(self) -> None:
        """Read what the gateway tells, keep it, and tell the owner what is new in it."""
        books, kept = await self._read()
        async with RelayHttp.opened(*self._access) as http:
            balance = await read_balance(http)
            if balance is None or balance.left is None:
                return
            reading = Reading(at=self._clock.now(), left=balance.left, used=balance.used)
            books, alerts = self._warned(self._with_reading(books, reading))
            if books.compared_until is None:
                books = books.model_copy(update={"compared_until": reading.at})
            elif self._clock.elapsed_s(books.compared_until) >= DAY_S:
                books, found = await self._compared(books, await read_charges(http) or [])
                alerts += found
        self._books = books
        if await self._store.notes.replace(self._name, kept, books.model_dump_json()):
            for alert in alerts:
                await self._alerts.alert_owner(alert)
            if books.step is None:
                await self._alerts.resolve_alert(AlertKind.BALANCE, self.relay)

    @property
    def _name(self) -> str:
        return f"{NOTE}{self.relay}"

    async def _read(self) -> tuple[Books, str | None]:
        kept = await self._store.notes.get(self._name)
        return (Books() if kept is None else Books.model_validate_json(kept)), kept

    def _with_reading(self, books: Books, reading: Reading) -> Books:
        """The last reading stands for itself until it is an hour younger than the one before."""
        older = [one for one in books.readings if self._clock.elapsed_s(one.at) <= WEEK * DAY_S]
        if len(older) > 1 and (older[-1].at - older[-2].at).total_seconds() < self._clock.real(HOUR_S):
            older.pop()
        return books.model_copy(update={"readings": (*older, reading)})

    def _warned(self, books: Books) -> tuple[Books, list[Alert]]:
        left_days = books.days_left(self._clock)
        if left_days is None:
            return books, []
        reached = min((step for step in STEPS if left_days <= step), default=None)
        is_less = reached is not None and (books.step is None or reached < books.step)
        is_topped_up = books.step is not None and left_days > TOPPED_UP * books.step
        if not is_less and not is_topped_up:
            return books, []
        # One that is topped up by little is a smaller trouble, and said nothing of.
        alerts = [] if reached is None else [self._of_balance(books.readings[-1].left, left_days, reached)]
        return books.model_copy(update={"step": reached}), alerts

    def _of_balance(self, left: float, left_days: float, step: float) -> Alert:
        sentence = _(
            "The key of {relay} has {left} left, which is enough for {days} days at this week's pace. Top it up in"
            " time.",
            relay=self.relay,
            left=f"{left:.2f}",
            days=f"{left_days:.1f}",
        )
        level = Level.CRITICAL if step == min(STEPS) else Level.WARNING
        return Alert(AlertKind.BALANCE, level, sentence, self.relay)

    async def _compared(self, books: Books, charges: Sequence[Charge]) -> tuple[Books, list[Alert]]:
        """Hold the charges since the last time against our jobs, and against what they cost before."""
        since, until = books.compared_until, self._clock.now() - timedelta(seconds=self._clock.real(SETTLED_S))
        fresh = [charge for charge in charges if since is None or since < charge.at <= until]
        ours = await self._store.asked_by_tasks({charge.task_id for charge in fresh if charge.task_id})
        strangers = [charge for charge in fresh if charge.task_id and charge.task_id not in ours]
        priced = [charge for charge in fresh if charge.model in books.prices]
        expected = sum(books.prices[charge.model] for charge in priced if charge not in strangers)
        drift = sum(charge.amount for charge in priced) / expected - 1 if expected else None
        now = {model: median(c.amount for c in fresh if c.model == model) for model in {c.model for c in fresh}}
        dearer = {
            model: price
            for model, price in now.items()
            if model in books.prices and price > books.prices[model] * (1 + MOST_DRIFT)
        }
        changed = {
            "compared_until": until,
            "prices": books.prices | now,
            "drift": drift,
            "costs": books.costs | _costs(fresh, ours),
            "charges": len(fresh),
            "strangers": len(strangers),
        }
        return books.model_copy(update=changed), [*self._of_strangers(strangers), *self._of_prices(books, dearer)]

    def _of_strangers(self, charges: Sequence[Charge]) -> list[Alert]:
        if not charges:
            return []
        sentence = _(
            "The key of {relay} was charged {amount} for {count} tasks that none of Easel's jobs stands for, the"
            " first of them {task}. Does anybody else use it?",
            relay=self.relay,
            amount=f"{sum(charge.amount for charge in charges):.2f}",
            count=len(charges),
            task=charges[-1].task_id,
        )
        return [Alert(AlertKind.STRANGERS, Level.WARNING, sentence, self.relay, again_s=HOUR_S)]

    def _of_prices(self, books: Books, dearer: dict[str, float]) -> list[Alert]:
        if not dearer:
            return []
        grown = ", ".join(f"{model} {books.prices[model]:.4g} → {price:.4g}" for model, price in sorted(dearer.items()))
        sentence = _("{relay} charges more than before: {prices}.", relay=self.relay, prices=grown)
        return [Alert(AlertKind.PRICES, Level.WARNING, sentence, self.relay, again_s=HOUR_S)]


def _costs(charges: Sequence[Charge], ours: Mapping[str, tuple[Request, Mode | None]]) -> dict[str, float]:
    """What each thing that was asked for costs, by its name in PRICES: of other engines, each picture."""
    amounts: defaultdict[str, list[float]] = defaultdict(list)
    for charge in charges:
        if charge.task_id in ours:
            request, mode = ours[charge.task_id]
            amounts[entry_of(request, mode)].append(charge.amount / pictures_asked(request))
    return {entry: median(some) for entry, some in amounts.items()}
