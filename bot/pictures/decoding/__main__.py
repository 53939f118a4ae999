"""The worker process: reads tasks as lines of JSON, answers each with a line of JSON and the bytes it announces.

Its first argument is the limits, as JSON. It holds no secrets and writes no files, and may be killed at any time.
"""

import contextlib
import json
import math
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from bot.pictures.decoding.bounds import Refused, Why

SPARE_CPU_S = 1  # rounding


def main() -> None:
    """Work until nobody asks any more."""
    limits = json.loads(sys.argv[1])
    os.nice(limits["nice"])
    from bot.pictures.decoding.tasks import TASKS  # noqa: PLC0415 - loading decoders is work that gives way, too

    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")  # if memory ends, this goes first
    warnings.simplefilter("ignore")
    _limit(resource.RLIMIT_AS, limits["memory_bytes"])
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        _limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits["cpu_s"]) + SPARE_CPU_S)
        _answer(*_done(TASKS[request["task"]], request["args"]))


def _done(task: Any, args: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    try:
        values, parts = task(**args)
    except Refused as exc:
        cause = f"{type(exc.__cause__).__name__}: {exc.__cause__}"[:200] if exc.__cause__ else ""
        return {"why": exc.why, "values": exc.values, "cause": cause}, []
    except MemoryError:
        return {"why": Why.TOO_MUCH, "values": {}, "cause": "MemoryError"}, []
    except FileNotFoundError:
        return {"gone": True}, []
    except Exception as exc:  # noqa: BLE001 - bytes of others; whoever asked logs it
        return {"why": Why.NO_PICTURE, "values": {}, "cause": f"unexpected {type(exc).__name__}: {exc}"[:200]}, []
    return {"values": values}, parts


def _answer(head: dict[str, Any], parts: list[bytes]) -> None:
    out = sys.stdout.buffer
    out.write(json.dumps(head | {"sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        out.write(part)
    out.flush()


def _limit(kind: int, value: int) -> None:
    """Lower a limit of this process; where the system knows no such limit, the wall clock still does."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


if __name__ == "__main__":
    main()
