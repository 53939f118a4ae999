"""Keeps open the shards that are ours: takes what nobody holds, lets go what others took, hands all over at the end."""

import asyncio
import contextlib
import logging
import math
from typing import Protocol

from bot.settings.discord import ShardIds
from bot.storage.shards import Shards

logger = logging.getLogger(__name__)

ROUND_S = 2.0  # real seconds; how soon a dead process's shards are taken once its lease is over
HANDOVER_ROUND_S = 0.2  # real seconds; for so long both processes may get the events of a shard that changes hands
HANDOVER_S, HANDOVER_SHARD_S = 10.0, 6.0  # real seconds that heirs have, and more for each shard, which waits its turn


class Opener(Protocol):
    """Opens and closes sessions of shards (`bot.gateway.sharded_client`)."""

    async def open_shard(self, shard_id: int) -> bool:
        """Start a session; returns when Discord has said that it is ready, False when it does not say so for long."""
        ...

    async def close_shard(self, shard_id: int) -> None:
        """End a session."""
        ...


class ShardKeeper:
    """Which shards are ours, as rows of the database say, and the sessions that this takes.

    A process without any waits for one that another gives up, or that nobody holds: the library takes an empty list of
    shards for all of them, and is never given one.
    """

    def __init__(self, rows: Shards, opener: Opener, total: int, shard_ids: ShardIds) -> None:
        """`total` is the number of all shards of the bot; `shard_ids` those that this process may hold."""
        self.total = total
        self.held: set[int] = set()
        self.live_processes = 1
        self._rows = rows
        self._opener = opener
        self._ids = None if shard_ids == "auto" else shard_ids
        self._heir_of: set[int] = set()
        self._open: set[int] = set()
        self._opening = -1
        self._changed = asyncio.Event()
        self._rows_at_hand = asyncio.Lock()  # what was read of rows goes until they are changed
        self._has_looked = False

    def is_whole(self) -> bool:
        """Tell whether every shard that we hold has its session; a process without any lacks none."""
        return self._has_looked and self.held <= self._open

    async def run(self) -> None:
        """Keep it so, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_after_rows(), name="shard rows")
            group.create_task(self._open_sessions(), name="shard sessions")

    async def hand_over(self) -> None:
        """Let other processes open our shards beside us and take them, one by one; returns when nobody else will.

        `run` must have ended. Events reach us until a shard is taken, so that none is missed.
        """
        if await self._rows.live_processes() > 1 and self._open:
            await self._rows.leave()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HANDOVER_S + HANDOVER_SHARD_S * len(self._open)):
                    while self._open and await self._rows.live_processes() > 1:
                        await asyncio.sleep(HANDOVER_ROUND_S)
                        await self._let_go(await self._rows.mine(self.total))
        await self._rows.give_up()

    async def _look_after_rows(self) -> None:
        while True:
            try:
                async with self._rows_at_hand:
                    await self._look()
            except Exception as exc:  # noqa: BLE001 - whatever the database has, sessions stay as they are
                logger.warning("shards not looked after error=%s", type(exc).__name__)
            if self._has_looked and not self._rows.is_shared:
                return  # nobody else is there to change them
            await asyncio.sleep(ROUND_S)

    async def _look(self) -> None:
        mine = await self._rows.mine(self.total)
        await self._let_go(mine)
        if taken := await self._rows.claim(self.total, self._ids):
            logger.info("shards taken ids=%s total=%d", taken, self.total)
        self._heir_of = set(await self._rows.inherit(self.total, self._ids))
        self.held = mine.union(taken)
        self.live_processes = await self._rows.live_processes()
        await self._release_surplus()
        self._has_looked = True
        self._changed.set()

    async def _release_surplus(self) -> None:
        """Leave to others that came meanwhile what is more than our share, as far as it is not opened yet."""
        if self._ids is not None:
            return
        surplus = max(0, len(self.held) - math.ceil(self.total / self.live_processes))
        idle = sorted(self.held - self._open - {self._opening}, reverse=True)[:surplus]
        if idle:
            self.held -= set(idle)
            await self._rows.release(self.total, idle)

    async def _let_go(self, mine: set[int]) -> None:
        self.held = mine
        for shard_id in sorted(self._open - mine - self._heir_of):
            logger.info("shard let go shard=%d", shard_id)
            self._open.discard(shard_id)
            await self._opener.close_shard(shard_id)

    async def _open_sessions(self) -> None:
        """Open one after the other, the lowest first: their turns at Discord go in that order."""
        while True:
            missing = (self.held | self._heir_of) - self._open
            if not missing:
                self._changed.clear()
                await self._changed.wait()
                continue
            self._opening = shard_id = min(missing)
            is_ready = await self._opener.open_shard(shard_id)
            self._open.add(shard_id)
            _end_if_cancelled()
            if shard_id in self._heir_of:
                async with self._rows_at_hand:
                    await self._take_over(shard_id, is_ready=is_ready)

    async def _take_over(self, shard_id: int, *, is_ready: bool) -> None:
        """Hold a shard whose session is there, so that its former owner ends its own; one that is not begins anew."""
        is_ours = is_ready and await self._rows.take_over(self.total, shard_id)
        self._heir_of.discard(shard_id)
        if is_ours:
            self.held.add(shard_id)
            logger.info("shard taken over shard=%d", shard_id)
        else:
            self._open.discard(shard_id)
            await self._opener.close_shard(shard_id)


def _end_if_cancelled() -> None:
    """End the running task if it was cancelled as the library's wait was over, which then went on as if it was not."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
