"""Values that lapse: what a panel, a modal or a link stands for until its member comes back to it."""

import secrets
from collections.abc import Callable
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from bot.clock import Clock
from bot.storage.key_values import KeyValues

Value = TypeVar("Value")


class ForeignValueError(Exception):
    """The value belongs to another member."""


def note_name(kind: str, value_id: str) -> str:
    """Return the name of the note that holds a value of a kind."""
    return f"{kind}:{value_id}"


class ExpiringValues(Generic[Value]):
    """Keeps values of one type, each for its owner alone, until they are older than their life.

    Ids begin with the second in which they were made, so that old values can be found by their names; they are swept
    when new ones come.
    """

    def __init__(
        self,
        notes: KeyValues,
        clock: Clock,
        kind: str,
        adapter: TypeAdapter[Value],
        *,
        life_s: float,
        owner_of: Callable[[Value], int],
    ) -> None:
        """Keep values among the notes.

        Args:
            notes: where they are kept, as JSON.
            clock: says when a life is over.
            kind: what the names of their notes begin with, before a colon.
            adapter: writes and reads the JSON.
            life_s: simulated seconds (`TIME_SCALE`).
            owner_of: the id of the member that a value belongs to.
        """
        self._notes = notes
        self._clock = clock
        self._kind = kind
        self._adapter = adapter
        self._life_s = life_s
        self._owner_of = owner_of

    def name_of(self, value_id: str) -> str:
        """Return the name of the note that holds a value."""
        return note_name(self._kind, value_id)

    async def keep(self, value: Value) -> str:
        """Keep a new value and sweep those whose life is over; returns its id: 16 characters, half of them chance."""
        now_s = int(self._clock.now().timestamp())
        oldest_s = now_s - int(self._clock.real(self._life_s)) - 1  # ids know whole seconds
        await self._notes.delete_under(self.name_of(""), before=self.name_of(f"{oldest_s:08x}"))
        value_id = f"{now_s:08x}{secrets.token_hex(4)}"
        await self.replace(value_id, value)
        return value_id

    async def replace(self, value_id: str, value: Value) -> None:
        """Keep another value under an id that `keep` gave; its life goes on."""
        await self._notes.set(self.name_of(value_id), self._adapter.dump_json(value).decode())

    async def find(self, value_id: str) -> Value | None:
        """Return a value, whoever owns it; None once it was swept or dropped."""
        kept = await self._notes.get(self.name_of(value_id))
        return None if kept is None else self._adapter.validate_json(kept)

    async def get(self, value_id: str, owner_id: int) -> Value | None:
        """Return a value to its owner; None when its life is over, or it was dropped.

        Raises:
            ForeignValueError: it is another member's.
        """
        value = await self.find(value_id)
        if value is None or self._has_lapsed(value_id):
            return None
        if self._owner_of(value) != owner_id:
            raise ForeignValueError
        return value

    async def delete(self, value_id: str) -> None:
        """Forget a value."""
        await self._notes.delete(self.name_of(value_id))

    def _has_lapsed(self, value_id: str) -> bool:
        age_s = self._clock.now().timestamp() - int(value_id[:8], 16)
        return age_s > self._clock.real(self._life_s) + 1
