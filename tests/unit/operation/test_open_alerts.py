"""Alerts over a real database: each is one process's to tell, once, across restarts, until it is resolved."""

import asyncio

import pytest

from bot.domain.alerts import Alert, AlertKind, Level
from bot.language import Sentence
from bot.operation.open_alerts import UNTOLD_FOR_S, OpenAlerts
from bot.storage.jobs import JobStore
from tests.support.ports import ManualClock

pytestmark = pytest.mark.both_databases

KEY = Alert(AlertKind.KEY, Level.CRITICAL, Sentence("wrong key"), "fal")
LOW = Alert(AlertKind.BALANCE, Level.WARNING, Sentence("little is left"), "relay")
EMPTY = Alert(AlertKind.BALANCE, Level.CRITICAL, Sentence("nearly nothing is left"), "relay")
LOST = Alert(AlertKind.UNDELIVERABLE, Level.WARNING, Sentence("not posted"), again_s=3600)


@pytest.fixture
async def alerts(store: JobStore, clock: ManualClock) -> OpenAlerts:
    opened = OpenAlerts(store.notes, clock)
    await opened.load()
    return opened


@pytest.fixture
async def restarted(store: JobStore, clock: ManualClock) -> OpenAlerts:
    return OpenAlerts(store.notes, clock)


async def claim(alerts: OpenAlerts, alert: Alert) -> str | None:
    claimed = await alerts.claim(alert, str(alert.sentence))
    if claimed is not None:
        await alerts.note_told(claimed.key)
    return claimed.text if claimed else None


async def test_a_trouble_is_told_once_until_it_is_over(alerts: OpenAlerts, clock: ManualClock) -> None:
    first = [await claim(alerts, KEY) for _time in range(2)]
    clock.pass_by(90)
    over = [await alerts.resolve(KEY.key) for _time in range(2)]
    again = await claim(alerts, KEY)

    assert first == ["wrong key", None]
    assert over[0] is not None
    assert ((clock.now() - over[0].since).total_seconds(), over[0].text, over[1]) == (90, "wrong key", None)
    assert again == "wrong key"


async def test_what_was_told_before_a_restart_is_known_and_can_be_resolved(
    alerts: OpenAlerts, restarted: OpenAlerts
) -> None:
    await claim(alerts, KEY)

    await restarted.load()

    assert (restarted.is_open(KEY.key), restarted.is_news(KEY)) == (True, False)
    assert await claim(restarted, KEY) is None
    assert await restarted.resolve(KEY.key) is not None


async def test_alerts_of_different_subjects_are_different(alerts: OpenAlerts) -> None:
    other = Alert(KEY.kind, KEY.level, KEY.sentence, "kling")

    assert [await claim(alerts, one) for one in (KEY, other)] == ["wrong key", "wrong key"]


async def test_a_trouble_that_grows_is_told_again_and_one_that_shrinks_is_not(alerts: OpenAlerts) -> None:
    told = [await claim(alerts, one) for one in (LOW, EMPTY, EMPTY, LOW, EMPTY)]

    assert told == ["little is left", "nearly nothing is left", None, None, "nearly nothing is left"]


async def test_an_event_is_told_again_after_a_while_and_has_no_end(alerts: OpenAlerts, clock: ManualClock) -> None:
    told = []
    for seconds in (0, 3500, 200):
        clock.pass_by(seconds)
        told.append(await claim(alerts, LOST))

    assert told == ["not posted", None, "not posted"]
    assert not alerts.is_open(LOST.key)


async def test_of_many_who_notice_at_the_same_moment_one_tells(store: JobStore, clock: ManualClock) -> None:
    processes = [OpenAlerts(store.notes, clock) for _number in range(10)]

    told = await asyncio.gather(*(one.claim(KEY, "wrong key") for one in processes))
    for one in processes:
        await one.note_told(KEY.key)
    over = await asyncio.gather(*(one.resolve(KEY.key) for one in processes))

    assert (len([one for one in told if one]), len([one for one in over if one])) == (1, 1)


async def test_what_was_claimed_and_reached_nobody_is_anybodys_after_a_while(
    alerts: OpenAlerts, restarted: OpenAlerts, clock: ManualClock
) -> None:
    await alerts.claim(KEY, "wrong key")
    at_once = await restarted.claim_untold()
    clock.pass_by(UNTOLD_FOR_S)
    later = await restarted.claim_untold()
    of_another = await alerts.claim_untold()
    await restarted.note_told(KEY.key)
    clock.pass_by(UNTOLD_FOR_S)

    assert (at_once, [one.text for one in later], of_another) == ([], ["wrong key"], [])
    assert await restarted.claim_untold() == []


async def test_nobody_is_told_the_end_of_what_they_never_heard_of(alerts: OpenAlerts) -> None:
    await alerts.claim(KEY, "wrong key")

    assert await alerts.resolve(KEY.key) is None
    assert await claim(alerts, KEY) == "wrong key"
