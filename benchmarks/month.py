"""`python -m benchmarks.month [JOBS] [--postgres]`: a month of a busy server with all budgets on, and its books.

The real jobs side over a real database; Discord, the clock and the relay are stood in for. The relay has books of its
own, by its own prices. Members come in bursts. Each burst is admitted twice, one after the other in turns: in the
server with all its rules, and in another database by a bot that has none, so that whatever else the machine does
meets both. Jobs of unknown outcome are such as the relay had taken, since what it never got stays spent with us.
"""

import asyncio
import csv
import json
import math
import random
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import update

from benchmarks.busy_server import CHANNELS, FAST_ROLE, GUILD, ROLES, ChargingRelay, Silent, owners_budgets, rules
from benchmarks.hundred import share
from benchmarks.table import Figure, show
from bot.app import spare_collections
from bot.domain.job import Actor, Failure, FailureKind, Job, JobStatus, Place
from bot.domain.outcomes import Succeeded
from bot.domain.requests import Imagine, Mode
from bot.errors import UserError
from bot.operation.books import write_usage
from bot.operation.sweeper import DAY_S
from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.services import Services
from bot.settings import Settings
from bot.storage.inspection import survey
from bot.storage.jobs import JobStore
from bot.storage.schema import jobs
from bot.storage.units import LimitReachedError
from tests.support.makers import VARY_3, make_place, make_result, make_settings
from tests.support.ports import ManualClock, ScriptedEngine, ShelfFetcher
from tests.support.postgres import server_settings
from tests.support.rows import rows
from tests.support.services import make_services

JOBS, DAYS, MEMBERS = 50_000, 30, 400
MODERATOR = 900
BURST = 20  # members at once, at most
BUSY_DAY, BUSIER = 17, 1.8  # a contest: what comes in is more than the budgets of a day let through
SHARE = 2.0  # of the admission alone; what people wait for is measured by benchmarks.budgets
MB = 1_000_000
_CLEAR = update(jobs).where(jobs.c.status == JobStatus.RECEIVED).values(status=JobStatus.CANCELLED)
OF_ALL = "SELECT sum(used) AS units FROM budgets WHERE scope = 'all' AND day LIKE '20%'"


@dataclass
class Counts:
    """What came of all that was asked for; times in milliseconds, of those that were let in."""

    admitted: int = 0
    with_budgets: list[float] = field(default_factory=list)
    with_none: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)  # by the kind of budget
    ended: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Ask:
    """One member who asks for a picture."""

    actor: Actor
    place: Place
    request: Imagine
    mode: Mode


