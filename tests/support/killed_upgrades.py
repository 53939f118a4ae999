"""An upgrade of a database that is killed at each of its steps in turn, in processes of their own.

`python -m tests.support.killed_upgrades FILE FOLDER` leaves a folder for each of them.
"""

import asyncio
import os
import shutil
import sys
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from bot.storage.jobs import JobStore
from tests.conftest import database_url

EVENTS = {"os.rename", "os.remove", "sqlite3.connect", "open"}  # what is done to files, as Python's audit calls it
DIED = 9


def upgrade_until(folder: Path, last: int) -> None:
    """Open the database in a folder, and die before its step of that number; end by itself where there are fewer."""
    steps = count()

    def step() -> None:
        if next(steps) == last:
            os._exit(DIED)

    def audited(name: str, args: tuple[Any, ...]) -> None:
        if name in EVENTS and str(folder) in str(args[0]):
            step()

    sys.addaudithook(audited)
    event.listen(Engine, "before_cursor_execute", lambda *_: step())
    event.listen(Engine, "commit", lambda *_: step())
    asyncio.run(_opened_and_closed(folder))


async def _opened_and_closed(folder: Path) -> None:
    async with JobStore.opened(database_url(folder)):
        pass


def main(database: Path, parent: Path) -> None:
    """Kill it at its first step, at its second and so on."""
    for number in count():
        folder = parent / f"{number:04d}"
        folder.mkdir()
        shutil.copy(database, folder / "easel.db")
        child = os.fork()
        if not child:
            upgrade_until(folder, number)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, DIED):
            sys.exit(f"step {number} ended with {code}")
        if not code:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
