"""Shards as rows: who takes how many, how they change hands, and turns to identify."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.storage.jobs import JobStore
from bot.storage.shards import Shards
from tests.support.processes import end_lease_of

TOTAL = 8
both_databases = pytest.mark.both_databases


@pytest.fixture
async def rows(store: JobStore) -> Shards:
    rows = Shards(store.database)
    await rows.agree(TOTAL, 1)
    return rows


@pytest.fixture
async def other(database: str) -> AsyncIterator[JobStore]:
    async with JobStore.opened(database) as opened:
        yield opened


@both_databases
async def test_one_process_holds_all(rows: Shards) -> None:
    assert await rows.claim(TOTAL, None) == list(range(TOTAL))
    assert await rows.claim(TOTAL, None) == []
    assert await rows.inherit(TOTAL, None) == []
    assert await rows.mine(TOTAL) == set(range(TOTAL))


@both_databases
async def test_a_process_with_numbers_takes_no_others(rows: Shards) -> None:
    assert await rows.claim(TOTAL, (1, 5)) == [1, 5]
    assert await rows.mine(TOTAL) == {1, 5}


@both_databases
@pytest.mark.parametrize(("wanted", "total"), [(None, 3), (4, 4)])
async def test_discord_says_how_many_shards_there_are_unless_the_owner_does(
    wanted: int | None, total: int, store: JobStore
) -> None:
    rows = Shards(store.database)

    assert await rows.agree(wanted, 3) == total
    assert await rows.claim(total, None) == list(range(total))


@both_databases
async def test_turns_of_a_key_follow_each_other_and_those_of_another_do_not_wait(rows: Shards) -> None:
    waits = [await rows.identify_after_s(0, 100.0) for _ in range(3)]

    assert [round(wait, -1) for wait in waits] == [0.0, 100.0, 200.0]
    assert await rows.identify_after_s(1, 100.0) < 1


@pytest.mark.process
@pytest.mark.postgres_only
class TestSeveralProcesses:
    """On a server's database."""

    @pytest.fixture
    def others(self, other: JobStore) -> Shards:
        return Shards(other.database)

    async def test_each_takes_its_share_and_what_is_left_when_another_has_gone(
        self, rows: Shards, others: Shards, store: JobStore, other: JobStore
    ) -> None:
        taken = await asyncio.gather(rows.claim(TOTAL, None), others.claim(TOTAL, None))
        assert sorted(taken[0] + taken[1]) == list(range(TOTAL))
        assert len(taken[0]) == len(taken[1]) == TOTAL // 2

        await end_lease_of(store, other)

        assert await others.claim(TOTAL, None) == taken[0]
        assert await rows.mine(TOTAL) == set()

    async def test_who_comes_later_follows_those_who_hold_some(self, rows: Shards, others: Shards) -> None:
        await rows.claim(TOTAL, range(TOTAL))

        assert await others.agree(None, 3) == TOTAL
        assert await others.claim(TOTAL, None) == []

    async def test_an_heir_takes_over_one_by_one(self, rows: Shards, others: Shards) -> None:
        await rows.claim(TOTAL, range(TOTAL))
        assert await others.inherit(TOTAL, None) == []
        await rows.leave()

        heir_of = await others.inherit(TOTAL, None)

        assert heir_of == list(range(TOTAL))  # who leaves does not count
        assert await others.claim(TOTAL, None) == []
        assert await others.take_over(TOTAL, 0)
        assert not await others.take_over(TOTAL, 0)
        assert (await rows.mine(TOTAL), await others.mine(TOTAL)) == (set(range(1, TOTAL)), {0})

    async def test_an_heir_is_waited_for_when_the_owner_gives_up(
        self, rows: Shards, others: Shards, database: str
    ) -> None:
        await rows.claim(TOTAL, range(TOTAL))
        await rows.leave()
        await others.inherit(TOTAL, None)
        await rows.give_up()
        async with JobStore.opened(database) as third:
            assert await Shards(third.database).claim(TOTAL, None) == []

        assert await others.take_over(TOTAL, 7)

    async def test_what_is_released_is_for_those_who_have_room(self, rows: Shards, others: Shards) -> None:
        await rows.claim(TOTAL, range(TOTAL))

        await rows.release(TOTAL, [3, 6, 7])

        assert await others.claim(TOTAL, None) == [3, 6, 7]
        assert await rows.mine(TOTAL) == {0, 1, 2, 4, 5}

    async def test_turns_taken_at_the_same_time_are_different_ones(self, rows: Shards, others: Shards) -> None:
        waits = await asyncio.gather(*(one.identify_after_s(0, 100.0) for one in (rows, others) for _ in range(4)))

        assert sorted(round(wait, -2) for wait in waits) == [100.0 * number for number in range(8)]
