"""Runs the real bot with little patience, and with a clock that can be moved.

`LIMIT_S` is what becomes of all limits that are long, real seconds otherwise: a submit's, a look's, a picture's, a
locked database's. `CLOCK_FILE` names a file with the seconds by which the clock is wrong; it may change at any time.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from typing_extensions import override

import bot.clock
import bot.relay.fetch
import bot.relay.http
import bot.storage.postgres
import bot.storage.sqlite
from sandbox.bot_process import BotProcess
from tests.support.forks import ForkedBot, run_bot


class WrongClock(bot.clock.Clock):
    """A wall clock that somebody has set wrong."""

    @override
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=float(Path(os.environ["CLOCK_FILE"]).read_text() or 0))


def run() -> None:
    """In a fresh process: shorten the limits and run the bot."""
    limit_s = float(os.environ["LIMIT_S"])
    bot.relay.http.SUBMIT_TIME_LIMIT_S = bot.relay.http.LOOK_TIME_LIMIT_S = bot.relay.fetch.TIME_LIMIT_S = limit_s
    # Half of it: several statements may wait, one after the other, within the 3 s of an answer.
    bot.storage.sqlite.BUSY_TIMEOUT_MS = int(limit_s * 500)
    bot.storage.postgres.SESSION["statement_timeout"] = f"{int(limit_s * 500)}ms"
    if "CLOCK_FILE" in os.environ:
        bot.clock.Clock = WrongClock  # type: ignore[misc]
    run_bot()


ImpatientBot = partial(ForkedBot, launch=run)
# Its log comes through a pipe, so that what limits its files does not concern it.
PipedImpatientBot = partial(BotProcess, command=(sys.executable, "-m", "tests.crash.impatient"))

if __name__ == "__main__":
    run()
