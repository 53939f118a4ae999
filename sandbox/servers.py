"""Programs of others that tests talk to: started when they are first wanted, and ended with whoever started them."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

START_LIMIT_S = 60.0
LOOK_S = 0.05
# Become another user where one is named, then the server, to which a signal is sent when the parent ends, even by
# SIGKILL: Linux alone knows how (PR_SET_PDEATHSIG is 1).
_LOADER = """
import ctypes, os, sys
number, account, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
if account:
    os.setgroups([]); os.setgid(int(account)); os.setuid(int(account))
libc = ctypes.CDLL(None)
if hasattr(libc, "prctl"):
    libc.prctl(1, number)
os.execv(command[0], command)
"""


class NoServerError(Exception):
    """There is no server to be had on this machine; says why."""


def start(
    command: Sequence[object], log: Path, last_signal: int, *, account: str = "", **options: Any
) -> "subprocess.Popen[bytes]":
    """Start a server that gets a signal when this process ends; `account` is the number of whom it runs as."""
    with log.open("ab") as written:
        loader = [sys.executable, "-c", _LOADER, str(int(last_signal)), account]
        return subprocess.Popen(  # noqa: S603 - of ours
            [*loader, *map(str, command)], stdin=subprocess.DEVNULL, stdout=written, stderr=written, **options
        )


def wait_until(answers: Callable[[], bool], name: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a server answers.

    Raises:
        NoServerError: it has ended, or takes longer than any machine should.
    """
    end = time.monotonic() + START_LIMIT_S
    while not answers():
        try:
            process.wait(LOOK_S)
            has_ended = True
        except subprocess.TimeoutExpired:
            has_ended = False
        if has_ended or time.monotonic() > end:
            raise NoServerError(f"{name} does not start: {log.read_text()[-400:]}")
