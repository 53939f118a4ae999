"""Lanes: nobody waits for what another exhausts, and what waits costs next to nothing."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.lanes import Lanes, Places, PlacesOf
from tests.support.virtual_time import in_virtual_time

SLOW_S = 100.0


class Yard:
    """Lanes whose work takes as long as its id says; remembers when each thing began."""

    def __init__(self) -> None:
        self.began: dict[str, float] = {}

    async def work(self, _lane: str, item: str) -> None:
        self.began[item] = asyncio.get_running_loop().time()
        await asyncio.sleep(SLOW_S if item.startswith("slow") else 1.0)


@asynccontextmanager
async def lanes(yard: Yard, places: int = 1, patience_s: float | None = None) -> AsyncIterator[Lanes[str]]:
    async with asyncio.TaskGroup() as group:
        yield Lanes(group, yard.work, places=places, patience_s=patience_s)


def test_lanes_do_not_wait_for_each_other() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard) as some:
            for number in range(300):
                some.put("busy", f"slow {number}")
                if number == 299:
                    some.put("quiet", "one")
            await asyncio.sleep(0)
            assert list(yard.began) == ["slow 0", "one"]
            assert len(asyncio.all_tasks()) == 3

    in_virtual_time(scenario())


def test_parties_in_a_lane_take_turns_in_their_own_order() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard) as some:
            for item in ("a1", "a2", "a3", "b1", "b2", "c1"):
                some.put("lane", item, item[0])

        assert list(yard.began) == ["a1", "b1", "c1", "a2", "b2", "a3"]

    in_virtual_time(scenario())


def test_what_stands_in_line_already_is_done_once() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard) as some:
            for item in ("first", "again", "again", "again"):
                some.put("lane", item)

        assert list(yard.began.values()) == [yard.began["first"], yard.began["first"] + 1]

    in_virtual_time(scenario())


@pytest.mark.parametrize(
    ("count", "first"), [(1, ["0"]), (100, [str(number) for number in range(10)])], ids=["1", "100"]
)
def test_work_that_waits_for_nothing_lets_others_have_their_turns(count: int, first: list[str]) -> None:
    async def scenario() -> None:
        done: list[str] = []

        async def work(_lane: str, item: str) -> None:
            done.append(item)

        async with asyncio.TaskGroup() as group:
            some = Lanes[str](group, work, places=1)
            for number in range(100):
                some.put(f"lane {number % count}", str(number))
            await asyncio.sleep(0)
            assert done == first
        assert len(done) == 100

    in_virtual_time(scenario())


def test_what_takes_long_is_not_waited_for() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard, places=2, patience_s=5.0) as some:
            for item in ("slow 1", "slow 2", "quick", "last"):
                some.put("lane", item)

        begun = [at - yard.began["slow 1"] for at in yard.began.values()]
        assert begun == [0.0, 0.0, 5.0, 5.0]

    in_virtual_time(scenario())


def test_lane_that_went_on_has_no_more_places_than_before() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard, patience_s=5.0) as some:
            some.put("lane", "slow")
            await asyncio.sleep(2 * SLOW_S)
            for item in ("one", "two", "three"):
                some.put("lane", item)

        assert yard.began["three"] - yard.began["one"] == 2.0

    in_virtual_time(scenario())


def test_lane_gives_its_extra_place_back_while_others_still_wait() -> None:
    async def scenario() -> None:
        yard = Yard()
        async with lanes(yard, patience_s=5.0) as some:
            for item in ("slow", *map(str, range(200))):
                some.put("lane", item)

        later = [at for at in yard.began.values() if at > yard.began["slow"] + SLOW_S + 1]
        assert min(after - before for before, after in itertools.pairwise(later)) == 1.0

    in_virtual_time(scenario())


def test_place_that_counted_as_free_is_given_back_once() -> None:
    async def scenario() -> None:
        places, loop, came = Places(1, patience_s=3.0), asyncio.get_running_loop(), []

        async def visit(stay_s: float) -> None:
            async with places.one():
                came.append(loop.time())
                await asyncio.sleep(stay_s)

        await visit(SLOW_S)
        await asyncio.gather(*(visit(1.0) for _number in range(3)))

        assert [at - came[1] for at in came[1:]] == [0.0, 1.0, 2.0]

    in_virtual_time(scenario())


def test_place_that_is_held_for_long_counts_as_free() -> None:
    async def scenario() -> None:
        places, loop, came = Places(2, patience_s=3.0), asyncio.get_running_loop(), []
        begun = loop.time()

        async def visit(stay_s: float) -> None:
            async with places.one():
                came.append(loop.time() - begun)
                await asyncio.sleep(stay_s)

        async with asyncio.TaskGroup() as group:
            for stay_s in (SLOW_S, SLOW_S, 1.0, 1.0, 1.0):
                group.create_task(visit(stay_s))
            await asyncio.sleep(50)
            group.create_task(visit(1.0))

        assert came == [0, 0, 3, 3, 4, 50]

    in_virtual_time(scenario())


async def test_places_of_one_party_are_no_others() -> None:
    places = PlacesOf(2)
    async with places.one("ana"), places.one("ana"):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0), places.one("ana"):
                pass
        async with places.one("ben"):
            pass
    async with places.one("ana"):
        pass
