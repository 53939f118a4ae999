"""Runs the real bot, and lets it die by SIGKILL at one point of its work.

Points stand before and after every database commit, and before every outgoing request, once it has been sent, and
after its answer; in their names stands `{id}` for everything that differs from run to run. Where to die says a plan in
the file `CRASH_PLAN`, which is read at the start, where there is one, and again at SIGUSR1. Without a plan nothing is
counted.
"""

import fnmatch
import json
import os
import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ClientResponse
from sqlalchemy.engine.default import DefaultDialect
from yarl import URL

from tests.support.forks import run_bot

ARRIVAL_S = 0.05  # until a request that was sent has certainly reached a server on this machine
IDS = re.compile(r"(?<=/)(?=[^/]*\d)[^/]{9,}")  # ids, tokens and names of pictures in a path


@dataclass(frozen=True)
class Plan:
    """Die at the `number`th passing of a point whose name fits the shell pattern `name`; None = at none.

    `refused` is the share of commits that the database refuses, half of them although they stand.
    """

    name: str = "*"
    number: int | None = None
    refused: float = 0.0


class Points:
    """Counts the points passed, writes their names down, and ends the process at the planned one."""

    def __init__(self, plan: Path) -> None:
        self._path = plan
        self._plan: Plan | None = None
        self._trace = trace_of(plan).open("w", buffering=1)
        self._passed = 0
        self._chance = random.Random()
        if plan.exists():
            self.begin()

    def begin(self, *_: object) -> None:
        """Count from now on."""
        self._trace.truncate(0)
        self._passed = 0
        self._plan = Plan(**json.loads(self._path.read_text()))

    def reached(self, what: str) -> bool:
        """Count a point; True when it is the one to die at."""
        if self._plan is None:
            return False
        self._trace.write(f"{what}\n")
        if not fnmatch.fnmatchcase(what, self._plan.name):
            return False
        self._passed += 1
        return self._passed == self._plan.number

    def refuse(self) -> None:
        """Let the database say no, now and then."""
        if self._plan is not None and self._chance.random() < self._plan.refused / 2:
            raise sqlite3.OperationalError("disk I/O error")

    def reach(self, what: str) -> None:
        """Count a point, and die if it is the one."""
        if self.reached(what):
            die()


def die() -> None:
    """End as a power cut would: nothing is flushed, nothing closed."""
    os.kill(os.getpid(), signal.SIGKILL)


def trace_of(plan: Path) -> Path:
    """The file with the names of the points that the bot has passed since it began to count, a line each."""
    return plan.with_name("points.txt")


def watch_commits(points: Points) -> None:
    """Put a point on both sides of every commit; it happens in the database's thread."""
    commit: Callable[..., None] = DefaultDialect.do_commit

    def do_commit(dialect: DefaultDialect, connection: Any) -> None:
        points.reach("before commit")
        points.refuse()
        commit(dialect, connection)
        points.reach("after commit")
        points.refuse()

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def watch_requests(points: Points) -> None:
    """Put points around every request of every library that uses aiohttp."""
    request: Callable[..., Any] = aiohttp.ClientSession._request
    start: Callable[..., Any] = ClientResponse.start

    async def _request(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        what = named(method, URL(url))
        points.reach(f"before {what}")
        response = await request(session, method, url, **options)
        points.reach(f"after {what}")
        return response

    async def _start(response: ClientResponse, connection: Any) -> Any:
        if points.reached(f"sent {named(response.method, response.url)}"):
            # Everything is at a standstill while the request travels; what it does there, it does without us.
            if response._writer is not None:
                await response._writer
            time.sleep(ARRIVAL_S)  # noqa: ASYNC251 - the process is about to die
            die()
        return await start(response, connection)

    aiohttp.ClientSession._request = _request  # type: ignore[assignment, method-assign]
    ClientResponse.start = _start  # type: ignore[assignment, method-assign]


def named(method: str, url: URL) -> str:
    """A request in the form `POST /mj/submit/imagine`."""
    return f"{method} {IDS.sub('{id}', url.path)}"


def run() -> None:
    """In a fresh process: install the points and run the bot."""
    points = Points(Path(os.environ["CRASH_PLAN"]))
    signal.signal(signal.SIGUSR1, points.begin)
    watch_commits(points)
    watch_requests(points)
    run_bot()
