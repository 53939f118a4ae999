"""What processes on one database tell each other. It only hints: whoever missed it finds the same by looking."""

from collections import defaultdict
from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

CHANNEL = "easel"


class Changed(StrEnum):
    """What an announcement is about."""

    JOB = "job"  # its row changed in another process than its owner's
    NOTE = "note"  # a small value was written or deleted
    JOINED = "joined"  # a process entered
    LEFT = "left"  # a process gave all its jobs up


class Notifications:
    """Announcements of this process to the others, and what is done with theirs."""

    def __init__(self, *, is_shared: bool) -> None:
        self._is_shared = is_shared
        self._heard: defaultdict[Changed, list[Callable[[str | None], None]]] = defaultdict(list)

    def subscribe(self, changed: Changed, heard: Callable[[str | None], None]) -> None:
        """Call `heard` with the name of what changed, or with None where anything may have, as after a lost line."""
        self._heard[changed].append(heard)

    async def announce(self, connection: AsyncConnection, changed: Changed, name: str) -> None:
        """Tell the others once the transaction is committed; never where persons wait, since such commits queue."""
        if self._is_shared:
            await connection.execute(select(func.pg_notify(CHANNEL, f"{changed} {name}")))

    def receive(self, announcement: str) -> None:
        """Take in what was announced; an empty text stands for all that may have been missed."""
        changed, _space, name = announcement.partition(" ")
        for known, subscribers in self._heard.items():
            for heard in subscribers if not changed or known == changed else ():
                heard(name or None)