class Month:
    """The days of a server, one after the other."""

    def __init__(self, ruled: Services, plain: Services, wanted: int) -> None:
        self._ruled = ruled
        self._plain = plain
        self._clock: ManualClock = ruled.clock  # type: ignore[assignment]  # it is the one that was handed over
        self._wanted = wanted
        self._chance = random.Random(20)
        self.counts = Counts()
        self._actors = [
            Actor(1000 + number, roles=tuple(sorted(self._chance.sample(ROLES, 3)))) for number in range(MEMBERS)
        ]
        self._active = [1 / math.sqrt(number) for number in range(1, MEMBERS + 1)]

    async def live(self) -> None:
        """Let all days go by."""
        for day in range(DAYS):
            wanted = (self._wanted - self.counts.admitted) / (DAYS - day) * (BUSIER if day == BUSY_DAY else 1.0)
            if day % 3 == 0:
                await self._grant()
            await self._day(day, math.ceil(wanted))
            if day == 0:  # both sides have built their statements and loaded their libraries by now
                self.counts.with_budgets.clear()
                self.counts.with_none.clear()
            if day % 5 == 4:
                print(f"day {day + 1}: {_speed(self.counts)[1]}", flush=True)

    async def _grant(self) -> None:
        """Let the busiest members have some units more."""
        until = self._clock.now() + timedelta(days=4)
        for actor in self._actors[:3]:
            await self._ruled.jobs.rulebook.grant(GUILD, f"member:{actor.id}", 10, until, MODERATOR)

    async def _day(self, day: int, wanted: int) -> None:
        begun, asked = self.counts.admitted, 0
        while self.counts.admitted - begun < wanted and asked < 1.2 * wanted:
            asks = self._burst(wanted - self.counts.admitted + begun)
            asked += len(asks)
            done = await self._admit(asks)
            await asyncio.gather(*(self._end(job) for job in done))
            for job in done[:3]:
                await self._press(job)
            self._clock.pass_by(DAY_S * 0.7 * len(asks) / wanted)
        self._clock.passed_s = max(self._clock.passed_s, (day + 1) * DAY_S)

    def _burst(self, most: int) -> list[Ask]:
        """Draw who comes at once; each once, the busy ones more often."""
        drawn = self._chance.choices(self._actors, self._active, k=self._chance.randint(1, min(BURST, most)))
        return [self._ask(actor) for actor in dict.fromkeys(drawn)]

    def _ask(self, actor: Actor) -> Ask:
        is_fast = FAST_ROLE in actor.roles and self._chance.randrange(5) == 0
        place = make_place(guild_id=GUILD, channel_id=self._chance.choice(CHANNELS), category_id=300)
        request = Imagine(prompt=f"a lighthouse of number {self._chance.randrange(10**6)} in the rain")
        return Ask(actor, place, request, Mode.TURBO if is_fast else Mode.FAST)

    async def _admit(self, asks: Sequence[Ask]) -> list[Job]:
        """Let a burst ask both bots; returns what has to be brought to an end."""
        sides = [(self._ruled, self.counts.with_budgets), (self._plain, self.counts.with_none)]
        self._chance.shuffle(sides)
        made: list[Job] = []
        for services, times in sides:
            answers = await asyncio.gather(*(self._timed(services, ask, times) for ask in asks))
            if services is self._ruled:
                made = [job for job in answers if job is not None]
        await self._clear()
        self.counts.admitted += len(made)
        return made

    async def _clear(self) -> None:
        """Let nothing wait at the other bot, whose books nobody looks at."""
        async with self._plain.store.database.transaction() as connection:
            await connection.execute(_CLEAR)

    async def _timed(self, services: Services, ask: Ask, times: list[float]) -> Job | None:
        begun = time.perf_counter()
        try:
            job = await services.jobs.admission.request(ask.actor, ask.place, ask.request, mode=ask.mode, token=None)
        except UserError as exc:
            self._note_refusal(exc)
            return None
        times.append((time.perf_counter() - begun) * 1000)
        return job

    def _note_refusal(self, error: UserError) -> None:
        reason = error.__cause__
        if not isinstance(reason, LimitReachedError) or reason.budget is None:
            raise error
        scope, period = reason.budget.account
        kind = "member of the server" if "/" in scope else scope.partition(":")[0]
        self.counts.refused[f"{kind}, {period}"] += 1

    async def _press(self, job: Job) -> None:
        """Somebody else wants a variation of what was made."""
        parent, actor = await self._now(job), self._chance.choice(self._actors)
        if (
            parent.task_id is None
            or parent.status is not JobStatus.DONE
            or (parent.mode is Mode.TURBO and FAST_ROLE not in actor.roles)
        ):
            return
        key = parent.result.buttons.index(VARY_3) if parent.result else 0
        try:
            child = await self._ruled.jobs.admission.press(
                actor, parent.place, parent, key, token=None, message_id=parent.result_message_id or 0
            )
        except UserError as exc:
            self._note_refusal(exc)
            return
        self.counts.admitted += 1
        await self._end(child)

    async def _end(self, job: Job) -> None:
        """Send a job, and bring it to its end, whatever the relay says."""
        side = self._ruled.jobs
        side.live.enqueue(job)
        await side.submission.submit(job.id)
        sent = await self._now(job)
        if sent.status is JobStatus.UNCERTAIN:
            if self._chance.randrange(2):
                await side.recovery.retry_recovery(sent, None)
            else:
                await side.transitions.end(sent, JobStatus.CANCELLED, Failure(kind=FailureKind.GIVEN_UP))
            sent = await self._now(job)
        if (running := side.live.running.get(job.id)) is not None:
            await side.tracking.advance(running, Succeeded(make_result()))
        posting = [JobStatus.POSTING]
        done = await self._ruled.store.move(sent, posting, JobStatus.DONE, result_message_id=501)
        self.counts.ended[f"{(done or await self._now(job)).status}"] += 1
        side.live.deliveries.discard(job.id)  # nobody is told on Discord
        side.live.deliveries.settle(job.id)

    async def _now(self, job: Job) -> Job:
        found = await self._ruled.store.get(job.id)
        if found is None:
            raise RuntimeError("a job is gone")
        return found


@asynccontextmanager
async def _bot(settings: Settings, folder: Path, clock: ManualClock, relay: ScriptedEngine) -> AsyncIterator[Services]:
    workers = Workers()
    try:
        async with JobStore.opened(settings.storage.database) as store:
            stock = Stock(folder / "pictures", store.kept_pictures, clock)
            yield make_services(
                store=store,
                engines={relay.name: relay},
                pictures=Pictures(stock, ShelfFetcher(), workers, relay_limit=MB),
                presenter=Silent(),
                settings=settings,
                clock=clock,
            )
    finally:
        workers.close()


