"""The relay's balance and charges: warned in steps and once each, compared once a day. The relay is a loopback one."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.job import JobStatus
from bot.operation.relay_books import DAY_S, HOUR_S, SETTLED_S, RelayBooks, read_kept_books
from bot.settings import Access
from bot.storage.jobs import JobStore
from sandbox.relay.balance import GRANTED, QUOTA_PER_UNIT
from sandbox.relay.profiles import NEW_API, UNIAPI
from tests.sandbox.relay_bench import Bench
from tests.support.makers import NO_LIMITS, make_job, make_settings
from tests.support.ports import ManualClock, RecordingAlerts

A_DAY = DAY_S + SETTLED_S


class Owner(RecordingAlerts):
    """Books over a store, a relay, and all that its owner was told."""

    def __init__(self, bench: Bench, store: JobStore) -> None:
        super().__init__()
        self.relay = bench.relay
        self.bench = bench
        self.store = store
        self.clock = ManualClock()
        self.books = self.restarted()
        self.settings = make_settings(relay_base_url=self.relay.base_url)

    def restarted(self) -> RelayBooks:
        """The books of another process, or of the next start."""
        access = Access(self.relay.base_url, {"Authorization": f"Bearer {self.relay.key}"})
        self.books = RelayBooks(access, self.store, self.clock, self)
        return self.books

    async def spend(self, dollars: float) -> None:
        """Use some of the key, by tasks that the books hold for those of a job each."""
        for number in range(round(dollars * 500_000 / QUOTA_PER_UNIT)):
            self.relay.balance.strangers.append(f"{len(self.relay.balance.strangers)}{number}")

    async def pass_by(self, seconds: float) -> None:
        self.clock.pass_by(seconds)
        await self.books.look_once()


@pytest.fixture
async def owner(store: JobStore) -> AsyncIterator[Owner]:
    async with Bench.open() as bench:
        bench.relay.profile = NEW_API
        yield Owner(bench, store)


async def test_what_is_left_is_known_where_the_relay_tells_it(owner: Owner) -> None:
    await owner.books.look_once()
    known = owner.books.left
    owner.relay.profile = UNIAPI
    await owner.restarted().look_once()

    assert (known, owner.books.left) == (GRANTED / 500_000, None)


async def test_owner_is_warned_in_steps_and_once_each_across_restarts(owner: Owner) -> None:
    await owner.books.look_once()
    await owner.spend(8)  # a dollar an hour or so: 12 left
    await owner.pass_by(8 * HOUR_S)
    warned = list(owner.alerts)
    await owner.restarted().look_once()
    await owner.pass_by(HOUR_S)

    assert len(warned) == 1
    assert warned[0].endswith("has 12.00 left, which is enough for 0.5 days at this week's pace. Top it up in time.")
    assert owner.alerts == warned


async def test_a_quiet_week_warns_of_nothing(owner: Owner) -> None:
    await owner.books.look_once()
    await owner.spend(0.5)
    await owner.pass_by(3 * DAY_S)

    assert owner.alerts == []


async def test_a_key_that_was_topped_up_is_warned_of_anew(owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    await owner.books.look_once()
    await owner.spend(18)
    await owner.pass_by(DAY_S / 2)
    with monkeypatch.context() as topped_up:
        topped_up.setattr("sandbox.relay.balance.GRANTED", 1000 * 500_000)
        await owner.pass_by(HOUR_S)
    await owner.pass_by(HOUR_S)

    assert len([said for said in owner.alerts if "Top it up" in said]) == 2


async def paid(owner: Owner, *, known: bool = True) -> str:
    """Have a task paid an hour later; `known` = for a job of ours."""
    owner.clock.pass_by(HOUR_S)
    owner.bench.clock.at = owner.clock.now().timestamp()
    answer = await owner.bench.submit("imagine", prompt="cat")
    task_id = str(answer["result"])
    if known:
        job = make_job(JobStatus.RECEIVED)
        await owner.store.admissions.admit(job, NO_LIMITS, "2026-11-22")
        await owner.store.move(job, [job.status], JobStatus.RUNNING, task_id=task_id)
    return task_id


async def test_a_charge_that_no_job_stands_for_is_told_within_a_day(owner: Owner) -> None:
    await owner.books.look_once()
    await paid(owner)
    stranger = await paid(owner, known=False)
    await owner.pass_by(A_DAY)
    told = list(owner.alerts)
    await owner.pass_by(A_DAY)

    assert [
        f"charged 0.05 for 1 tasks that none of Easel's jobs stands for, the first of them {stranger}" in said
        for said in told
    ] == [True]
    assert owner.alerts == told


async def test_a_relay_that_charges_more_is_told_within_a_day(owner: Owner) -> None:
    await owner.books.look_once()
    await paid(owner)
    await owner.pass_by(A_DAY)
    assert (owner.alerts, owner.books.drift) == ([], None)  # what a task costs is learnt first

    owner.relay.balance.markup = 1.2
    await paid(owner)
    await owner.pass_by(A_DAY)

    assert owner.alerts == [f"{owner.books.relay} charges more than before: mj_imagine 0.05 → 0.06."]
    assert owner.books.drift == pytest.approx(0.2)


async def test_books_that_agree_drift_by_nothing(owner: Owner) -> None:
    await owner.books.look_once()
    for _day in range(2):
        await paid(owner)
        await owner.pass_by(A_DAY)

    assert owner.alerts == []
    assert owner.books.drift == pytest.approx(0.0)


async def test_what_jobs_cost_is_learnt_by_their_names_in_prices(owner: Owner) -> None:
    await owner.books.look_once()
    await paid(owner)
    await paid(owner, known=False)
    await owner.pass_by(A_DAY)

    books = (await read_kept_books(owner.store.notes, owner.settings))[owner.books.relay]
    assert (books.costs, books.proposed_prices()) == ({"imagine": 0.05}, {"imagine": 5})
    assert (books.charges, books.strangers) == (2, 1)


async def test_what_was_used_today_begins_at_midnight(owner: Owner) -> None:
    owner.clock.pass_by(DAY_S - (owner.clock.now().hour + 1) * HOUR_S)  # an hour before midnight at most
    await owner.books.look_once()
    await owner.spend(3)
    await owner.pass_by(HOUR_S)
    await owner.spend(2)
    await owner.pass_by(HOUR_S)

    books = (await read_kept_books(owner.store.notes, owner.settings))[owner.books.relay]
    assert books.used_today(owner.clock) == pytest.approx(2.0)
