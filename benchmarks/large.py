"""Many pictures of 25 MB that finish at the same moment: how much memory they take."""

import asyncio
import io
import time
from pathlib import Path

from PIL import Image

from benchmarks.process import memory, watched_memory
from benchmarks.relay import BenchRelay
from benchmarks.stage import open_stage
from benchmarks.table import Figure

AT_ONCE = 100
SIDE = 2900  # 25 MB as a PNG without compression
GRACE_S = 15.0
LIMIT_S = 240.0


async def figures(data: Path) -> list[Figure]:
    """Extra memory at the peak."""
    relay = BenchRelay(shortest_s=None, picture=picture(SIDE, compress_level=0))
    async with open_stage(data, relay) as stage:
        for number in range(AT_ONCE):
            await stage.imagine(number)
        await stage.until(lambda: len(relay.tasks) == AT_ONCE, GRACE_S)
        await asyncio.sleep(2.0)
        before = memory(stage.pid)
        async with watched_memory(stage.pid) as peak:
            relay.finish_at = time.time()
            is_done = await stage.until(lambda: len(stage.posted()) == AT_ONCE, LIMIT_S)
        posted = len(stage.posted())
    how = f"each re-encoded for a place that takes 10 MB; {posted} of {AT_ONCE} posted"
    grown = peak.memory - before if is_done else float("inf")
    return [Figure(f"{AT_ONCE} pictures of 25 MB at once, extra memory", grown, "MB", 80, how)]


def picture(side: int, *, compress_level: int = 6) -> bytes:
    """A smooth picture as a PNG."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((side, side)).convert("RGB").save(file, "PNG", compress_level=compress_level)
    return file.getvalue()
