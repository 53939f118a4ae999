"""What stays in a folder when work in it is killed: a copy of the folder as it was before each step of the work."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

# What is done to files, as Python's audit calls it.
EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "open"}

Work = Callable[[Path], Coroutine[Any, Any, object]]


def at_each_step(work: Work, model: Path, parent: Path) -> None:
    """Work in a copy of a folder, and keep one of it as it is before each step, numbered, and one of the end.

    Who is killed leaves in a folder what the system knew at that moment, and nothing of what stood in its own memory:
    just what such a copy has. So the work is done once, not once more for each of its steps. Steps that find the same
    in the folder as the one before (most statements of a transaction do) share a copy.
    """
    folder = parent / "worked-in"
    numbers = count()
    last: dict[Path, bytes] = {}

    def step() -> None:
        nonlocal last
        copy = parent / f"{next(numbers):04d}"
        _copy(folder, copy)
        found = _contents(copy)
        if found == last:
            shutil.rmtree(copy)
        last = found

    def audited(name: str, args: tuple[Any, ...]) -> None:
        if name in EVENTS and str(folder) in str(args[0]):
            step()

    _copy(model, folder)
    sys.addaudithook(audited)
    event.listen(Engine, "before_cursor_execute", lambda *_: step())
    event.listen(Engine, "commit", lambda *_: step())
    asyncio.run(work(folder))
    subprocess.run(["mv", folder, parent / f"{next(numbers):04d}"], check=True)


def _copy(folder: Path, copy: Path) -> None:
    # By another process: one that closes a database's file gives up all of its locks on it.
    subprocess.run(["cp", "-pR", folder, copy], check=True)


def _contents(folder: Path) -> dict[Path, bytes]:
    there = folder.rglob("*")
    return {path.relative_to(folder): path.read_bytes() if path.is_file() else b"" for path in there}
