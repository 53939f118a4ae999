"""Looks are due at common moments, so that one call to the relay serves many jobs."""

import pytest

from bot.delay_queue import DelayQueue
from tests.support.ports import ManualClock


def test_keys_put_at_different_moments_of_one_round_are_due_together(clock: ManualClock) -> None:
    looks = DelayQueue(clock, step_s=2.0)
    clock.pass_by(0.25)
    for key in ("one", "two", "three"):
        looks.put(key, 12.0)
        clock.pass_by(0.5)

    clock.pass_by(10.25)

    assert set(looks.take()) == {"one", "two", "three"}


@pytest.mark.parametrize("step_s", [0.0, 2.0])
def test_what_is_due_now_is_due_now_whatever_the_round(clock: ManualClock, step_s: float) -> None:
    looks = DelayQueue(clock, step_s=step_s)
    clock.pass_by(0.7)

    looks.put("one")

    assert looks.take() == ["one"]
