"""Runs the real bot, and lets it die by SIGKILL at one numbered point of its work.

Points stand before and after every database commit, and before every outgoing request, once it has been sent, and
after its answer. `CRASH_FROM` says from when on they are counted: `start`, or `signal` (SIGUSR1). `CRASH_POINTS` is a
shell pattern for those that count, such as `sent POST /mj/submit/*`; empty = all. At the point with the number
`CRASH_AT` the process ends; without it, none.
"""

import fnmatch
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ClientResponse
from sqlalchemy.engine.default import DefaultDialect
from yarl import URL

ARRIVAL_S = 0.05  # until a request that was sent has certainly reached a server on this machine


class Points:
    """Counts the points passed, and ends the process at the chosen one."""

    def __init__(self, at: int | None, pattern: str, *, is_counting: bool) -> None:
        self._at = at
        self._pattern = pattern
        self._is_counting = is_counting
        self._passed = 0

    def begin(self, *_: object) -> None:
        """Count from now on."""
        self._is_counting = True

    def reached(self, what: str) -> bool:
        """Count a point; True when it is the one to die at."""
        if not self._is_counting or not fnmatch.fnmatchcase(what, self._pattern):
            return False
        self._passed += 1
        return self._passed == self._at

    def reach(self, what: str) -> None:
        """Count a point, and die if it is the one."""
        if self.reached(what):
            die()


def die() -> None:
    """End as a power cut would: nothing is flushed, nothing closed."""
    os.kill(os.getpid(), signal.SIGKILL)


def watch_commits(points: Points) -> None:
    """Put a point on both sides of every commit; it happens in the database's thread."""
    commit: Callable[..., None] = DefaultDialect.do_commit

    def do_commit(dialect: DefaultDialect, connection: Any) -> None:
        points.reach("before commit")
        commit(dialect, connection)
        points.reach("after commit")

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]


def watch_requests(points: Points) -> None:
    """Put points around every request of every library that uses aiohttp."""
    request: Callable[..., Any] = aiohttp.ClientSession._request
    start: Callable[..., Any] = ClientResponse.start

    async def _request(session: aiohttp.ClientSession, method: str, url: Any, **options: Any) -> Any:
        what = f"{method} {URL(url).path}"
        points.reach(f"before {what}")
        response = await request(session, method, url, **options)
        points.reach(f"after {what}")
        return response

    async def _start(response: ClientResponse, connection: Any) -> Any:
        if points.reached(f"sent {response.method} {response.url.path}"):
            # Everything is at a standstill while the request travels; what it does there, it does without us.
            if response._writer is not None:
                await response._writer
            time.sleep(ARRIVAL_S)  # noqa: ASYNC251 - the process is about to die
            die()
        return await start(response, connection)

    aiohttp.ClientSession._request = _request  # type: ignore[assignment, method-assign]
    ClientResponse.start = _start  # type: ignore[assignment, method-assign]


def main() -> None:
    """Install the points and run the bot as `python -m bot run` would."""
    at, start = os.environ.get("CRASH_AT"), os.environ.get("CRASH_FROM")
    points = Points(int(at) if at else None, os.environ.get("CRASH_POINTS", "*"), is_counting=start == "start")
    signal.signal(signal.SIGUSR1, points.begin)
    watch_commits(points)
    watch_requests(points)
    sys.argv = ["bot", "run"]
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main()
