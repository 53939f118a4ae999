"""Worker processes for pictures: started when there is work, killed when one takes too long, ended when idle.

They are processes of our own rather than those of `multiprocessing`, which would hand on the environment with its
secrets and load the whole bot into each of them.
"""

import asyncio
import contextlib
import json
import logging
import os
import subprocess
import sys
from collections import Counter, deque
from collections.abc import Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bot.pictures.decoding.bounds import Why
from bot.pictures.refusals import gone, refusal

logger = logging.getLogger(__name__)

# One core of the machine is left to everything else, where there is more than one.
WORKERS = max(1, min(2, (os.cpu_count() or 1) - 1))
IDLE_S = 30.0
WORKER_LIFE = 200  # tasks; what decoders lose in memory is not lost for ever
MAX_ANSWER_BYTES = 256 * 1024 * 1024
PROGRAM = "bot.pictures.decoding"
_ROOT = Path(__file__).parents[2]
# An environment of their own, without anything that the bot knows. One arena, since each counts against the memory.
_ENVIRONMENT = {"LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "1"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one task may take: seconds of CPU, bytes of address space, seconds by the clock; and how it stands back."""

    cpu_s: int = 20
    memory_bytes: int = 1536 * 1024 * 1024  # a WebP of 50 megapixels takes 1.1 GB until it is written again
    wall_s: float = 60.0
    nice: int = 5  # the event loop goes first


@dataclass(frozen=True, slots=True)
class Answer:
    """What a worker says: values by name, and bytes."""

    values: dict[str, Any]
    parts: list[bytes]


class _DeadError(Exception):
    """The process ended before it answered."""


class _Worker:
    """One process. It answers in a thread, and may be killed from anywhere."""

    def __init__(self, limits: Limits) -> None:
        told = json.dumps({name: value for name, value in asdict(limits).items() if name != "wall_s"})
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", PROGRAM, told],
            cwd=_ROOT,
            env=_ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("no pipes")
        self._in, self._out = self._process.stdin, self._process.stdout
        self.served = 0
        self._is_killed = False

    def ask(self, request: bytes) -> tuple[dict[str, Any], list[bytes]]:
        """Hand over a task and wait for its answer.

        Raises:
            _DeadError: the process ended before, by its limits or by our hand.
        """
        self.served += 1
        try:
            self._in.write(request)
            self._in.flush()
            head = json.loads(self._out.readline())
            if sum(head["sizes"]) > MAX_ANSWER_BYTES:
                raise _DeadError
            parts = [self._out.read(size) for size in head["sizes"]]
        except (OSError, ValueError, LookupError, TypeError) as exc:  # it may have been killed amid its answer
            raise _DeadError from exc
        if [len(part) for part in parts] != head["sizes"]:
            raise _DeadError
        return head, parts

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._is_killed = True
        self._process.kill()

    def bury(self) -> None:
        """End the process and leave nothing of it."""
        self.kill()
        self._process.wait()
        for pipe in (self._in, self._out):
            with contextlib.suppress(OSError):  # a request that it was killed before it read
                pipe.close()

    @property
    def lives(self) -> bool:
        """Whether it can be asked more."""
        return not self._is_killed and self._process.poll() is None


class Lane:
    """Workers for one kind of work. Whoever brings much of it takes turns with the others who wait."""

    def __init__(self, name: str, limits: Limits = Limits(), workers: int = WORKERS) -> None:
        self._name = name
        self._limits = limits
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix=f"pictures-{name}")
        self._free = workers
        self._most_of_one = max(1, workers - 1)  # so that one is left for others, where there are several
        self._running: Counter[Hashable] = Counter()
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._is_closed = False

    async def run(self, task: str, of: Hashable, /, **args: object) -> Answer:
        """Let a worker do a task (`bot.pictures.decoding.tasks`); cancelling it ends the worker.

        Args:
            task: its name.
            of: whose work it is; many tasks of one are done in turns with those of others.
            args: what the task takes.

        Raises:
            PictureError: the file is no use, or takes more than the limits allow.
        """
        await self._turn(of)
        try:
            return await self._asked(json.dumps({"task": task, "args": args}).encode() + b"\n", task)
        finally:
            self._next(of)

    async def _asked(self, request: bytes, task: str) -> Answer:
        if self._is_closed:
            raise asyncio.CancelledError
        worker = self._worker()
        self._busy.add(worker)
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._limits.wall_s, worker.kill)
        try:
            head, parts = await loop.run_in_executor(self._threads, worker.ask, request)
        except _DeadError as exc:
            self._bury(worker)
            if self._is_closed:
                raise asyncio.CancelledError from exc  # as if whoever waits had been stopped
            logger.warning("picture worker ended task=%s lane=%s", task, self._name)
            raise refusal(Why.TOO_MUCH) from exc
        except BaseException:
            self._bury(worker)
            raise
        finally:
            timer.cancel()
            self._busy.discard(worker)
        self._rest(worker)
        return _read(head, parts, task)

    def _worker(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.lives:
                return worker
            self._bury(worker)
        return _Worker(self._limits)

    def _rest(self, worker: _Worker) -> None:
        if self._is_closed or worker.served >= WORKER_LIFE or not worker.lives:
            self._bury(worker)
            return
        self._idle.append(worker)
        asyncio.get_running_loop().call_later(IDLE_S, self._retire, worker, worker.served)

    def _retire(self, worker: _Worker, served: int) -> None:
        if worker in self._idle and worker.served == served:
            self._idle.remove(worker)
            self._bury(worker)

    def _bury(self, worker: _Worker) -> None:
        worker.kill()
        if self._is_closed:
            worker.bury()
        else:
            self._threads.submit(worker.bury)  # it waits for the end of the process

    async def _turn(self, of: Hashable) -> None:
        if self._free and self._running[of] < self._most_of_one:
            self._start(of)
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(of, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._next(of)
            raise

    def _start(self, of: Hashable) -> None:
        self._free -= 1
        self._running[of] += 1

    def _next(self, ended: Hashable) -> None:
        """Give the place to whoever was served longest ago, and has not as many as one may have."""
        self._free += 1
        self._running[ended] -= 1
        if not self._running[ended]:
            del self._running[ended]
        for of in list(self._waiting):
            turns = self._waiting[of]
            while turns and turns[0].done():
                turns.popleft()  # they wait no more
            if turns and (not self._free or self._running[of] >= self._most_of_one):
                continue
            del self._waiting[of]
            if turns:
                turns.popleft().set_result(None)
                self._start(of)
            if turns:
                self._waiting[of] = turns  # now the last in order

    def close(self) -> None:
        """Kill everything at once; what was being decoded is begun anew after the next start."""
        self._is_closed = True
        for worker in [*self._busy, *self._idle]:
            worker.kill()
        for worker in self._idle:
            worker.bury()
        self._idle.clear()
        for turns in self._waiting.values():
            for turn in turns:
                turn.cancel()
        self._threads.shutdown(wait=not self._busy)


def _read(head: dict[str, Any], parts: list[bytes], task: str) -> Answer:
    if head.get("gone"):
        raise gone()
    if "why" in head:
        logger.info("picture refused task=%s why=%s cause=%s", task, head["why"], head["cause"] or "-")
        raise refusal(Why(head["why"]), head["values"])
    return Answer(head["values"], parts)


class Workers:
    """Three lanes: what members send in, what the relay made, and large films never wait for each other."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self.members = Lane("members", replace(limits, nice=limits.nice + 3), workers=2)
        # Results were paid for, and large ones are made smaller more often than inputs.
        self.results = Lane("results", replace(limits, cpu_s=2 * limits.cpu_s, wall_s=2 * limits.wall_s))
        # A film takes as long as a hundred pictures, so that it gives way to them.
        slow = replace(limits, cpu_s=3 * limits.cpu_s, wall_s=4 * limits.wall_s, nice=limits.nice + 3)
        self.films = Lane("films", slow, workers=1)

    def close(self) -> None:
        """Kill all of them at once."""
        for lane in (self.members, self.results, self.films):
            lane.close()
