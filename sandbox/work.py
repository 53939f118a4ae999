"""Who works on what, as the database of several processes says."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.conditions import UNFINISHED
from bot.storage.dialects import PromptOf
from bot.storage.postgres import visiting
from bot.storage.processes import is_alive
from bot.storage.revisions import revision_of
from bot.storage.schema import jobs, processes, shards

SHOWN = 12  # jobs of each process, the oldest
PROMPT_LENGTH = 60


@dataclass
class Part:
    """What one process has: its shards, how many jobs that are not over, and some of them."""

    shards: list[int] = field(default_factory=list)
    jobs: list[dict[str, Any]] = field(default_factory=list)
    job_count: int = 0


@dataclass
class Work:
    """The parts by the processes' names in the database ("" = nobody's), and the seconds left of leases that hold."""

    parts: dict[str, Part]
    leases: dict[str, float]


async def read_work(url: str) -> Work:
    """Look at a database; nothing is locked.

    Raises:
        SettingsError: the server cannot be reached.
    """
    work = Work(defaultdict(Part), {})
    async with visiting(make_url(url)) as connection:
        if await connection.run_sync(revision_of) is None:
            return work  # the first process makes the tables
        await _read(connection, work)
    return work


async def _read(connection: AsyncConnection, work: Work) -> None:
    left_s = func.extract("epoch", processes.c.lease_until - func.clock_timestamp())
    for name, seconds in await connection.execute(select(processes.c.id, left_s).where(is_alive())):
        work.leases[name] = round(float(seconds), 1)
    total = select(func.max(shards.c.total)).scalar_subquery()
    held = select(shards.c.owner, shards.c.id).where(shards.c.total == total)
    for owner, shard in await connection.execute(held.order_by(shards.c.id)):
        work.parts[owner or ""].shards.append(shard)
    place = func.row_number().over(partition_by=jobs.c.owner, order_by=jobs.c.created_at).label("place")
    count = func.count().over(partition_by=jobs.c.owner).label("job_count")
    prompt = func.left(PromptOf(jobs.c.request), PROMPT_LENGTH).label("prompt")
    columns = jobs.c.id, jobs.c.owner, jobs.c.status, jobs.c.operation, jobs.c.epoch, prompt, place, count
    found = select(*columns).where(text(UNFINISHED)).subquery()
    for row in await connection.execute(select(found).where(found.c.place <= SHOWN).order_by(found.c.place)):
        part = work.parts[row.owner or ""]
        part.job_count = row.job_count
        part.jobs.append(
            {"id": row.id, "status": row.status, "operation": row.operation}
            | {"prompt": row.prompt, "hands": max(0, row.epoch - 1)}  # it begins with 1; 0 in old rows
        )
