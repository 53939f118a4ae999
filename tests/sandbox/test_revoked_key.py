"""A key revoked in the middle of a run, by the ledgers of two relays: nothing is paid twice, and both books agree."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from bot.domain.job import Job, JobStatus
from bot.jobs.dispatcher import Dispatcher
from bot.operation.relay_books import DAY_S, HOUR_S, SETTLED_S, RelayBooks
from bot.pictures.folder import Pictures
from bot.relay.registry import Engines, Tools, balance_access
from bot.services import Services
from bot.storage.jobs import JobStore
from sandbox.relay.profiles import NEW_API
from sandbox.relay.server import LoopbackRelay
from tests.sandbox.relay_bench import HandClock
from tests.support.loops import make_dispatcher, make_poller
from tests.support.makers import make_settings, picture
from tests.support.painting import Shelf
from tests.support.ports import ManualClock, RecordingPresenter, at_work, until
from tests.support.services import make_services
from tests.support.walk import now, waiting

JOBS = 6
GRID_S = 120.0


@dataclass(frozen=True)
class Office:
    """Two loopback relays, the real engine at each, and the books of both."""

    relays: dict[str, LoopbackRelay]
    clock: ManualClock
    relay_clock: HandClock
    services: Services
    books: list[RelayBooks]
    owner: RecordingPresenter

    def pass_by(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        self.relay_clock.at = self.clock.now().timestamp()

    async def end(self, jobs: list[Job]) -> None:
        """Let time go by until jobs are over."""
        poller = make_poller(self.services)
        for _look in range(20):
            self.pass_by(GRID_S / 4)
            await poller.look_once()
            if not self.services.jobs.live.running:
                break
        assert {(await now(self.services, job)).status for job in jobs} == {JobStatus.POSTING}

    async def compare(self) -> None:
        for one in self.books:
            await one.look_once()


@asynccontextmanager
async def opened(store: JobStore, pictures: Pictures, clock: ManualClock) -> AsyncIterator[Office]:
    relay_clock = HandClock()
    relay_clock.at = clock.now().timestamp()
    async with AsyncExitStack() as stack:
        relays = {name: LoopbackRelay(relay_clock, profile=NEW_API, sketches=True) for name in ("a", "b")}
        for relay in relays.values():
            await relay.start()
            stack.push_async_callback(relay.stop)
        entries = [{"name": name, "url": relay.base_url, "key": relay.key} for name, relay in relays.items()]
        settings = make_settings(relays=json.dumps(entries), relay_mj_auth="bearer", max_running_per_member=20)
        engines = await stack.enter_async_context(Engines.opened(Tools(settings, Shelf(one=picture()), clock)))
        services = make_services(
            store=store,
            engines=engines.by_lane,
            pictures=pictures,
            presenter=RecordingPresenter(),
            settings=settings,
            clock=clock,
        )
        owner = RecordingPresenter()
        books = [
            RelayBooks(balance_access(relay), store, clock, owner, name=relay.name) for relay in settings.relay.all
        ]
        yield Office(relays, clock, relay_clock, services, books, owner)


@pytest.fixture
async def office(store: JobStore, pictures: Pictures, clock: ManualClock) -> AsyncIterator[Office]:
    async with opened(store, pictures, clock) as made:
        yield made


async def run(office: Office, dispatcher: Dispatcher, count: int) -> list[Job]:
    """Send jobs, and return them once relays have them all."""
    before = len(office.services.jobs.live.running)
    jobs = [await waiting(office.services) for _number in range(count)]
    async with at_work(dispatcher.run()):
        await until(lambda: len(office.services.jobs.live.running) == before + count)
    return jobs


async def test_a_revoked_key_leaves_nothing_paid_twice_and_both_books_agree(office: Office) -> None:
    dispatcher = make_dispatcher(office.services, office.clock)
    await office.compare()
    office.pass_by(HOUR_S)
    learnt = await run(office, dispatcher, 2)  # by which the books learn what a task costs
    await office.end(learnt)
    office.pass_by(DAY_S + SETTLED_S)
    await office.compare()

    before = await run(office, dispatcher, JOBS)
    key, office.relays["a"].key = office.relays["a"].key, "sk-another"
    begun_s = office.clock.monotonic()
    after = await run(office, dispatcher, JOBS)
    took_s = office.clock.monotonic() - begun_s
    office.relays["a"].key = key
    await office.end([*before, *after])
    office.pass_by(DAY_S + SETTLED_S)
    await office.compare()

    paid = {
        name: Counter(task["state"] for task in relay.tasks() if task["charged"])
        for name, relay in office.relays.items()
    }
    assert took_s < 5.0
    assert sum(paid.values(), Counter()) == dict.fromkeys([job.id for job in (*learnt, *before, *after)], 1)
    assert {job.id for job in after} <= paid["b"].keys()
    assert {(await now(office.services, job)).relay for job in after} == {"b"}
    assert [one.drift for one in office.books] == [pytest.approx(0.0), pytest.approx(0.0)]
    assert office.owner.alerts == []
