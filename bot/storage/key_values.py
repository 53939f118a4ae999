"""Small values kept under names: what members prefer, drafts, pauses and blocks."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Any

from sqlalchemy import Executable, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.fairness import LoopThrottle
from bot.storage.conflicts import retried
from bot.storage.dialects import Insert, by_dialect
from bot.storage.notifications import Changed, Notifications
from bot.storage.schema import notes

REMEMBERED = 4_000  # most are a few characters about a member
REMEMBERED_CHARACTERS = 4_000_000  # of all of them together: drafts hold whole prompts
READ_TOGETHER = 500


def _keeping(insert_or: Insert) -> Any:
    row = insert_or(notes)
    return row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})


_KEEP = by_dialect(_keeping)
_KEEP_NEW = by_dialect(lambda insert_or: insert_or(notes).on_conflict_do_nothing())

Connected = Callable[[], AbstractAsyncContextManager[AsyncConnection]]


class KeyValues:
    """Notes in the database, each read once, and anew where another process may have written it."""

    def __init__(self, reading: Connected, transaction: Connected, notifications: Notifications) -> None:
        self._reading = reading
        self._transaction = transaction
        self._notifications = notifications
        self._known: dict[str, str | None] = {}  # None = there is none of that name
        self._characters = 0  # of all that is known
        self._wanted: dict[str, None] = {}
        self._read: asyncio.Task[None] | None = None
        self._writing = asyncio.Lock()  # so that what was written last is what is remembered
        self._forgotten = 0  # how often something was; what was read meanwhile may be of before
        self._turnstile = LoopThrottle()

    async def get(self, name: str, *, beside: Collection[str] = ()) -> str | None:
        """The value kept under a name.

        Those `beside` it, which will be wanted next, are read along; and all that is wanted at the same time is read
        together, since many commands may come at once.
        """
        while name not in self._known:
            self._wanted |= dict.fromkeys((name, *beside))
            if self._read is None or self._read.done():
                # A task of its own: whoever comes first may be cancelled, and the others still wait for it.
                self._read = asyncio.create_task(self._read_wanted(), name="notes")
            await asyncio.shield(self._read)
            await self._turnstile.enter()  # what they go on with takes a while, too
        return self._known[name]

    async def _read_wanted(self) -> None:
        names = list(islice(self._wanted, READ_TOGETHER))
        for name in names:
            del self._wanted[name]
        forgotten = self._forgotten
        async with self._reading() as connection:
            found = await connection.execute(select(notes).where(notes.c.name.in_(names)))
            values: dict[str, str] = {row.name: row.value for row in found}
        for name in names if forgotten == self._forgotten else ():
            if name not in self._known:  # else it was written meanwhile
                self._remember(name, values.get(name))

    async def under(self, start: str) -> list[str]:
        """The names that begin with `start`."""
        query = select(notes.c.name).where(notes.c.name.startswith(start, autoescape=True))
        async with self._reading() as connection:
            return list((await connection.execute(query)).scalars())

    async def about(self, member_id: int) -> list[str]:
        """The names of values that are written as JSON and have this member's id in them, such as drafts."""
        has = or_(*(notes.c.value.contains(f":{member_id}{end}", autoescape=True) for end in (",", "}")))
        async with self._reading() as connection:
            return list((await connection.execute(select(notes.c.name).where(has))).scalars())

    @retried
    async def set(self, name: str, value: str, beside: Executable | None = None) -> None:
        """Keep a value under a name; what is to be written `beside` it is written with it."""
        async with self._writing:
            async with self._transaction() as connection:
                await connection.execute(_KEEP[connection.dialect.name], {"name": name, "value": value})
                if beside is not None:
                    await connection.execute(beside)
                await self._notifications.announce(connection, Changed.NOTE, name)
            self._remember(name, value)

    @retried
    async def replace(self, name: str, was: str | None, value: str | None) -> bool:
        """Keep another value under a name, or none, if what is kept there is still what it was; tells whether."""
        row = {"name": name, "value": value}
        async with self._writing:
            async with self._transaction() as connection:
                if was is None:
                    done = await connection.execute(_KEEP_NEW[connection.dialect.name], row)
                else:
                    same = notes.c.name == name, notes.c.value == was
                    change = delete(notes) if value is None else update(notes).values(value=value)
                    done = await connection.execute(change.where(*same))
                if done.rowcount:
                    await self._notifications.announce(connection, Changed.NOTE, name)
            if done.rowcount:
                self._remember(name, value)
            else:
                self.forget(name)
        return bool(done.rowcount)

    @retried
    async def delete(self, name: str, beside: Executable | None = None) -> None:
        """Forget a value; what is to be written `beside` that is written with it."""
        async with self._writing:
            async with self._transaction() as connection:
                await connection.execute(delete(notes).where(notes.c.name == name))
                if beside is not None:
                    await connection.execute(beside)
                await self._notifications.announce(connection, Changed.NOTE, name)
            self._remember(name, None)

    @retried
    async def delete_under(self, start: str, *, before: str) -> None:
        """Forget those whose names begin with `start` and sort before `before`."""
        old = delete(notes).where(notes.c.name.startswith(start, autoescape=True), notes.c.name < before)
        async with self._writing:
            async with self._transaction() as connection:
                await connection.execute(old)
            self.forget(*[known for known in self._known if known.startswith(start)])

    async def use_up(self, connection: AsyncConnection, name: str) -> bool:
        """Delete a value inside a transaction of others, who `forget` it afterwards; False where it is gone already."""
        return (await connection.execute(delete(notes).where(notes.c.name == name))).rowcount > 0

    def forget_all(self) -> None:
        """Read every value anew when it is wanted next: another process may have written it."""
        self.forget(*list(self._known))

    def forget(self, *names: str) -> None:
        """Read values anew when they are wanted next."""
        self._forgotten += 1
        for name in names:
            self._unlearn(name)

    def _remember(self, name: str, value: str | None) -> None:
        self._unlearn(name)
        size = len(name) + len(value or "")
        while self._known and (len(self._known) >= REMEMBERED or self._characters + size > REMEMBERED_CHARACTERS):
            self._unlearn(next(iter(self._known)))  # the one that was read or written first
        self._known[name] = value
        self._characters += size

    def _unlearn(self, name: str) -> None:
        if name in self._known:
            self._characters -= len(name) + len(self._known.pop(name) or "")
