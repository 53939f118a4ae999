"""An upgrade of a database that is killed at each of its steps in turn.

`python -m tests.support.killed_upgrades MODEL FOLDER` leaves a folder for each of them, each a copy of MODEL before.
"""

import sys
from pathlib import Path

from bot.storage.jobs import JobStore
from tests.conftest import database_url
from tests.support.killed import at_each_step


async def opened_and_closed(folder: Path) -> None:
    async with JobStore.opened(database_url(folder)):
        pass


if __name__ == "__main__":
    at_each_step(opened_and_closed, Path(sys.argv[1]), Path(sys.argv[2]))
