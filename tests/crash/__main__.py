"""`make soak`: KILLS= (60), JOBS= (600) and SEED= (a random one) come from the environment."""

import asyncio
import logging
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.crash.soak import say, soak

logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # a killed bot leaves requests unfinished
folder = Path(tempfile.mkdtemp(prefix="easel-soak-"))
numbers = {
    "kills": int(os.environ.get("KILLS") or 60),
    "jobs": int(os.environ.get("JOBS") or 600),
    "seed": int(os.environ.get("SEED") or random.randrange(10**6)),
}
if not asyncio.run(soak(folder, **numbers)):
    say(f"The databases and logs are in {folder}.")
    sys.exit(1)
shutil.rmtree(folder)
