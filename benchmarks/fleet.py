"""`python -m benchmarks.fleet`: jobs a second of one process on SQLite, and of one to three on PostgreSQL.

A relay without weight of its own ends each task after two to three seconds. Some 250 jobs are under way at any time, as
whoever has a picture asks for the next, 25 a second at most; the bots hear of them in turns. Everything shares the
cores of one machine: bots, database, loopback Discord and relay. So processor time counts for more than jobs a second.
It ends by itself.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hundred import share
from benchmarks.large import picture
from benchmarks.process import memory, tree_cpu_s
from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from bot.gateway.request_pace import UNCOUNTED
from sandbox.bots import Crew
from tests.support.postgres import server, server_settings
from tests.support.rows import rows

JOBS, UNDER_WAY = 500, 250
APART_S = 0.04  # between two commands: as many at once as people would never send
SHORTEST_S, LONGEST_S = 2.0, 3.0
SIDE = 256  # pixels: what a picture costs is measured elsewhere
LIMIT_S = 60.0
COUNTED = 0.2, 0.8  # of the results, in the order in which they came: what comes before and after is no steady state
KINDS = {"SQLite, 1 process": 0, "PostgreSQL, 1 process": 1, "2 processes": 2, "3 processes": 3}
HEADINGS = (
    "",
    f"jobs of {JOBS}",
    "jobs a second",
    "acknowledged, p50",
    "p99",
    "bots' processor time a job",
    "database's",
    "commits a job",
    "statements a job",
    "requests a job that Discord counts",
    "memory of a process",
    "bytes a job in the database",
    "processor time a job of the loopback Discord and relay",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """What one kind of bot did; times in seconds, memory in MB."""

    jobs: int
    jobs_per_s: float
    acknowledged_s: Sequence[float]
    bots_cpu_s: float
    database_cpu_s: float
    commits: float
    statements: float
    requests: float
    memory: float
    stored: float
    beside_cpu_s: float

    def cells(self) -> list[str]:
        """As a line of the table."""
        return [
            f"{self.jobs}",
            f"{self.jobs_per_s:.1f}",
            f"{share(list(self.acknowledged_s), 0.5) * 1000:.0f} ms",
            f"{share(list(self.acknowledged_s), 0.99) * 1000:.0f} ms",
            f"{self.bots_cpu_s * 1000:.0f} ms",
            f"{self.database_cpu_s * 1000:.0f} ms" if self.database_cpu_s else "-",
            f"{self.commits:.1f}",
            f"{self.statements:.0f}",
            f"{self.requests:.1f}",
            f"{self.memory:.0f} MB",
            f"{self.stored / 1000:.1f} kB",
            f"{self.beside_cpu_s * 1000:.0f} ms",
        ]


async def measured(data: Path, processes: int) -> Measured:
    """Let so many processes on PostgreSQL, or with 0 one on SQLite, do all jobs."""
    relay = BenchRelay(shortest_s=SHORTEST_S, longest_s=LONGEST_S, picture=picture(SIDE))
    settings = server_settings() if processes else {}
    url = settings.pop("DATABASE_URL", None)
    shards = max(1, processes)
    crew = Crew(shards, shards, url, has_cables=False)
    async with open_stage(data, relay, settings, crew=crew) as stage:
        await asyncio.sleep(2.0)
        stage.reset_stats()
        database = server().process if processes else None
        before = [tree_cpu_s(pid) for pid in stage.pids]
        database_before = tree_cpu_s(database.pid) if database else 0.0
        beside_before = time.process_time()
        asked, moments = await drive(stage)
        beside_s = time.process_time() - beside_before
        stats = [stage.stats(pid) for pid in stage.pids]
        done = max(1, len(moments))
        first, last = (int(len(moments) * part) for part in COUNTED)
        return Measured(
            jobs=len(moments),
            jobs_per_s=(last - first) / (moments[last] - moments[first]),
            acknowledged_s=acknowledged(stage, asked),
            bots_cpu_s=sum(tree_cpu_s(pid) - was for pid, was in zip(stage.pids, before, strict=True)) / done,
            database_cpu_s=(tree_cpu_s(database.pid) - database_before) / done if database else 0.0,
            commits=sum(one.commits for one in stats) / done,
            statements=sum(one.statements for one in stats) / done,
            requests=counted_requests(stage) / done,
            memory=max(map(memory, stage.pids)),
            stored=stored_bytes(url, data) / done,
            beside_cpu_s=beside_s / done,
        )


async def drive(stage: Stage) -> tuple[Mapping[str, float], list[float]]:
    """Ask for all jobs, so many under way at once; returns when each was asked for, and when results came."""
    discord, places = stage.sandbox.discord, asyncio.Semaphore(UNDER_WAY)
    events, moments, asked = discord.subscribe(), list[float](), dict[str, float]()

    async def count() -> None:
        while len(moments) < JOBS:
            kind, message = await events.get()
            if kind == "MESSAGE_CREATE" and message["attachments"]:
                moments.append(time.time())
                places.release()

    async def ask() -> None:
        for number in range(JOBS):
            await places.acquire()
            await asyncio.sleep(APART_S)
            deal(stage, number)
            asked[await stage.imagine(number)] = time.time()

    with suppress(TimeoutError):  # some commands may be answered too late, and are no jobs
        async with asyncio.timeout(LIMIT_S), asyncio.TaskGroup() as group:
            group.create_task(count(), name="count")
            group.create_task(ask(), name="ask")
    discord.unsubscribe(events)
    await asyncio.sleep(1.0)  # what follows a post is part of the job
    return asked, moments


def deal(stage: Stage, number: int) -> None:
    """Let the next process hear what is said in the one server that there is here: each has a shard."""
    sessions = sorted(stage.sandbox.discord.gateway.sessions.values(), key=lambda session: session.id)
    for place, session in enumerate(sessions):
        session.shard = ((place + number) % len(sessions), len(sessions))


def acknowledged(stage: Stage, asked: Mapping[str, float]) -> list[float]:
    """Seconds from each command to the bot's first answer on the wire, the shortest first."""
    calls = [one for one in stage.sandbox.discord.wire.requests if one.path.split("?")[0].endswith("/callback")]
    answered = {one.path.split("/")[4]: one.at for one in calls}
    return sorted(answered.get(one, float("inf")) - moment for one, moment in asked.items())


def counted_requests(stage: Stage) -> int:
    """How many of the requests to Discord were by the bot's own token, of which it takes fifty a second."""
    paths = [one.path for one in stage.sandbox.discord.wire.requests]
    return sum(not any(part in path for part in UNCOUNTED) and "/channels/" in path for path in paths)


def stored_bytes(url: str | None, data: Path) -> int:
    """How large the tables are, with their indexes."""
    if url is None:
        return sum((data / name).stat().st_size for name in ("easel.db", "easel.db-wal"))
    sizes = "SELECT sum(pg_total_relation_size(relid)) AS bytes FROM pg_stat_user_tables"
    return int(rows(url, sizes)[0]["bytes"])


async def main() -> None:
    """Measure all kinds, and print the table as documents have it."""
    print("Measuring for about three minutes...", flush=True)
    print("| " + " | ".join(HEADINGS) + " |\n|" + "---|" * len(HEADINGS))
    for name, processes in KINDS.items():
        with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as folder:
            found = await measured(Path(folder), processes)
        print("| " + " | ".join([name, *found.cells()]) + " |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
