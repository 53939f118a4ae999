"""Ten thousand jobs in flight: memory, CPU, a restart, and two hundred commands at once on top."""

import asyncio
import io
import secrets
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image

from benchmarks.process import cpu_s, memory
from benchmarks.relay import BenchRelay
from benchmarks.stage import Stage, open_stage
from benchmarks.table import Figure

CROWD = 10_000
COMMANDS = 200
ENCODED = 4  # large pictures that are made smaller at the same time
IDLE_S, WAITING_S = 5.0, 20.0


async def figures(data: Path) -> list[Figure]:
    """All figures that need a crowd."""
    relay = BenchRelay(shortest_s=None)
    async with open_stage(data, relay) as stage:
        await asyncio.sleep(IDLE_S)
        idle = await idle_memory(stage)
        idle_share = await cpu_share(stage, WAITING_S / 2)
        await stage.stop_bot()
        fill(data / "easel.db", relay, int(stage.channels[0]))
        begun = time.time()
        await stage.start_bot()
        await stage.until(lambda: len(relay.seen) == CROWD, 60.0)
        restarted_s, work_s = relay.all_seen_at - begun, cpu_s(stage.pid)
        await asyncio.sleep(IDLE_S)
        waiting_cpu = await cpu_while_waiting(stage, relay, idle_share)
        grown = memory(stage.pid) - idle
        stage.reset_stats()
        slowest_s = await acknowledgement_p99(stage)
        block = stage.longest_block("during these commands")
    return [
        Figure(
            f"restart with {CROWD:,} unfinished until each was looked up once",
            restarted_s,
            "s",
            6,
            f"from the start of the process, which worked {work_s:.1f} s of it",
        ),
        Figure(f"memory for {CROWD:,} in flight above idle", grown, "MB", 25),
        waiting_cpu,
        Figure(
            f"acknowledgement p99, {COMMANDS} commands at once",
            slowest_s,
            "s",
            0.3,
            f"{CROWD:,} in flight, {ENCODED} pictures of 10 MB re-encoded; loopback in one process on the same cores",
        ),
        block,
    ]


async def idle_memory(stage: Stage) -> float:
    """The MB that the same bot has with nothing in flight, after a start that finds the tables as they should be."""
    await stage.stop_bot()
    await stage.start_bot()
    await asyncio.sleep(IDLE_S)
    return memory(stage.pid)


async def cpu_while_waiting(stage: Stage, relay: BenchRelay, idle_share: float) -> Figure:
    """What a crowd costs of which nothing ends, above what the bot and the watch over its loop take without one."""
    looked = relay.looked_at
    share = await cpu_share(stage, WAITING_S)
    looks = (relay.looked_at - looked) / WAITING_S
    note = f"of one core, above {idle_share:.1f} % with none; {looks:,.0f} tasks looked at each second"
    return Figure(f"CPU with {CROWD:,} waiting", share - idle_share, "%", 8, note)


async def cpu_share(stage: Stage, for_s: float) -> float:
    """The bot's processor time in the next seconds, in percent of a core."""
    cpu, at = cpu_s(stage.pid), time.monotonic()
    await asyncio.sleep(for_s)
    return (cpu_s(stage.pid) - cpu) / (time.monotonic() - at) * 100


def fill(database: Path, relay: BenchRelay, channel: int, count: int = CROWD) -> None:
    """Put the crowd into the database, as running jobs of all ages up to a minute; their cards are long gone."""
    now = datetime.now(UTC).replace(tzinfo=None)
    moments = [str(now - timedelta(seconds=60 * number / count)) for number in range(count)]
    rows = [
        (
            secrets.token_hex(8),
            5000 + number % 1000,
            channel,
            relay.add().id,
            moment,
            moment,
            str(now + timedelta(hours=1)),
        )
        for number, moment in enumerate(moments)
    ]
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executemany(
            "INSERT INTO jobs (id, author_id, channel_id, task_id, created_at, submitted_at, deadline_at, engine,"
            " operation, status, author_locale, guild_id, reach, may_post, upload_limit, units, request, stopped, told,"
            " waiting_for) VALUES (?, ?, ?, ?, ?, ?, ?, 'midjourney', 'imagine', 'running', 'en-US', 1, 'guild', 1,"
            ' 10000000, 1, \'{"operation": "imagine", "prompt": "a cat in the rain, oil on canvas"}\', 0, 1, \'\')',
            rows,
        )


async def acknowledgement_p99(stage: Stage) -> float:
    """Seconds from the command to the bot's first answer on the wire, for the slowest but one in a hundred."""
    actor = stage.sandbox.discord.actor
    noise = io.BytesIO()
    Image.effect_noise((1800, 1800), 90).convert("RGB").save(noise, "PNG", compress_level=0)
    for number in range(ENCODED):
        upload = actor.upload("ana", "noise.png", noise.getvalue())
        await actor.slash("ana", stage.channels[number], "describe", {"image": upload})
    await asyncio.sleep(0.2)
    waits = sorted(await answer_waits(stage, COMMANDS))
    return waits[int(len(waits) * 0.99) - 1]


async def answer_waits(stage: Stage, commands: int) -> list[float]:
    """Seconds from each of many commands to the bot's first answer on the wire."""
    wire = stage.sandbox.discord.wire
    begun = {await stage.imagine(number): time.time() for number in range(commands)}

    def answered() -> dict[str, float]:
        calls = [request for request in wire.requests if request.path.split("?")[0].endswith("/callback")]
        return {request.path.split("/")[4]: request.at for request in calls}

    await stage.until(lambda: begun.keys() <= answered().keys(), 20.0)
    moments = answered()
    return [moments.get(one, float("inf")) - moment for one, moment in begun.items()]
