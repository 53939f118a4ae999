"""What was spent by whom and on what, as the ledger tells it."""

from typing import Any

import pytest

from bot.domain.job import Actor, JobStatus
from bot.domain.requests import EngineRequest, Mode
from bot.storage.jobs import JobStore
from bot.storage.usage import DayOfEngine, Span, Usage, UsageBy, days_by_engine, read_usage
from tests.support.makers import ANA, BEN, NO_LIMITS, make_place
from tests.support.stored import moved, received

pytestmark = pytest.mark.both_databases

WITH_ROLES = Actor(ANA.id, roles=(5, 6))
ALL = Span()
FAL: dict[str, Any] = {"engine": "fal", "request": EngineRequest(engine="fal", kind="generate", prompt="a cat")}


@pytest.fixture(autouse=True)
async def _spent(store: JobStore) -> None:
    """Four jobs of two days; Ben's was given back."""
    elsewhere = make_place(guild_id=202, channel_id=302)
    jobs = [
        (received(actor=WITH_ROLES, units=2), "2026-11-21"),
        (received(actor=WITH_ROLES, units=3, **FAL), "2026-11-22"),
        (received(actor=ANA, units=5, mode=Mode.TURBO, place=elsewhere), "2026-11-22"),
        (received(actor=BEN, units=7), "2026-11-22"),
    ]
    for job, day in jobs:
        await store.admissions.admit(job, NO_LIMITS, day)
    await moved(store, jobs[3][0].with_(owner=store.database.process), JobStatus.CANCELLED)


async def usage(store: JobStore, by: UsageBy, span: Span = ALL, guild_id: int | None = None) -> list[Usage]:
    async with store.database.reading() as connection:
        return await read_usage(connection, by, span, guild_id=guild_id)


@pytest.mark.parametrize(
    ("by", "found"),
    [
        (UsageBy.MEMBER, [("901", 3, 10), ("902", 1, 0)]),
        (UsageBy.ROLE, [("5", 2, 5), ("6", 2, 5)]),
        (UsageBy.CHANNEL, [("301", 3, 5), ("302", 1, 5)]),
        (UsageBy.SERVER, [("201", 3, 5), ("202", 1, 5)]),
        (UsageBy.ENGINE, [("midjourney", 3, 7), ("fal", 1, 3)]),
        (UsageBy.MODE, [("", 3, 5), ("turbo", 1, 5)]),
        (UsageBy.DAY, [("2026-11-22", 3, 8), ("2026-11-21", 1, 2)]),
    ],
)
async def test_units_are_summed_up_by(by: UsageBy, found: list[tuple[str, int, int]], store: JobStore) -> None:
    assert [(one.name, one.jobs, one.units) for one in await usage(store, by)] == found


async def test_a_server_sees_its_own(store: JobStore) -> None:
    assert await usage(store, UsageBy.ENGINE, guild_id=202) == [Usage("midjourney", 1, 5)]


@pytest.mark.parametrize(
    ("span", "units"), [(Span("2026-11-22"), 8), (Span(None, "2026-11-21"), 2), (Span("2026-11-21", "2026-11-22"), 10)]
)
async def test_days_are_looked_at_with_the_first_and_the_last(span: Span, units: int, store: JobStore) -> None:
    assert sum(one.units for one in await usage(store, UsageBy.DAY, span)) == units


async def test_a_member_is_told_their_days_by_engine(store: JobStore) -> None:
    assert await days_by_engine(store.database, Span(), ANA.id) == [
        DayOfEngine("2026-11-21", "midjourney", 2),
        DayOfEngine("2026-11-22", "fal", 3),
        DayOfEngine("2026-11-22", "midjourney", 5),
    ]
