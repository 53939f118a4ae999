"""Measures how long an event loop was kept from working; alone it is the yardstick for what the machine does to one."""

import asyncio
import json
import os
import signal
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

BEAT_S = 0.01
WRITE_S = 0.2


@dataclass
class Stats:
    """What a watched process tells about itself, since SIGUSR1."""

    longest_block_s: float = 0.0  # as the clock on the wall says
    longest_work_s: float = 0.0  # what the loop itself computed in one go, whatever else the machine did meanwhile
    commits: int = 0
    statements: int = 0

    def reset(self, *_: object) -> None:
        """Begin anew."""
        self.longest_block_s, self.longest_work_s, self.commits, self.statements = 0.0, 0.0, 0, 0


async def beat(stats: Stats) -> None:
    """Notice every delay of the loop, for ever."""
    while True:
        before, worked_s = time.monotonic(), time.thread_time()
        await asyncio.sleep(BEAT_S)
        stats.longest_work_s = max(stats.longest_work_s, time.thread_time() - worked_s)
        stats.longest_block_s = max(stats.longest_block_s, time.monotonic() - before - BEAT_S)


def stats_path(pid: int, path: Path) -> Path:
    """Return the file in which a process tells its stats, among those of a stage."""
    return path.with_stem(f"{path.stem}-{pid}")


def tell(stats: Stats, path: Path) -> None:
    """Keep writing the stats to a file, from a thread of its own; SIGUSR1 begins them anew."""
    signal.signal(signal.SIGUSR1, stats.reset)

    def write() -> None:
        fresh = path.with_suffix(".new")
        while True:
            fresh.write_text(json.dumps(asdict(stats)))
            fresh.replace(path)
            time.sleep(WRITE_S)

    threading.Thread(target=write, daemon=True).start()


if __name__ == "__main__":
    idle = Stats()
    tell(idle, Path(os.environ["BENCH_STATS"]))
    asyncio.run(beat(idle))
