"""Members' collections, as they name and fill them."""

import unicodedata

from bot.errors import UserError
from bot.language import _
from bot.services import Services
from bot.storage.collections import MOST_COLLECTIONS, Collection, NameTakenError, TooManyCollectionsError

LONGEST_NAME = 60  # characters
MOST_AT_ONCE = 200  # jobs
GONE = _("This collection is no longer there.")
TAKEN = _("You already have a collection with this name. Please choose another one.")


class Collecting:
    """Makes, renames, fills and deletes collections; each member has their own alone."""

    def __init__(self, services: Services) -> None:
        self._collections = services.store.collections
        self._clock = services.clock

    async def all_of(self, member_id: int) -> list[Collection]:
        """Return a member's collections, the newest first."""
        return await self._collections.of_member(member_id)

    async def holding(self, member_id: int, job_id: str) -> list[str]:
        """Return the ids of a member's collections that a job is in."""
        return await self._collections.holding(member_id, job_id)

    async def create(self, member_id: int, name: str) -> Collection:
        """Make an empty one.

        Raises:
            UserError: its name is none, or taken; or there are too many.
        """
        try:
            return await self._collections.create(member_id, named(name), self._clock.now())
        except NameTakenError as exc:
            raise UserError(TAKEN) from exc
        except TooManyCollectionsError as exc:
            raise UserError(
                _("You can have {most} collections at most. Please delete one first.", most=MOST_COLLECTIONS)
            ) from exc

    async def rename(self, member_id: int, collection_id: str, name: str) -> None:
        """Call it otherwise.

        Raises:
            UserError: the name is none, or taken; or it is gone.
        """
        try:
            is_there = await self._collections.rename(member_id, collection_id, named(name))
        except NameTakenError as exc:
            raise UserError(TAKEN) from exc
        if not is_there:
            raise UserError(GONE)

    async def delete(self, member_id: int, collection_id: str) -> None:
        """Delete it; what is in it stays."""
        await self._collections.delete(member_id, collection_id)

    async def add(self, member_id: int, collection_id: str, job_ids: list[str]) -> None:
        """Put what the member made into it.

        Raises:
            UserError: nothing was chosen, or too much.
        """
        await self._collections.add(member_id, collection_id, _checked(job_ids), self._clock.now())

    async def take_out(self, member_id: int, collection_id: str, job_ids: list[str]) -> None:
        """Take something out of it; raises as `add` does."""
        await self._collections.take_out(member_id, collection_id, _checked(job_ids))


def named(text: str) -> str:
    """Read a name as it was typed: on one line, without what cannot be seen.

    Raises:
        UserError: nothing is left, or too much.
    """
    seen = "".join(one if unicodedata.category(one)[0] != "C" else " " for one in text)
    name = " ".join(seen.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise UserError(_("Please give a name of 1 to {most} characters.", most=LONGEST_NAME))
    return name


def _checked(job_ids: list[str]) -> list[str]:
    if not 0 < len(job_ids) <= MOST_AT_ONCE:
        raise UserError(_("Please choose 1 to {most} pictures.", most=MOST_AT_ONCE))
    return job_ids
