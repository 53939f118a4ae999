"""The one clock."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from tests.makers import START
from tests.ports import ManualClock


def test_now_is_aware_and_utc() -> None:
    assert Clock().now().utcoffset() == timedelta(0)
    assert abs(Clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize(("scale", "real"), [(1, 60), (6, 10), (0.5, 120)])
def test_waits_are_divided_by_the_scale(scale: float, real: float) -> None:
    clock = ManualClock(scale)

    assert clock.real(60) == real
    assert clock.after(60) == START + timedelta(seconds=real)


async def test_sleep_is_divided_by_the_scale() -> None:
    clock = Clock(scale=1_000_000)
    before = clock.monotonic()

    await clock.sleep(1_000)

    assert clock.monotonic() - before < 1
