"""A backup of a folder, or a restore into it, that is killed at each of its steps in turn.

`python -m tests.support.killed_backups backup MODEL FOLDER`, or `restore` with the backup in MODEL.
"""

import sys
from pathlib import Path

from bot.operation.backup import back_up, restore
from tests.support.killed import at_each_step
from tests.support.makers import make_settings


async def backed_up(folder: Path) -> None:
    await back_up(make_settings(DATA_DIR=str(folder)))


async def restored(folder: Path) -> None:
    await restore(make_settings(DATA_DIR=str(folder / "data")), folder / "backup.tar")


if __name__ == "__main__":
    work = {"backup": backed_up, "restore": restored}[sys.argv[1]]
    at_each_step(work, Path(sys.argv[2]), Path(sys.argv[3]))
