"""Runs the real bot with its event loop watched and its commits counted; `BENCH_STATS` names the file that tells."""

import asyncio
import os
import runpy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

import bot.app
from benchmarks.heartbeat import Stats, beat, tell
from bot.settings import Settings


def main() -> None:
    """Install what watches, then do as `python -m bot run` does."""
    stats = Stats()
    commit: Callable[..., None] = DefaultDialect.do_commit
    run = bot.app.run

    def do_commit(dialect: DefaultDialect, connection: Any) -> None:
        stats.commits += 1
        commit(dialect, connection)

    async def watched(settings: Settings) -> None:
        heart = asyncio.create_task(beat(stats), name="heartbeat")
        try:
            await run(settings)
        finally:
            heart.cancel()

    DefaultDialect.do_commit = do_commit  # type: ignore[method-assign]
    bot.app.run = watched
    tell(stats, Path(os.environ["BENCH_STATS"]))
    sys.argv = ["bot", "run"]
    runpy.run_module("bot", run_name="__main__")


if __name__ == "__main__":
    main()
