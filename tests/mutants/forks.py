"""Runs of pytest in forks of a process that has read every library already, but none of our own code."""

import contextlib
import gc
import importlib
import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

Key = TypeVar("Key")

OURS, STAYING = ("bot.", "cogs.", "sandbox.", "tests."), "tests.mutants"
LIBRARIES_BY = (
    "bot.app",
    "bot.doctor.examination",
    "bot.pictures.decoding.tasks",
    "sandbox.bot_process",
    "tests.conftest",
)
PYTEST_PLUGINS = ("pytest", "pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin", "typer.testing")


@dataclass(frozen=True, slots=True)
class Run(Generic[Key]):
    """A run that is over: its exit code, None where it was ended as it took too long."""

    key: Key
    exit_code: int | None
    took_s: float


def read_libraries() -> None:
    """Import what our code imports, and forget our own part of it."""
    for name in (*LIBRARIES_BY, *PYTEST_PLUGINS):
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.startswith(OURS) and not name.startswith(STAYING)]:
        del sys.modules[name]
    gc.collect()
    gc.freeze()


@dataclass(frozen=True, slots=True)
class _Process(Generic[Key]):
    """A run that is going on; `handle` is its pidfd, which becomes readable when it has ended."""

    key: Key
    pid: int
    handle: int
    since: float
    deadline: float


def run_all(
    tasks: Iterable[tuple[Key, Callable[[], int], float]], *, at_once: int, log_of: Callable[[Key], Path]
) -> Iterator[Run[Key]]:
    """Run tasks in processes of their own, a few at once, and hand out each as it ends.

    Args:
        tasks: for each what it is known by, what to do (returns the exit code), and its limit in seconds.
        at_once: how many processes there may be.
        log_of: where the output goes.
    """
    left = iter(tasks)
    alive: list[_Process[Key]] = []
    try:
        while True:
            while len(alive) < at_once and (task := next(left, None)) is not None:
                key, work, limit_s = task
                pid, since = _fork(work, log_of(key)), time.monotonic()
                alive.append(_Process(key, pid, os.pidfd_open(pid), since, since + limit_s))
            if not alive:
                return
            yield from _ended(alive)
    finally:
        for process in alive:
            _end(process)


def _ended(alive: list[_Process[Key]]) -> Iterator[Run[Key]]:
    """Wait until a run has ended or is at its limit, and take those out that are."""
    patience_s = min(process.deadline for process in alive) - time.monotonic()
    ended, _, _ = select.select([process.handle for process in alive], [], [], max(0.0, patience_s))
    for process in list(alive):
        now = time.monotonic()
        if process.handle in ended or now >= process.deadline:
            alive.remove(process)
            code = _end(process)
            yield Run(process.key, code if process.handle in ended else None, now - process.since)


def _end(process: _Process[Key]) -> int:
    """End a run and whatever it has started; returns its exit code."""
    # By its number first: a fork that has not come to `setsid` yet (counting its lines begins before) has no group.
    os.kill(process.pid, signal.SIGKILL)  # nobody else's: the number is taken until it has been waited for
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    os.close(process.handle)
    return os.waitstatus_to_exitcode(os.waitpid(process.pid, 0)[1])


def _fork(work: Callable[[], int], log: Path) -> int:
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setsid()
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        code = work()
    except BaseException:  # noqa: BLE001 - nothing of the parent's may run on in its copy
        os.write(2, traceback.format_exc().encode())
    sys.stdout.flush()
    os._exit(code)
