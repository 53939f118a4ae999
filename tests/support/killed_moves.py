"""A move into a server's database that is killed before its statement of a number, or before it is committed.

`python -m tests.support.killed_moves FOLDER URL NUMBER`, or `commit`, or `never`.
"""

import asyncio
import os
import sys
from itertools import count

from sqlalchemy import Engine, event

from bot.operation.moving import move
from tests.support.makers import make_settings

DIED = 9

if __name__ == "__main__":
    folder, url, last = sys.argv[1:]
    numbers = count(1)

    def pass_by(what: str) -> None:
        if what == last:
            os._exit(DIED)

    event.listen(Engine, "before_cursor_execute", lambda *_: pass_by(str(next(numbers))))
    event.listen(Engine, "commit", lambda *_: pass_by("commit"))
    asyncio.run(move(make_settings(DATA_DIR=folder), url))
