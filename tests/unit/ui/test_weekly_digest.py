"""The owner is told each Monday how the last week was: once, by one process, and not in vain."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import JobStatus
from bot.errors import RelayNotReachedError
from bot.operation.digest import NOTE
from bot.operation.relay_books import NOTE as BOOKS
from bot.operation.relay_books import Books, Reading
from bot.settings.alerts import AlertSettings
from bot.storage.jobs import JobStore
from bot.ui.delivery.owner_messages import OwnerMessages
from bot.ui.delivery.weekly_digest import WeeklyDigest
from tests.support.discord_bench import DiscordBench
from tests.support.makers import ANA, BEN, NO_LIMITS, START, make_job, make_settings
from tests.support.ports import ManualClock

pytestmark = pytest.mark.both_databases

HOOK = "https://hooks.example/1"
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
WEEK = timedelta(weeks=1)


class Owner:
    """A digest over a store, and what the owner's webhook got."""

    def __init__(self, store: JobStore, bench: DiscordBench, folder: Path) -> None:
        self.store = store
        self.clock = ManualClock()
        self.told: list[str] = []
        self.is_away = False
        self._bench = bench
        self._folder = folder

    async def _post(self, _address: str, text: str) -> bool:
        if self.is_away:
            raise RelayNotReachedError("ClientConnectorError")
        self.told.append(text)
        return True

    async def look(self, at: datetime, **settings: Any) -> None:
        """Look as a process does that has just been started."""
        self.clock.pass_by((at - self.clock.now()).total_seconds())
        chosen = {
            "alert_webhook": HOOK,
            "alert_dm_level": "off",
            "relay_base_url": "https://relay.example",
            "data_dir": str(self._folder),
        } | settings
        given = make_settings(**chosen)
        messages = OwnerMessages(self._bench.client, given.alerts, self._post)
        await WeeklyDigest(self.store, given, messages, self.clock).look_once()

    async def make(self, status: JobStatus, day: str = "2026-11-25", **changes: Any) -> None:
        job = make_job(JobStatus.RECEIVED, **changes)
        await self.store.admissions.admit(job, NO_LIMITS, day)
        if status is not job.status:
            await self.store.move(job, [job.status], status)


@pytest.fixture
def owner(store: JobStore, bench: DiscordBench, tmp_path: Path) -> Owner:
    return Owner(store, bench, tmp_path)


async def a_week(owner: Owner) -> None:
    await owner.look(MONDAY - WEEK)
    for actor, units, status in (
        (ANA, 3, JobStatus.POSTING),
        (BEN, 5, JobStatus.POSTING),
        (BEN, 1, JobStatus.EXPIRED),
        (BEN, 1, JobStatus.UNCERTAIN),
    ):
        await owner.make(status, actor=actor, units=units)
    await owner.make(JobStatus.POSTING, day="2026-11-30", units=100)  # of the week that has begun


async def test_the_week_is_told_in_numbers(owner: Owner) -> None:
    await a_week(owner)
    books = Books(readings=(Reading(at=START, left=12.5, used=1),))
    await owner.store.notes.set(f"{BOOKS}relay.example", books.model_dump_json())

    await owner.look(MONDAY)

    (told,) = owner.told
    assert told.splitlines()[:6] == [
        "### Easel from 2026-11-23 to 2026-11-29",
        "- 4 jobs, 10 units",
        "- Failed or too late: 1. Right now of unknown outcome: 1, posted nowhere: 0.",
        "- Engines: Midjourney 10",
        "- Members: <@902> 7, <@901> 3",
        "- relay.example has 12.50 left.",
    ]
    assert "GB are free" in told


async def test_one_process_tells_each_week_once(owner: Owner) -> None:
    await a_week(owner)

    for hours in (0, 0, 1, 100):
        await owner.look(MONDAY + timedelta(hours=hours))
    await owner.look(MONDAY + WEEK)

    assert len(owner.told) == 2


async def test_nothing_is_told_before_monday_morning(owner: Owner) -> None:
    await a_week(owner)

    await owner.look(MONDAY - timedelta(minutes=1))

    assert owner.told == []


async def test_a_process_that_was_down_on_monday_tells_later(owner: Owner) -> None:
    await a_week(owner)

    await owner.look(MONDAY + timedelta(days=3))

    assert owner.told[0].startswith("### Easel from 2026-11-23 to 2026-11-29")


async def test_what_reached_nobody_is_told_in_the_next_hour(owner: Owner) -> None:
    await a_week(owner)
    owner.is_away = True
    await owner.look(MONDAY)
    owner.is_away = False

    for hours in (1, 2):
        await owner.look(MONDAY + timedelta(hours=hours))

    assert len(owner.told) == 1


async def test_a_quiet_week_is_not_told(owner: Owner) -> None:
    await owner.look(MONDAY - WEEK)

    await owner.look(MONDAY)

    assert owner.told == []


async def test_the_week_before_the_first_start_is_not_told(owner: Owner) -> None:
    await owner.make(JobStatus.POSTING)

    await owner.look(MONDAY)

    assert owner.told == []
    assert await owner.store.notes.get(NOTE) == "2026-11-30"


async def test_who_wants_none_gets_none_and_the_language_is_theirs(owner: Owner) -> None:
    await a_week(owner)
    await owner.look(MONDAY, weekly_digest="false")
    without = list(owner.told)

    await owner.look(MONDAY, alert_language="zh-CN")

    assert without == []
    assert "2026-11-23" in owner.told[0]
    assert "jobs" not in owner.told[0]


def test_it_is_on_unless_the_owner_says_otherwise() -> None:
    assert AlertSettings().weekly_digest
