"""`make soak`: KILLS= (60), JOBS= (600) and SEED= (a random one) come from the environment.

So do PROCESSES= (3), HARMS= (300) and ORDERS= (3,000) of several bots on one database; 0 processes leave that out, and
`KILLS=0` all that is about one.
"""

import asyncio
import logging
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.soak import fleet, say, soak

logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a killed bot leaves requests unfinished
folder = Path(tempfile.mkdtemp(prefix="easel-soak-"))


def number(name: str, usual: int) -> int:
    return int(os.environ.get(name) or usual)


async def both() -> bool:
    """Run both parts, also where the first found something."""
    seed, kills, processes = number("SEED", random.randrange(10**6)), number("KILLS", 60), number("PROCESSES", 3)
    held = not kills or await soak(folder, kills=kills, jobs=number("JOBS", 600), seed=seed)
    if processes:
        harms, orders = number("HARMS", 300), number("ORDERS", 3_000)
        held &= await fleet(folder, processes=processes, harms=harms, orders=orders, seed=seed)
    return held


if not asyncio.run(both()):
    say(f"The databases and logs are in {folder}.")
    sys.exit(1)
shutil.rmtree(folder)
