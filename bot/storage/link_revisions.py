"""How often people ended all their links: a link of before opens nothing any more."""

from bot.storage.key_values import KeyValues


class LinkRevisions:
    """Counts for each member, in notes of one kind; a link is written with the count of its moment."""

    def __init__(self, notes: KeyValues, kind: str) -> None:
        self._notes = notes
        self._kind = kind

    async def of(self, member_id: int) -> int:
        """Return the count of a member, 0 where they never ended any."""
        return int(await self._notes.get(self._name(member_id)) or 0)

    async def end_all(self, member_id: int) -> None:
        """End all links that were written for a member until now."""
        await self._notes.set(self._name(member_id), str(await self.of(member_id) + 1))

    def _name(self, member_id: int) -> str:
        return f"{self._kind}:{member_id}"
