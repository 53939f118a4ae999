"""Jobs by the server in which they were asked for, as long as the bot is, or was, its member."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job, JobStatus, Reach
from bot.storage.rows import read_jobs
from bot.storage.schema import jobs

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class GuildJobs:
    """Looks for what is kept of servers."""

    def __init__(self, reading: Connected) -> None:
        self._reading = reading

    async def guilds(self) -> frozenset[int]:
        """Return the servers that any job is kept of."""
        query = select(jobs.c.guild_id).where(jobs.c.guild_id.is_not(None), jobs.c.reach == Reach.GUILD).distinct()
        async with self._reading() as connection:
            return frozenset((await connection.execute(query)).scalars())

    async def waiting(self, guild_id: int) -> list[Job]:
        """Return a server's jobs that nothing was paid for yet, whichever process works on them."""
        free = jobs.c.status.in_([JobStatus.RECEIVED, JobStatus.AWAITING_INPUT])
        async with self._reading() as connection:
            there = jobs.c.guild_id == guild_id, jobs.c.reach == Reach.GUILD
            return await read_jobs(connection, select(jobs).where(*there, free))

    async def has_more(self, guild_id: int) -> bool:
        """Tell whether anything is left of a server's jobs that is not emptied."""
        still = jobs.c.guild_id == guild_id, jobs.c.reach == Reach.GUILD, jobs.c.author_id > 0
        async with self._reading() as connection:
            return (await connection.execute(select(jobs.c.id).where(*still).limit(1))).first() is not None
