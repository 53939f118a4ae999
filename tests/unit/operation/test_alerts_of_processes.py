"""Alerts of several processes on one database: one tells them, and one their end."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.alerts import Alert, AlertKind, Level
from bot.language import Sentence
from bot.operation.open_alerts import OpenAlerts
from bot.storage.jobs import JobStore
from tests.support.ports import ManualClock

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]

KEY = Alert(AlertKind.KEY, Level.CRITICAL, Sentence("wrong key"), "fal")


@pytest.fixture
async def other(store: JobStore, database: str) -> AsyncIterator[JobStore]:
    async with JobStore.opened(database) as opened:
        await store.database.processes.renew()
        yield opened


async def test_another_process_neither_tells_it_again_nor_its_end(
    store: JobStore, other: JobStore, clock: ManualClock
) -> None:
    mine, theirs = OpenAlerts(store.notes, clock), OpenAlerts(other.notes, clock)

    told = [await one.claim(KEY, "wrong key") for one in (mine, theirs)]
    await mine.note_told(KEY.key)
    over = [await one.resolve(KEY.key) for one in (theirs, mine)]

    assert [one is not None for one in told] == [True, False]
    assert [one is not None for one in over] == [True, False]


async def test_what_another_process_told_is_known_after_the_next_look(
    store: JobStore, other: JobStore, clock: ManualClock
) -> None:
    mine, theirs = OpenAlerts(store.notes, clock), OpenAlerts(other.notes, clock)
    await mine.claim(KEY, "wrong key")

    await theirs.load()

    assert theirs.is_open(KEY.key)
