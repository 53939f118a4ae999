"""The real bot in a process of its own, forked from one that has read all code: a start needs no imports."""

import asyncio
import contextlib
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from typing_extensions import override

from bot.client import COGS, ENGINE_COGS
from bot.domain.engine_info import ENGINES
from sandbox.bot_process import TERMINATE_LIMIT_S, BotProcess, die_with_parent

# Nothing runs in the process that is forked: it has only read the code.
PRELOADED = [
    __name__,
    "tests.crash.launcher",
    "bot.app",
    "bot.doctor.examination",
    "bot.log",
    "aiosqlite",
    "typer",
    "uvloop",
    *COGS,
    *ENGINE_COGS.values(),
    # What a bot reads only as it starts, or as it first wants it.
    *("bot.listening", "bot.storage.postgres", "alembic.command", "alembic.config"),
    *("cryptography.fernet", "encodings.idna", "greenlet", "pydantic.dataclasses", "typer._adapters"),
    *(info.adapter for info in ENGINES.values()),
    "tests.support.resting",  # last
]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(PRELOADED)

tie_to_parent = die_with_parent()  # the process that forks the bot, and reads this module before it does


def run_bot(*command: str) -> None:
    """Do as `python -m bot run` does, or with another command and its arguments."""
    sys.argv = ["bot", *(command or ("run",))]
    runpy.run_module("bot", run_name="__main__")


def _become_bot(environment: Mapping[str, str], log_path: str, launch: Callable[[], None]) -> None:
    if tie_to_parent is not None:
        tie_to_parent()
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    counting = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
    os.environ.clear()
    os.environ.update(counting | dict(environment))
    launch()


class ForkedBot(BotProcess):
    """A `BotProcess` that writes its log by itself; `launch` runs the bot in it."""

    def __init__(self, environment: Mapping[str, str], log_path: Path, *, launch: Callable[[], None] = run_bot) -> None:
        super().__init__(environment, log_path)
        self._launch = launch
        self._fork: BaseProcess | None = None
        self._died = asyncio.Event()

    @property
    @override
    def running(self) -> bool:
        return self._fork is not None and not self._died.is_set()

    @property
    @override
    def pid(self) -> int | None:
        return self._fork.pid if self._fork else None

    @property
    @override
    def exit_code(self) -> int | None:
        return self._fork.exitcode if self._fork else None

    @property
    @override
    def last_lines(self) -> list[str]:
        return self.log_path.read_text(errors="replace").splitlines()[-50:] if self.log_path.exists() else []

    @override
    async def start(self) -> None:
        if self.running:
            return
        self._died.clear()
        known = (self.environment, str(self.log_path), self._launch)
        self._fork = _FORKS.Process(target=_become_bot, args=known, daemon=True)
        self._fork.start()
        asyncio.get_running_loop().add_reader(self._fork.sentinel, self._bury, self._fork)
        self._tell()

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal, unless it is dead already."""
        if self.running and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    @override
    def _signal_all(self, number: signal.Signals) -> None:
        self.send(number)  # its workers do nothing that it does not ask for

    def _bury(self, fork: BaseProcess) -> None:
        asyncio.get_running_loop().remove_reader(fork.sentinel)
        fork.join()
        self._died.set()
        self._tell()

    @override
    async def wait_ended(self) -> None:
        await self._died.wait()

    @override
    async def _end(self, with_signal: signal.Signals) -> None:
        if self._fork is None:
            return
        self.send(with_signal)
        try:
            await asyncio.wait_for(self._died.wait(), TERMINATE_LIMIT_S)
        except TimeoutError:
            self.send(signal.SIGKILL)
            await self._died.wait()
