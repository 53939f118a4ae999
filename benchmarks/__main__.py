"""`python -m benchmarks`: everything once, then one table; ends with 1 when a must is missed.

With names of parts, as `crowd hundred`, only these.
"""

import argparse
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

WITHOUT_BOT = {"virtual": virtual.figures, "guilds": guilds.figures}
PARTS = {
    module.__name__.rpartition(".")[2]: module
    for module in (idle, crowd, hundred, quiet, large, budgets, watching, library, gallery, estimates)
}


async def measure(names: list[str], folder: Path) -> list[Figure]:
    """All figures of the real bot, one part after the other."""
    found: list[Figure] = []
    for name in names:
        begun = time.monotonic()
        found += await PARTS[name].figures(folder / name)
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
    return found


def main() -> int:
    """Measure what is named, or everything, and print it; returns the exit code."""
    known = [*WITHOUT_BOT, *PARTS]
    parser = argparse.ArgumentParser(description="Measure Easel on this machine.")
    parser.add_argument("parts", nargs="*", metavar="part", choices=[*known, []], help=", ".join(known))
    chosen = parser.parse_args().parts or known
    print(f"Measuring{'' if chosen is not known else ' for about a quarter of an hour'}...", flush=True)
    found = [figure for name in chosen if name in WITHOUT_BOT for figure in WITHOUT_BOT[name]()]
    with tempfile.TemporaryDirectory(prefix="easel-bench-", ignore_cleanup_errors=True) as folder:
        found += asyncio.run(measure([name for name in chosen if name in PARTS], Path(folder)))
    return 0 if show(found) else 1


if __name__ == "__main__":
    sys.exit(main())
