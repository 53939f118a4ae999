"""Members' own named sets of what they made."""

import secrets
import unicodedata
from collections.abc import Collection as Several
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import JobStatus
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import by_dialect
from bot.storage.schema import collected, collections, favourites, jobs

MOST_COLLECTIONS = 100  # of one member
_ID_BYTES = 8


class NameTakenError(Exception):
    """The member has a collection that is called so."""


class TooManyCollectionsError(Exception):
    """The member has as many as anybody may have."""


@dataclass(frozen=True, slots=True)
class Collection:
    """A named set, and how many jobs are in it."""

    id: str
    name: str
    count: int


_CREATE = by_dialect(
    lambda insert_or: insert_or(collections).on_conflict_do_nothing(index_elements=["member_id", "key"])
)
_COLUMNS = ("collection_id", "job_id", "added_at")


class Collections:
    """Collections in the database; each is asked for by its member's id, and gives nothing of anybody else's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_member(self, member_id: int) -> list[Collection]:
        """Return a member's collections, the newest first."""
        count = func.count(collected.c.job_id)
        query = (
            select(collections.c.id, collections.c.name, count.label("jobs"))
            .outerjoin(collected, collected.c.collection_id == collections.c.id)
            .where(collections.c.member_id == member_id)
            .group_by(collections.c.id, collections.c.name, collections.c.created_at)
            .order_by(collections.c.created_at.desc(), collections.c.id)
        )
        async with self._database.reading() as connection:
            return [Collection(row.id, row.name, row.jobs) for row in await connection.execute(query)]

    async def holding(self, member_id: int, job_id: str) -> list[str]:
        """Return the ids of a member's collections that a job is in."""
        query = select(collected.c.collection_id).where(collected.c.job_id == job_id, _is_of(member_id))
        async with self._database.reading() as connection:
            return list((await connection.execute(query)).scalars())

    @retried
    async def create(self, member_id: int, name: str, at: datetime) -> Collection:
        """Make an empty one.

        Raises:
            NameTakenError: there is one that is called so; of two at once one is made.
            TooManyCollectionsError: there are too many.
        """
        collection_id = secrets.token_hex(_ID_BYTES)
        row = {"id": collection_id, "member_id": member_id, "name": name, "key": key_of(name), "created_at": at}
        async with self._database.transaction(is_urgent=True) as connection:
            count = select(func.count()).select_from(collections).where(collections.c.member_id == member_id)
            if (await connection.execute(count)).scalar_one() >= MOST_COLLECTIONS:
                raise TooManyCollectionsError
            made = await connection.execute(_CREATE[connection.dialect.name], row)
            if not made.rowcount:
                raise NameTakenError
        return Collection(collection_id, name, 0)

    @retried
    async def rename(self, member_id: int, collection_id: str, name: str) -> bool:
        """Call it otherwise; False where there is none.

        Raises:
            NameTakenError: another one is called so.
        """
        its = collections.c.id == collection_id, collections.c.member_id == member_id
        renamed = update(collections).where(*its).values(name=name, key=key_of(name))
        try:
            async with self._database.transaction(is_urgent=True) as connection:
                return bool((await connection.execute(renamed)).rowcount)
        except IntegrityError as exc:
            raise NameTakenError from exc

    @retried
    async def delete(self, member_id: int, collection_id: str) -> bool:
        """Delete it, and nothing that is in it; False where there is none."""
        its = collections.c.id == collection_id, collections.c.member_id == member_id
        async with self._database.transaction(is_urgent=True) as connection:
            return bool((await connection.execute(delete(collections).where(*its))).rowcount)

    @retried
    async def add(self, member_id: int, collection_id: str, job_ids: Several[str], at: datetime) -> None:
        """Put finished jobs of the member into one of theirs; whatever else is named is left out."""
        theirs = (
            select(literal(collection_id), jobs.c.id, literal(at, collected.c.added_at.type))
            .where(jobs.c.id.in_(job_ids), jobs.c.author_id == member_id, jobs.c.status == JobStatus.DONE)
            .where(exists().where(collections.c.id == collection_id, collections.c.member_id == member_id))
        )
        async with self._database.transaction(is_urgent=True) as connection:
            await connection.execute(_adding(theirs)[connection.dialect.name])

    @retried
    async def take_out(self, member_id: int, collection_id: str, job_ids: Several[str]) -> None:
        """Take jobs out of one."""
        its = collected.c.collection_id == collection_id, collected.c.job_id.in_(job_ids), _is_of(member_id)
        async with self._database.transaction(is_urgent=True) as connection:
            await connection.execute(delete(collected).where(*its))

    async def all_of(self, member_id: int) -> Sequence[Mapping[str, Any]]:
        """Return all that is kept of a member's collections, the first one first: name, moment and ids of jobs."""
        named = select(collections).where(collections.c.member_id == member_id).order_by(collections.c.created_at)
        within = select(collected).where(_is_of(member_id)).order_by(collected.c.added_at)
        async with self._database.reading() as connection:
            found = (await connection.execute(named)).all()
            inside = (await connection.execute(within)).all()
        return [
            {
                "name": one.name,
                "created_at": one.created_at,
                "jobs": [row.job_id for row in inside if row.collection_id == one.id],
            }
            for one in found
        ]


def key_of(name: str) -> str:
    """Return what two names have in common that people take for the same."""
    return unicodedata.normalize("NFKC", name).casefold()


def is_in(member_id: int, collection_id: str, job_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Find jobs that are in a collection, which is empty for everybody but its member."""
    of_it = collected.c.collection_id == collection_id
    return job_id.in_(select(collected.c.job_id).where(of_it, _is_of(member_id)))


async def take_out_of_all(connection: AsyncConnection, job_ids: Several[str]) -> None:
    """Take jobs that are gone, as far as members can see, out of all collections and favourites."""
    for table in (collected, favourites):
        await connection.execute(delete(table).where(table.c.job_id.in_(job_ids)))


async def count_marks(connection: AsyncConnection, member_id: int) -> int:
    """Count a member's stars and collections."""
    counts = [select(func.count()).where(table.c.member_id == member_id) for table in (favourites, collections)]
    return sum([(await connection.execute(count)).scalar_one() for count in counts])


async def erase_collections(connection: AsyncConnection, member_id: int, until: datetime) -> None:
    """Delete a member's collections that were made up to a moment."""
    theirs = collections.c.member_id == member_id, collections.c.created_at <= until
    await connection.execute(delete(collections).where(*theirs))


async def delete_emptied(connection: AsyncConnection, before: datetime) -> None:
    """Delete what is older than this and has nothing left in it: its name is a member's words, too."""
    is_empty = ~exists().where(collected.c.collection_id == collections.c.id)
    await connection.execute(delete(collections).where(collections.c.created_at < before, is_empty))


def _is_of(member_id: int) -> ColumnElement[bool]:
    return (
        exists()
        .where(and_(collections.c.id == collected.c.collection_id, collections.c.member_id == member_id))
        .correlate(collected)
    )


def _adding(rows: Any) -> Mapping[str, Any]:
    return by_dialect(lambda insert_or: insert_or(collected).from_select(_COLUMNS, rows).on_conflict_do_nothing())
