"""A keeper holds no shard whose session is not there."""

import asyncio

import pytest

from bot.gateway.shard_keeper import ShardKeeper
from bot.storage.jobs import JobStore
from bot.storage.shards import Shards
from tests.support.ports import at_work, until

pytestmark = [pytest.mark.process, pytest.mark.postgres_only]


class SlowOpener:
    """A gateway whose first session is never ready."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.may_open = asyncio.Event()

    async def open_shard(self, shard_id: int) -> bool:
        self.calls.append(f"open {shard_id}")
        if len(self.calls) == 1:
            return False
        await self.may_open.wait()
        return True

    async def close_shard(self, shard_id: int) -> None:
        self.calls.append(f"close {shard_id}")


async def test_an_heir_takes_a_shard_over_only_when_its_session_is_ready(store: JobStore, database: str) -> None:
    holder, opener = Shards(store.database), SlowOpener()
    await holder.agree(1, 1)
    await holder.claim(1, None)
    await holder.leave()
    async with JobStore.opened(database) as other:
        keeper = ShardKeeper(Shards(other.database), opener, 1, "auto")
        async with at_work(keeper.run()):
            await until(lambda: len(opener.calls) == 3)
            assert await holder.mine(1) == {0}

            opener.may_open.set()
            await until(lambda: keeper.held == {0})

        assert await holder.mine(1) == set()
    assert opener.calls == ["open 0", "close 0", "open 0"]
