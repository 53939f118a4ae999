"""A member's library of 20,000 jobs among those of others: `python -m benchmarks.library`.

Pages, searches and suggestions, as `/history`, `/gallery` and `/show` ask for them, on SQLite; beside each time stands
what the database went by. `tests/unit/storage/test_library.py` holds the plans on PostgreSQL, too.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from benchmarks.table import Figure, show
from bot.domain.job import Actor, Job, JobStatus
from bot.domain.library import LibraryKind
from bot.domain.requests import Animate, Imagine
from bot.storage.jobs import JobStore
from bot.storage.library import Search, page_query
from bot.storage.rows import row_of_job
from bot.storage.schema import jobs
from tests.support.makers import ANA, BEN, START, make_job, make_result

JOBS, OTHERS = 20_000, 5_000
AT_ONCE = 1_000  # rows of one statement
PER_PAGE, SUGGESTED = 4, 25
TIMES = 15
MUST_MS = 100
THINGS = ("cat", "boat", "lighthouse", "狐狸", "castle", "river", "owl", "tower", "garden", "storm")


async def figures(folder: Path) -> list[Figure]:
    """Measure all of it."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    async with JobStore.opened(f"sqlite+aiosqlite:///{folder / 'easel.db'}") as store:
        searches = await _filled(store)
        return [await _figure(store, name, search, count) for name, (search, count) in searches.items()]


async def _filled(store: JobStore) -> Mapping[str, tuple[Search, int]]:
    """Give Ana and Ben what they made; returns what is looked for, by its name, and how much of it."""
    await _keep(store, [_job(number, ANA) for number in range(JOBS)])
    await _keep(store, [_job(number, BEN) for number in range(OTHERS)])
    while await store.library.list_some():
        pass
    newest = await store.library.find(ANA.id, count=SUGGESTED)
    named = await store.collections.create(ANA.id, "Chosen", START)
    await store.collections.add(ANA.id, named.id, [entry.job.id for entry in newest.entries], START)
    for entry in newest.entries:
        await store.library.star(ANA.id, entry.job.id, START)
    async with store.database.transaction() as connection:
        await connection.execute(text("ANALYZE"))
    return {
        "/history of 20,000: first page": (Search(), PER_PAGE),
        "/history of 20,000: by two words": (Search("lighthouse 19"), PER_PAGE),
        "/history of 20,000: by a Chinese word": (Search("狐狸"), PER_PAGE),
        "/history of 20,000: films": (Search(kind=LibraryKind.FILM), PER_PAGE),
        "/history of 20,000: favourites": (Search(favourites=True), PER_PAGE),
        "/gallery of 20,000: a collection": (Search(collection=named.id), 60),
        "/show of 20,000: suggestions while typing": (Search("lig"), SUGGESTED),
    }


def _job(number: int, actor: Actor) -> Job:
    prompt = f"a {THINGS[number % len(THINGS)]} number {number}, oil on canvas"
    request = Animate(prompt=prompt) if number % 50 == 0 else Imagine(prompt=prompt)
    at = START + timedelta(minutes=number)
    return make_job(JobStatus.DONE, actor=actor, request=request, created_at=at, result=make_result(), token=None)


async def _keep(store: JobStore, made: list[Job]) -> None:
    for begin in range(0, len(made), AT_ONCE):
        rows = [row_of_job(job, store.database.process) for job in made[begin : begin + AT_ONCE]]
        async with store.database.transaction() as connection:
            await connection.execute(insert(jobs), rows)


async def _figure(store: JobStore, name: str, search: Search, count: int) -> Figure:
    taken = []
    for _time in range(TIMES):
        begun = time.perf_counter()
        found = await store.library.find(ANA.id, search, count=count)
        taken.append((time.perf_counter() - begun) * 1000)
        if not found.entries:
            raise RuntimeError(f"{name}: nothing found")
    async with store.database.reading() as connection:
        plan = await _plan_of(connection, page_query("sqlite", ANA.id, search, count))
    return Figure(name, statistics.median(taken), "ms", MUST_MS, how=plan)


async def _plan_of(connection: AsyncConnection, query: Any) -> str:
    """Tell by what the database goes, step by step."""
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    steps = [str(row[-1]) for row in (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")).all()]
    return "; ".join(step.replace("USING ", "by ").partition(" (")[0] for step in steps)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as folder_name:
        sys.exit(0 if show(asyncio.run(figures(Path(folder_name)))) else 1)
