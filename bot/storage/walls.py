"""Walls of servers, and what stands there: each job once, whoever finds at the same time that it has enough stars."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Executable, Row, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job, JobStatus
from bot.storage.audit import Act, ActKind, audit_line
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import Insert, by_dialect
from bot.storage.schema import favourites, jobs, wall_posts, walls

FOUND_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Wall:
    """A server's wall: its channel, and how many members must have starred a result."""

    guild_id: int
    channel_id: int
    stars: int


@dataclass(frozen=True, slots=True)
class WallPost:
    """What stands on a wall; `message_id` is None while it is being posted, since `claimed_at`."""

    job_id: str
    channel_id: int
    message_id: int | None
    claimed_at: datetime


def _naming(insert_or: Insert) -> Any:
    named = insert_or(walls)
    anew = {name: named.excluded[name] for name in ("channel_id", "stars", "created_at")}
    return named.on_conflict_do_update(index_elements=["guild_id"], set_=anew)


_NAME = by_dialect(_naming)
_CLAIM = by_dialect(lambda insert_or: insert_or(wall_posts).on_conflict_do_nothing(index_elements=["job_id"]))


class WallStore:
    """Walls and their posts in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, guild_id: int) -> Wall | None:
        """Return a server's wall."""
        async with self._database.reading() as connection:
            return await _read(connection, guild_id)

    @retried
    async def name(self, wall: Wall, at: datetime, by: int) -> None:
        """Give a server a wall, or another one; what stands on the old one stays there."""
        row = {"guild_id": wall.guild_id, "channel_id": wall.channel_id, "stars": wall.stars, "created_at": at}
        async with self._database.transaction() as connection:
            was = await _read(connection, wall.guild_id)
            if was == wall:
                return
            await connection.execute(_NAME[connection.dialect.name], row)
            await connection.execute(_act(wall.guild_id, by, was, wall))

    @retried
    async def drop(self, guild_id: int, by: int) -> None:
        """Give a server no wall any more."""
        async with self._database.transaction() as connection:
            was = await _read(connection, guild_id)
            if (await connection.execute(delete(walls).where(walls.c.guild_id == guild_id))).rowcount:
                await connection.execute(_act(guild_id, by, was, None))

    async def deserving(self, among: Collection[str] | None = None) -> list[tuple[str, int, Wall]]:
        """Find results with enough stars, of which at least one is younger than the wall, that were never shown there.

        What is private is not shown there, whoever starred it.

        Args:
            among: the jobs to look at; None for all.

        Returns:
            Ids, how many members starred each, and the walls.
        """
        count = func.count()
        query = (
            select(jobs.c.id, count.label("given"), walls.c.guild_id, walls.c.channel_id, walls.c.stars)
            .select_from(favourites)
            .join(jobs, jobs.c.id == favourites.c.job_id)
            .join(walls, walls.c.guild_id == jobs.c.guild_id)
            .where(
                jobs.c.status == JobStatus.DONE,
                jobs.c.is_private.is_(False),
                ~exists().where(wall_posts.c.job_id == jobs.c.id),
            )
            .group_by(jobs.c.id, walls.c.guild_id, walls.c.channel_id, walls.c.stars, walls.c.created_at)
            .having(count >= walls.c.stars, func.max(favourites.c.created_at) >= walls.c.created_at)
            .limit(FOUND_AT_ONCE)
        )
        if among is not None:
            query = query.where(favourites.c.job_id.in_(among))
        async with self._database.reading() as connection:
            found = (await connection.execute(query)).all()
        return [(row.id, row.given, Wall(row.guild_id, row.channel_id, row.stars)) for row in found]

    @retried
    async def claim(self, job: Job, channel_id: int, at: datetime) -> bool:
        """Take it upon this process to show a job; False where another did, now or ever."""
        row = {"job_id": job.id, "channel_id": channel_id, "message_id": None, "is_settled": False, "claimed_at": at}
        async with self._database.transaction() as connection:
            return bool((await connection.execute(_CLAIM[connection.dialect.name], row)).rowcount)

    @retried
    async def claim_again(self, post: WallPost, at: datetime) -> bool:
        """Take up what another process, or this one before, did not bring to an end; False where somebody else did."""
        same = wall_posts.c.job_id == post.job_id, wall_posts.c.claimed_at == post.claimed_at
        async with self._database.transaction() as connection:
            taken = update(wall_posts).where(*same, wall_posts.c.is_settled.is_(False)).values(claimed_at=at)
            return bool((await connection.execute(taken)).rowcount)

    @retried
    async def settle(self, job_id: str, message_id: int | None) -> None:
        """Keep where a job is shown, or that it cannot be."""
        async with self._database.transaction() as connection:
            its = wall_posts.c.job_id == job_id
            await connection.execute(update(wall_posts).where(its).values(message_id=message_id, is_settled=True))

    async def unsettled(self, before: datetime) -> Sequence[WallPost]:
        """Return what was claimed before a moment and is not settled."""
        return await self._posts(wall_posts.c.is_settled.is_(False), wall_posts.c.claimed_at < before)

    async def outlived(self) -> Sequence[WallPost]:
        """Return what still stands there although its job was removed, erased or emptied."""
        kept = exists().where(jobs.c.id == wall_posts.c.job_id, jobs.c.status == JobStatus.DONE)
        return await self._posts(~kept, wall_posts.c.is_settled.is_(True))

    @retried
    async def forget(self, job_id: str) -> None:
        """Forget a post whose message is gone, and whose job is."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(wall_posts).where(wall_posts.c.job_id == job_id))

    async def _posts(self, *where: Any) -> Sequence[WallPost]:
        query = select(wall_posts).where(*where).limit(FOUND_AT_ONCE)
        async with self._database.reading() as connection:
            return [_post(row) for row in await connection.execute(query)]


async def _read(connection: AsyncConnection, guild_id: int) -> Wall | None:
    row = (await connection.execute(select(walls).where(walls.c.guild_id == guild_id))).one_or_none()
    return None if row is None else Wall(row.guild_id, row.channel_id, row.stars)


def _act(guild_id: int, by: int, before: Wall | None, after: Wall | None) -> Executable:
    """The line of the audit that tells how a wall was and is."""
    was, now = ("" if one is None else f"{one.channel_id}, {one.stars} ⭐" for one in (before, after))
    return audit_line(Act(by, guild_id, ActKind.SET, "server wall", was, now))


def _post(row: Row[Any]) -> WallPost:
    return WallPost(row.job_id, row.channel_id, row.message_id, row.claimed_at)
