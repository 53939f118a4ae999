"""So much at once, then so much in each second, for everybody by themselves."""

import pytest

from bot.rate_limits import REMEMBERED, RateLimits
from tests.support.ports import ManualClock


@pytest.fixture
def limits(clock: ManualClock) -> RateLimits[str]:
    """Two at once, and one more every two seconds."""
    return RateLimits(clock, 2, 0.5)


def test_what_is_too_much_is_told_how_long_to_wait(limits: RateLimits[str]) -> None:
    assert [limits.take("ana") for _time in range(3)] == [0, 0, 2]
    assert limits.take("ben") == 0


def test_what_was_given_back_can_be_taken_once(limits: RateLimits[str], clock: ManualClock) -> None:
    for _time in range(2):
        limits.take("ana")
    clock.pass_by(2)

    assert [limits.take("ana") for _time in range(3)] == [0, 2, 2]


def test_who_waited_long_may_do_no_more_than_at_first(limits: RateLimits[str], clock: ManualClock) -> None:
    limits.take("ana")
    clock.pass_by(3600)

    assert [limits.take("ana") for _time in range(3)] == [0, 0, 2]


def test_the_longest_silent_is_forgotten_first(limits: RateLimits[str]) -> None:
    for _time in range(2):
        limits.take("ana")
        limits.take("ben")
    for number in range(REMEMBERED - 2):
        limits.take(str(number))
    limits.take("ben")

    limits.take("one more")

    assert (limits.take("ben") > 0, limits.take("ana")) == (True, 0)


def test_a_part_of_one_counts_as_that_much() -> None:
    clock = ManualClock()
    limits = RateLimits[str](clock, burst=1, refill_per_s=0.5)

    assert [limits.take("ana", 0.25) for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert limits.take("ben") == 0


def test_where_time_is_scaled_as_much_is_given_back_in_less_of_it(clock: ManualClock) -> None:
    clock.scale = 10.0
    limits = RateLimits[str](clock, burst=1, refill_per_s=0.5)
    limits.take("ana")
    clock.passed_s += 0.25  # real ones

    assert [limits.take("ana") for _time in range(2)] == [0, 2]
