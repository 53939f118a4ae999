"""Long work lets others work in between."""

import asyncio
from collections import Counter

from bot.fairness import LoopThrottle, in_turns


async def test_items_come_in_order_and_others_work_after_each_few() -> None:
    log: list[object] = []

    async def other() -> None:
        while True:
            log.append("other")
            await asyncio.sleep(0)

    working = asyncio.create_task(other(), name="other")
    async for item in in_turns(range(7), at_once=3):
        log += [item]
    working.cancel()

    assert log == [0, 1, 2, "other", 3, 4, 5, "other", 6]


async def test_a_turnstile_lets_a_few_pass_in_each_turn_in_their_order() -> None:
    throttle, turns, passed = LoopThrottle(at_once=3), 0, list[tuple[int, int]]()

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def come(number: int) -> None:
        await throttle.enter()
        passed.append((turns, number))

    counting = asyncio.create_task(count(), name="count")
    await asyncio.gather(*(come(number) for number in range(8)))
    counting.cancel()

    assert sorted(number for _turn, number in passed) == list(range(8))
    assert max(Counter(turn for turn, _number in passed).values()) == 3


async def test_a_turnstile_keeps_nobody_who_comes_alone() -> None:
    throttle = LoopThrottle(at_once=1)

    for _time in range(3):
        entering = asyncio.create_task(throttle.enter(), name="enter")
        await asyncio.sleep(0)
        assert entering.done()
        await asyncio.sleep(0)
