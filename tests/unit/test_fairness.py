"""Long work lets others work in between."""

import asyncio
from collections import Counter
from contextvars import Context

from bot.fairness import HELD_BACK_S, AnswersFirst, LoopThrottle, in_turns
from tests.support.virtual_time import in_virtual_time


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


async def test_what_follows_an_answer_comes_at_once_where_nobody_waits() -> None:
    following = asyncio.create_task(AnswersFirst().come_after(), name="follow")
    await asyncio.sleep(0)

    assert following.done()


async def test_what_follows_an_answer_comes_after_those_that_others_wait_for() -> None:
    answers, answered = AnswersFirst(), asyncio.Event()

    async def answer() -> None:
        with answers.answering():
            await answered.wait()
        with answers.answering():  # and goes on to the next at once
            await asyncio.sleep(0)
            log.append("answered")

    async def follow() -> None:
        await answers.come_after()
        log.append("followed")

    log: list[str] = []
    async with asyncio.TaskGroup() as group:
        group.create_task(answer(), name="answer")
        await asyncio.sleep(0)
        group.create_task(follow(), name="follow")
        answered.set()

    assert log == ["answered", "followed"]


def test_a_rush_that_never_ends_holds_nothing_back_for_long() -> None:
    async def follow() -> float:
        answers = AnswersFirst()
        following = asyncio.create_task(answers.come_after(), name="follow")
        with answers.answering():
            await following
        return asyncio.get_running_loop().time()

    assert in_virtual_time(follow()) == HELD_BACK_S


async def test_nothing_is_held_back_for_a_few() -> None:
    answers = AnswersFirst(few=1)
    following = asyncio.create_task(answers.come_after(), name="follow")

    with answers.answering():
        await following
        with answers.answering():
            held = asyncio.create_task(answers.come_after(), name="held", context=Context())
            await asyncio.sleep(0)
            assert not held.done()
        await held


async def test_what_is_part_of_an_answer_is_not_held_back_for_it() -> None:
    answers = AnswersFirst()

    with answers.answering():
        await asyncio.wait_for(answers.come_after(), HELD_BACK_S / 2)
