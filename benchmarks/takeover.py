"""`python -m benchmarks.takeover`: two bots on PostgreSQL, of which one is killed with ten thousand running jobs."""

import asyncio
import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from benchmarks.crowd import CROWD
from benchmarks.relay import BenchRelay
from benchmarks.stage import open_stage
from benchmarks.table import Figure, show
from sandbox.bots import Crew
from tests.support.postgres import server_settings

LEASE_S = 20.0
BEFORE_S, AFTER_S = 20.0, 20.0
FILL = """
INSERT INTO jobs (id, author_id, channel_id, task_id, created_at, submitted_at, deadline_at, engine, operation, status,
    author_locale, guild_id, reach, may_post, upload_limit, units, request, stopped, told, waiting_for, owner)
SELECT substr(md5(task), 1, 16), 5000 + number % 1000, $1::bigint, task, $2::timestamptz - number * interval '6 ms',
    $2::timestamptz - number * interval '6 ms', $2::timestamptz + interval '1 hour', 'midjourney', 'imagine', 'running',
    'en-US', 1, 'guild', true, 10000000, 1, $3::text, false, true, '', 'gone'
FROM unnest($4::text[]) WITH ORDINALITY AS tasks (task, number)
"""


async def figures(data: Path) -> list[Figure]:
    """How soon everything was looked at again, and how often the relay was asked for it."""
    relay = BenchRelay(shortest_s=None)
    settings = server_settings() | {"LEASE_S": f"{LEASE_S:g}"}
    url = settings.pop("DATABASE_URL")
    async with open_stage(data, relay, settings, crew=Crew(2, database_url=url)) as stage:
        assert stage.sandbox.bots is not None
        first, second = (bot.process for bot in stage.sandbox.bots.all)
        await second.terminate()
        await fill(url, relay, int(stage.channels[0]))
        await stage.until(lambda: len(relay.seen) == CROWD, 60.0)
        alone = await looks_in(BEFORE_S, relay)
        await second.start()
        await asyncio.sleep(LEASE_S / 2)
        await first.kill()
        killed_at = time.time()
        relay.forget()
        await stage.until(lambda: len(relay.seen) == CROWD, 120.0)
        late_s = relay.all_seen_at - killed_at
        after = await looks_in(AFTER_S, relay)
    return [
        Figure(
            f"{CROWD:,} running jobs of a killed process, all looked at by another",
            late_s,
            "s",
            LEASE_S + 10,
            f"of which {LEASE_S:g} s are what was left of its lease at most",
        ),
        Figure("requests to the relay after that, as a share of those before", after / alone, "", 1.2),
    ]


async def fill(url: str, relay: BenchRelay, channel: int) -> None:
    """Put the crowd into the database, as running jobs of a process that is gone."""
    connection = await asyncpg.connect(url)
    tasks = [relay.add().id for _ in range(CROWD)]
    request = json.dumps({"operation": "imagine", "prompt": "a cat in the rain, oil on canvas"})
    await connection.execute(FILL, channel, datetime.now(UTC) - timedelta(seconds=1), request, tasks)
    await connection.close()


async def looks_in(seconds: float, relay: BenchRelay) -> int:
    """How many list calls the relay got in a time."""
    before = relay.looks
    await asyncio.sleep(seconds)
    return relay.looks - before


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as name:
        found = asyncio.run(figures(Path(name)))
    sys.exit(0 if show(found) else 1)
