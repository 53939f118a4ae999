"""Runs the real bot with its event loop watched, its commits and its statements counted.

`BENCH_STATS` names the file that tells, together with the process's id.
"""

import asyncio
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

import bot.app
from benchmarks.heartbeat import Stats, beat, stats_path, tell
from bot.settings import LiveSettings

AROUND = ("BEGIN", "PRAGMA", "SET LOCAL")  # of a transaction, and no statement about anything


def main() -> None:
    """Install what watches, then do as `python -m bot run` does."""
    stats = Stats()
    commit: Callable[..., None] = DefaultDialect.do_commit
    run = bot.app.run

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        stats.statements += not statement.startswith(AROUND)

    def do_commit(dialect: DefaultDialect, connection: Any) -> None:
        stats.commits += 1
        commit(dialect, connection)

    async def watched(settings: LiveSettings) -> None:
        heart = asyncio.create_task(beat(stats), name="heartbeat")
        try:
            await run(settings)
        finally:
            heart.cancel()

    event.listen(Engine, "before_cursor_execute", count)
    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    bot.app.run = watched
    tell(stats, stats_path(os.getpid(), Path(os.environ["BENCH_STATS"])))
    sys.argv = ["bot", "run"]
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main()
