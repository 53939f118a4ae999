"""The bot as the sandbox runs it: the real program, a process of its own, on a short leash."""

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
BOT_COMMAND = (sys.executable, "-m", "bot", "run")
INHERITED = ("PATH", "HOME", "LANG")  # and LC_*: nothing of the owner's settings may reach the bot
REMEMBERED_LINES = 50
TERMINATE_LIMIT_S = 15.0
PR_SET_PDEATHSIG = 1  # prctl(2)


class BotStartError(Exception):
    """The bot ended before it was ready; the text is its last words, fit to be shown."""


def inherited_environment(source: Mapping[str, str]) -> dict[str, str]:
    """The few variables of the owner's environment that the bot is allowed to see."""
    return {name: value for name, value in source.items() if name in INHERITED or name.startswith("LC_")}


def die_with_parent() -> Callable[[], None] | None:
    """A function for the child that ties its life to ours, so that a killed sandbox leaves no bot behind.

    Only Linux can do this; elsewhere a sandbox that is killed hard leaves its bot looking for a server.
    """
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return tie


class BotProcess:
    """Starts, ends and watches the bot; its output goes to a log file."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log_path: Path,
        *,
        command: Sequence[str] = BOT_COMMAND,
    ) -> None:
        self.environment = dict(environment)
        self.log_path = log_path
        self.command = tuple(command)
        self.number = 1  # among those of a sandbox
        self._frozen: int | None = None  # the process that was held still
        self._process: asyncio.subprocess.Process | None = None
        self._ended: asyncio.Task[None] | None = None
        self._last_lines: deque[str] = deque(maxlen=REMEMBERED_LINES)
        self._watchers: set[asyncio.Queue[tuple[str, Any]]] = set()

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.returncode is None

    @property
    def is_frozen(self) -> bool:
        """Whether it is held still."""
        return self.running and self._frozen == self.pid

    @property
    def pid(self) -> int | None:
        """The id of the process, the current one or the last."""
        return self._process.pid if self._process else None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended; None while it runs."""
        return self._process.returncode if self._process else None

    @property
    def last_lines(self) -> list[str]:
        """The end of the output, oldest first."""
        return list(self._last_lines)

    @property
    def last_line(self) -> str:
        """The last thing the bot said."""
        return next((line for line in reversed(self.last_lines) if line.strip()), "")

    def status(self) -> dict[str, Any]:
        """The process as the page shows it."""
        return {
            "number": self.number,
            "running": self.running,
            "frozen": self.is_frozen,
            "exit_code": self.exit_code,
            "last_line": self.last_line,
        }

    def watch(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        """Put a `BOT_PROCESS` event into the queue whenever the bot starts or ends."""
        self._watchers.add(queue)

    def unwatch(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        """Stop `watch`ing."""
        self._watchers.discard(queue)

    async def start(self) -> None:
        """Start the bot unless it runs already; readiness is the loopback Discord's to tell."""
        if self.running:
            return
        self._last_lines.clear()
        self._process = await asyncio.create_subprocess_exec(
            *self.command,
            cwd=REPOSITORY,
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        self._ended = asyncio.create_task(self._follow(self._process), name="bot-output")
        self._tell()

    def freeze(self) -> None:
        """Hold the bot and its workers still, as a machine that is asleep or overloaded would."""
        self._signal_all(signal.SIGSTOP)
        self._frozen = self.pid

    def thaw(self) -> None:
        """Let a bot that is held still go on."""
        self._signal_all(signal.SIGCONT)
        self._frozen = None

    async def terminate(self) -> None:
        """End the bot as Ctrl-C would, and by force when it takes too long."""
        self.thaw()
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the bot at once, as a crash would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """End the bot in order and start it again."""
        await self.terminate()
        await self.start()

    async def wait_ended(self) -> None:
        """Wait until the bot has ended and its last words are known."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    async def _end(self, with_signal: signal.Signals) -> None:
        if self._process is None or self._ended is None:
            return
        if self.running:
            self._process.send_signal(with_signal)
        try:
            await asyncio.wait_for(asyncio.shield(self._ended), TERMINATE_LIMIT_S)
        except TimeoutError:
            self._sweep()
            await self._ended

    async def _follow(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # asked for in start()  # noqa: S101
        with self.log_path.open("ab") as log:
            while line := await read_line(process.stdout):
                log.write(line)
                log.flush()
                self._last_lines.append(line.decode(errors="replace").rstrip())
        await process.wait()
        self._sweep()
        self._tell()

    def _sweep(self) -> None:
        """Kill whatever is left of the bot and its workers."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _signal_all(self, number: signal.Signals) -> None:
        if self._process is not None and self.running:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)

    def _tell(self) -> None:
        for queue in self._watchers:
            queue.put_nowait(("BOT_PROCESS", self.status()))


async def read_line(stream: asyncio.StreamReader) -> bytes:
    """The next line, or a piece of one that is too long; empty at the end."""
    try:
        return await stream.readuntil()
    except asyncio.IncompleteReadError as end:
        return end.partial
    except asyncio.LimitOverrunError as overrun:
        return await stream.readexactly(overrun.consumed)
