"""`python -m benchmarks`: everything once, then one table; ends with 1 when a must is missed."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import (
    budgets,
    crowd,
    estimates,
    gallery,
    guilds,
    hundred,
    idle,
    large,
    library,
    quiet,
    virtual,
    watching,
)
from benchmarks.table import Figure, show


async def measure(folder: Path) -> list[Figure]:
    """All figures of the real bot, one stage after the other."""
    found: list[Figure] = []
    parts = {
        "idle": idle,
        "10,000 in flight": crowd,
        "100 in flight": hundred,
        "a busy channel": quiet,
        "large pictures": large,
        "budgets": budgets,
    }
    parts |= {"watching": watching, "libraries": library, "the gallery": gallery, "moments told": estimates}
    for name, figures in parts.items():
        begun = time.monotonic()
        found += await figures.figures(folder / figures.__name__)
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    return found


if __name__ == "__main__":
    print("Measuring for about ten minutes...", flush=True)
    all_figures = virtual.figures() + guilds.figures()
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as name:
        all_figures += asyncio.run(measure(Path(name)))
    sys.exit(0 if show(all_figures) else 1)
