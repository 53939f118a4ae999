"""What the system knows of a process, read from /proc."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
SAMPLE_S = 0.05

# How the image and the service of systemd start it.
SPARING = {"PYTHONOPTIMIZE": "2", "MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "131072"}


def memory(pid: int) -> float:
    """Resident memory in MB."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 1e6


def cpu_s(pid: int) -> float:
    """Seconds of processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def tree_cpu_s(pid: int) -> float:
    """Seconds of processor time so far of a process and all that it started, those included that have ended."""
    parents = {int(path.name): _fields(path) for path in Path("/proc").iterdir() if path.name.isdecimal()}
    family, young = set[int](), {pid}
    while young:
        family |= young
        young = {one for one, fields in parents.items() if fields and int(fields[1]) in young}
    return sum(sum(map(int, parents[one][11:15])) for one in family if parents.get(one)) / TICKS


def _fields(process: Path) -> list[str]:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []  # it has ended


@dataclass
class Peak:
    """The most memory seen, in MB."""

    memory: float = 0.0


@asynccontextmanager
async def watched_memory(pid: int) -> AsyncIterator[Peak]:
    """Sample a process's memory while the block runs."""
    peak = Peak()

    async def sample() -> None:
        while True:
            peak.memory = max(peak.memory, memory(pid))
            await asyncio.sleep(SAMPLE_S)

    watcher = asyncio.create_task(sample(), name="memory")
    try:
        yield peak
    finally:
        watcher.cancel()
