"""The list of things to do."""

import asyncio

import pytest

from bot.clock import Clock
from bot.delay_queue import DelayQueue
from tests.support.ports import PATIENCE_S, ManualClock


def test_keys_come_when_they_are_due_earliest_first(clock: ManualClock) -> None:
    due = DelayQueue(clock)
    for key, in_s in (("late", 9.0), ("second", 2.0), ("first", 1.0)):
        due.put(key, in_s)

    clock.pass_by(2)

    assert due.take() == ["first", "second"]
    assert due.take() == []
    assert (len(due), "late" in due) == (1, True)


@pytest.mark.parametrize(("again_in_s", "at_5"), [(9.0, []), (0.0, ["a"])])
def test_putting_a_key_again_moves_it(again_in_s: float, at_5: list[str], clock: ManualClock) -> None:
    due = DelayQueue(clock)
    due.put("a", 4.0)

    due.put("a", again_in_s)

    clock.pass_by(5)
    assert due.take() == at_5
    clock.pass_by(5)
    assert due.take() == ([] if at_5 else ["a"])


def test_same_moment_twice_comes_once(clock: ManualClock) -> None:
    due = DelayQueue(clock)
    due.put("a")
    due.put("a")

    assert due.take() == ["a"]


def test_discarded_key_never_comes(clock: ManualClock) -> None:
    due = DelayQueue(clock)
    due.put("a")
    due.discard("a")
    due.discard("never there")

    assert (due.take(), len(due)) == ([], 0)


async def test_wait_returns_at_once_when_something_is_due(clock: ManualClock) -> None:
    due = DelayQueue(clock)
    due.put("a")

    async with asyncio.timeout(PATIENCE_S):
        await due.wait()


async def test_wait_returns_when_the_moment_has_come() -> None:
    due = DelayQueue(Clock())
    due.put("a", 0.01)
    due._changed.clear()

    async with asyncio.timeout(PATIENCE_S):
        while not due.take():
            await due.wait()


@pytest.mark.parametrize("wake", [lambda due: due.put("b"), lambda due: due.poke()], ids=["put", "poke"])
async def test_wait_ends_when_the_list_has_changed(wake: object, clock: ManualClock) -> None:
    due = DelayQueue(clock)
    waiter = asyncio.create_task(due.wait(), name="waiter")
    await asyncio.sleep(0)

    assert callable(wake)
    wake(due)

    async with asyncio.timeout(PATIENCE_S):
        await waiter


async def test_wait_does_not_wake_for_what_was_discarded(clock: ManualClock) -> None:
    due = DelayQueue(clock)
    due.put("a")
    due._changed.clear()
    due.discard("a")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await due.wait()