async def figures(folder: Path, wanted: int = JOBS, *, on_postgres: bool = False) -> list[Figure]:
    """Let a month go by, and hold the books against each other."""
    units_a_day, clock, relay = wanted / DAYS * 1.1, ManualClock(), ChargingRelay(random.Random(30))
    own, shared = {"MAX_RUNNING": 1000}, {"BUDGETS": json.dumps(owners_budgets(units_a_day))}
    settings = []
    for name, changes in (("ruled", own | shared), ("plain", own)):
        place = folder / name
        await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
        database = await asyncio.to_thread(server_settings) if on_postgres else {}
        settings.append(make_settings(DATA_DIR=str(place), **database, **changes))
    async with AsyncExitStack() as stack:
        ruled, plain = [
            await stack.enter_async_context(_bot(one, folder, clock, engine))
            for one, engine in zip(settings, (relay, ScriptedEngine()), strict=True)
        ]
        await ruled.jobs.rulebook.set(GUILD, rules(units_a_day), MODERATOR)
        month = Month(ruled, plain, wanted)
        spare_collections()  # as the bot does: a full one of all that is loaded takes a tenth of a second
        await month.live()
    return [*_speed(month.counts), *await _books(settings[0], folder / "ledger.csv", relay, month.counts)]


def _speed(counts: Counts) -> list[Figure]:
    ruled, plain = sorted(counts.with_budgets), sorted(counts.with_none)
    return [
        Figure(
            f"a month of {counts.admitted:,} jobs: admission {name}, all budgets over none",
            share(ruled, part) / share(plain, part),
            "",
            SHARE,
            f"{share(ruled, part):.1f} ms over {share(plain, part):.1f} ms, up to {BURST} at once",
        )
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]


async def _books(settings: Settings, written: Path, relay: ChargingRelay, counts: Counts) -> list[Figure]:
    url = settings.storage.database
    seen = await survey(url)
    if seen is None:
        raise RuntimeError("there is no database")
    of_all = int((await asyncio.to_thread(rows, _where(settings), OF_ALL))[0]["units"])
    begun = time.perf_counter()
    await _write(settings, written)
    took_s = time.perf_counter() - begun
    most_mb = await _most_memory(settings, written)
    settled, lines = await asyncio.to_thread(_read_settled, written)
    differing = sum(settled.get(one) != relay.charges.get(one) for one in {*settled, *relay.charges})
    refused = ", ".join(f"{name} {count}" for name, count in sorted(counts.refused.items()))
    ended = ", ".join(f"{name} {count:,}" for name, count in sorted(counts.ended.items()))
    name = "a month: "
    return [
        Figure(f"{name}counters off the ledger", len(seen.imbalances), "", 0, f"as the doctor looks; {ended}"),
        Figure(
            f"{name}units off the relay's",
            abs(of_all - sum(relay.charges.values())),
            "",
            0,
            f"of {sum(relay.charges.values()):,}; refused by budgets: {refused or 'none'}",
        ),
        Figure(f"{name}jobs in the CSV off the relay's books", differing, "", 0, f"of {len(relay.charges):,} charged"),
        Figure(f"{name}usage --csv", took_s / lines * MB, "s for a million lines", 120, f"{lines:,} in {took_s:.2f} s"),
        Figure(f"{name}usage --csv, most memory", most_mb, "MB", 8, "traced while it is written"),
        Figure(
            f"{name}database",
            _size(settings) / counts.admitted / 1000,
            "kB a job",
            10,
            f"{_size(settings) / MB:.1f} MB",
        ),
    ]


async def _write(settings: Settings, path: Path) -> None:
    with path.open("w", encoding="utf-8") as out:
        await write_usage(settings, out, first=None, last=None, by=None, as_csv=True)


async def _most_memory(settings: Settings, path: Path) -> float:
    tracemalloc.start()
    await _write(settings, path)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / MB


def _read_settled(path: Path) -> tuple[dict[str, int], int]:
    """What each job cost in the end by the CSV, and how many lines that has."""
    settled, lines = Counter[str](), 0
    with path.open(encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            lines += 1
            if line["kind"] == "settle":
                settled[line["job_id"]] += int(line["units"])
    return settled, lines


def _where(settings: Settings) -> str | Path:
    url = settings.storage.database
    return url if url.startswith("postgres") else settings.storage.data_dir / "easel.db"


def _size(settings: Settings) -> int:
    where = _where(settings)
    if isinstance(where, Path):
        return where.stat().st_size
    return int(rows(where, "SELECT pg_database_size(current_database()) AS bytes")[0]["bytes"])


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[1:] if text.isdecimal()]
    with tempfile.TemporaryDirectory(prefix="easel-month-", ignore_cleanup_errors=True) as name:
        month = figures(Path(name), *numbers, on_postgres="--postgres" in sys.argv)
        sys.exit(0 if show(asyncio.run(month)) else 1)
