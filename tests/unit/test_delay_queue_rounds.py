"""What is due soon is taken along with what is due now, so that one call to the relay serves many jobs."""

from bot.delay_queue import DelayQueue
from tests.support.ports import ManualClock


def test_what_is_due_soon_comes_along_with_what_is_due_now(clock: ManualClock) -> None:
    looks = DelayQueue(clock)
    for key, in_s in (("now", 2.0), ("soon", 4.0), ("later", 4.1)):
        looks.put(key, in_s)
    clock.pass_by(2.0)

    assert looks.take(along_s=2.0) == ["now", "soon"]


def test_nothing_comes_along_before_something_is_due(clock: ManualClock) -> None:
    looks = DelayQueue(clock)
    looks.put("soon", 1.0)

    assert looks.take(along_s=2.0) == []
    assert len(looks) == 1
