"""`python -m benchmarks`: everything once, then one table; ends with 1 when a must is missed."""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks import crowd, hundred, large, virtual
from benchmarks.table import Figure, show


async def measure(folder: Path) -> list[Figure]:
    """All figures of the real bot, one stage after the other."""
    found: list[Figure] = []
    async with idle_loop(folder) as longest_ms:
        for name, figures in (("10,000 in flight", crowd), ("100 in flight", hundred), ("large pictures", large)):
            begun = time.monotonic()
            found += await figures.figures(folder / figures.__name__)
            print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
        print(f"An idle event loop beside all this was kept waiting for up to {longest_ms():.0f} ms.")
    return found


@asynccontextmanager
async def idle_loop(folder: Path) -> AsyncIterator[Callable[[], float]]:
    """A process that does nothing but notice how long the machine keeps it waiting; yields a way to ask it, in ms."""
    stats = folder / "idle.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.heartbeat", env=os.environ | {"BENCH_STATS": str(stats)}
    )
    try:
        yield lambda: float(json.loads(stats.read_text())["longest_block_s"]) * 1000
    finally:
        process.kill()
        await process.wait()


if __name__ == "__main__":
    print("Measuring for about four minutes...", flush=True)
    all_figures = virtual.figures()
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as name:
        all_figures += asyncio.run(measure(Path(name)))
    sys.exit(0 if show(all_figures) else 1)
