"""Which process holds which shard of Discord's gateway, and whose turn it is to identify."""

import math
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import DatabaseTime, by_dialect
from bot.storage.processes import is_alive, unowned
from bot.storage.schema import identify, processes, shards

_MISSING_SHARDS = by_dialect(lambda insert: insert(shards).on_conflict_do_nothing())
_MISSING_KEY = by_dialect(lambda insert: insert(identify).on_conflict_do_nothing())


class Shards:
    """The shards as rows, for one process among those on the database.

    A row is held for as long as its owner's lease holds; a process that stops leaves its rows to heirs, who open the
    same shards beside it first.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.is_shared = database.is_shared
        self._me = database.process

    @retried
    async def agree(self, wanted: int | None, recommended: int) -> int:
        """Return how many shards the whole bot has, and enter those that are missing.

        Args:
            wanted: what the owner set.
            recommended: what Discord says, for the first process that asks; the others follow those who hold some.
        """
        held = select(shards.c.total).where(_is_held()).order_by(shards.c.total.desc()).limit(1)
        async with self._database.transaction() as connection:
            total = wanted or (await connection.execute(held)).scalar_one_or_none() or recommended
            rows = [{"total": total, "id": number, "is_leaving": False, "epoch": 0} for number in range(total)]
            await connection.execute(_MISSING_SHARDS[connection.dialect.name], rows)
        return total

    async def mine(self, total: int) -> set[int]:
        """Return the shards that this process holds."""
        query = select(shards.c.id).where(shards.c.total == total, shards.c.owner == self._me)
        async with self._database.reading() as connection:
            return set((await connection.execute(query)).scalars())

    @retried
    async def claim(self, total: int, ids: Collection[int] | None) -> list[int]:
        """Take shards that nobody holds, the lowest first: of these `ids`, or this process's share of all.

        Returns:
            What was taken now.
        """
        given_up = or_(shards.c.owner.is_(None), and_(shards.c.owner != self._me, unowned(shards.c.owner)))
        free = and_(given_up, unowned(shards.c.heir))
        async with self._database.transaction() as connection:
            chosen = _of(total, ids, free).limit(await self._room(connection, total, ids))
            taken = update(shards).where(tuple_(shards.c.total, shards.c.id).in_(chosen))
            values = {"owner": self._me, "heir": None, "is_leaving": False, "epoch": shards.c.epoch + 1}
            found = await connection.execute(taken.values(values).returning(shards.c.id))
            return sorted(found.scalars())

    @retried
    async def inherit(self, total: int, ids: Collection[int] | None) -> list[int]:
        """Enter this process as the heir of shards whose owners leave; returns all that it is heir of."""
        left = and_(shards.c.is_leaving, shards.c.owner != self._me, unowned(shards.c.heir))
        async with self._database.transaction() as connection:
            chosen = _of(total, ids, left).limit(await self._room(connection, total, ids))
            await connection.execute(
                update(shards).where(tuple_(shards.c.total, shards.c.id).in_(chosen)).values(heir=self._me)
            )
            ours = select(shards.c.id).where(shards.c.total == total, shards.c.heir == self._me)
            return sorted((await connection.execute(ours)).scalars())

    @retried
    async def take_over(self, total: int, shard_id: int) -> bool:
        """Hold a shard that this process is the heir of; False where it is so no more."""
        inherited = update(shards).where(shards.c.total == total, shards.c.id == shard_id, shards.c.heir == self._me)
        values = {"owner": self._me, "heir": None, "is_leaving": False, "epoch": shards.c.epoch + 1}
        async with self._database.transaction() as connection:
            return bool((await connection.execute(inherited.values(values))).rowcount)

    @retried
    async def leave(self) -> None:
        """Let others be heirs of what this process holds."""
        async with self._database.transaction() as connection:
            await connection.execute(update(shards).where(shards.c.owner == self._me).values(is_leaving=True))
            await connection.execute(update(shards).where(shards.c.heir == self._me).values(heir=None))

    @retried
    async def give_up(self) -> None:
        """Hold nothing any more; heirs stay what they are."""
        gone = {"owner": None, "is_leaving": False}
        async with self._database.transaction() as connection:
            await connection.execute(update(shards).where(shards.c.owner == self._me).values(gone))

    @retried
    async def release(self, total: int, ids: Collection[int]) -> None:
        """Give some shards up."""
        ours = and_(shards.c.total == total, shards.c.id.in_(ids), shards.c.owner == self._me)
        async with self._database.transaction() as connection:
            await connection.execute(update(shards).where(ours).values(owner=None))

    async def live_processes(self) -> int:
        """Return how many processes work on the database and do not leave; this one is always counted."""
        async with self._database.reading() as connection:
            return await self._live(connection)

    @retried
    async def identify_after_s(self, key: int, apart_s: float) -> float:
        """Take the next turn of a key; returns the real seconds until it comes. Turns are `apart_s` after each other.

        Source: https://docs.discord.com/developers/events/gateway ("Max Concurrency").
        """
        turn = select(identify.c.next_at, DatabaseTime(0).label("now")).where(identify.c.key == key).with_for_update()
        async with self._database.transaction() as connection:
            missing = _MISSING_KEY[connection.dialect.name]
            await connection.execute(missing.values(key=key, next_at=DatabaseTime(0)))
            row = (await connection.execute(turn)).one()
            at = max(row.next_at, row.now)
            following = at + timedelta(seconds=apart_s)
            await connection.execute(update(identify).where(identify.c.key == key).values(next_at=following))
        return float((at - row.now).total_seconds())

    async def _room(self, connection: AsyncConnection, total: int, ids: Collection[int] | None) -> int:
        """How many more shards this process may take: its share goes by how many processes there are."""
        if ids is not None:
            return len(ids)
        ours = or_(shards.c.owner == self._me, shards.c.heir == self._me)
        query = select(func.count()).select_from(shards).where(shards.c.total == total, ours)
        held = int((await connection.execute(query)).scalar_one())
        return max(0, math.ceil(total / await self._live(connection)) - held)

    async def _live(self, connection: AsyncConnection) -> int:
        leaves = exists().where(shards.c.owner == processes.c.id, shards.c.is_leaving)
        others = select(func.count()).where(is_alive(), processes.c.id != self._me, ~leaves)
        return 1 + int((await connection.execute(others)).scalar_one())


def _of(total: int, ids: Collection[int] | None, fits: ColumnElement[bool]) -> Select[Any]:
    """Find shards, the lowest first, and pass over those that another process is about to take."""
    chosen = select(shards.c.total, shards.c.id).where(shards.c.total == total, fits)
    if ids is not None:
        chosen = chosen.where(shards.c.id.in_(ids) if ids else false())
    return chosen.order_by(shards.c.id).with_for_update(skip_locked=True)


def _is_held() -> ColumnElement[bool]:
    return shards.c.owner.is_not(None) & ~unowned(shards.c.owner)
