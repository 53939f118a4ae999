"""Something that is killed at each of its steps in turn, in processes of their own; each leaves a folder behind."""

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

# What is done to files, as Python's audit calls it.
EVENTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "sqlite3.connect", "open"}
DIED = 9

Work = Callable[[Path], Coroutine[Any, Any, object]]


def at_each_step(work: Work, model: Path, parent: Path) -> None:
    """Kill work in a copy of a folder at its first step, in another one at its second and so on, until it ends."""
    for number in count():
        folder = parent / f"{number:04d}"
        shutil.copytree(model, folder)
        child = os.fork()
        if not child:
            _work_until(work, folder, number)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code not in (0, DIED):
            sys.exit(f"step {number} ended with {code}")
        if not code:
            return


def _work_until(work: Work, folder: Path, last: int) -> None:
    """Work in a folder, and die before the step of that number; end by itself where there are fewer."""
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
    asyncio.run(work(folder))
