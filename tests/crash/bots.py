"""The bot of crash runs: the real program in a process of its own, forked, so that a start needs no imports."""

import asyncio
import contextlib
import multiprocessing
import os
import signal
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

from typing_extensions import override

from sandbox.bot_process import BotProcess
from tests.crash import launcher

# Nothing runs in the process that is forked: it has only read the code.
PRELOADED = ["tests.crash.launcher", "bot.app", "cogs.imagine", "uvloop"]
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(PRELOADED)


class ForkedBot(BotProcess):
    """A `BotProcess` that writes its log by itself."""

    def __init__(self, environment: Mapping[str, str], log_path: Path) -> None:
        super().__init__(environment, log_path)
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
    def last_lines(self) -> list[str]:
        return self.log_path.read_text(errors="replace").splitlines()[-50:] if self.log_path.exists() else []

    @override
    async def start(self) -> None:
        if self.running:
            return
        self._died.clear()
        self._fork = _FORKS.Process(target=launcher.run, args=(self.environment, str(self.log_path)), daemon=True)
        self._fork.start()
        asyncio.get_running_loop().add_reader(self._fork.sentinel, self._bury, self._fork)

    def send(self, number: signal.Signals) -> None:
        """Send the process a signal, unless it is dead already."""
        if self.running and self.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _bury(self, fork: BaseProcess) -> None:
        asyncio.get_running_loop().remove_reader(fork.sentinel)
        fork.join()
        self._died.set()

    @override
    async def wait_ended(self) -> None:
        await self._died.wait()

    @override
    async def _end(self, with_signal: signal.Signals) -> None:
        if self._fork is not None:
            self.send(with_signal)
            await self._died.wait()
