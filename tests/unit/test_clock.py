"""The one clock."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from tests.support.makers import START
from tests.support.ports import ManualClock
from tests.support.virtual_time import in_virtual_time


def test_now_is_aware_and_utc() -> None:
    assert Clock().now().utcoffset() == timedelta(0)
    before = datetime.now(UTC)
    assert before <= Clock().now() <= datetime.now(UTC)


@pytest.mark.parametrize(("scale", "real"), [(1, 60), (6, 10), (0.5, 120)])
def test_waits_are_divided_by_the_scale(scale: float, real: float) -> None:
    clock = ManualClock(scale)

    assert clock.real(60) == real
    assert clock.after(60) == START + timedelta(seconds=real)


def test_sleep_is_divided_by_the_scale() -> None:
    async def scenario() -> float:
        await Clock(scale=6).sleep(1_800)
        return asyncio.get_running_loop().time()

    assert in_virtual_time(scenario()) == pytest.approx(300)
