"""The table of kept pictures."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, delete, func, select, update

from bot.pictures.keys import PictureKind, job_of, kind_of
from bot.pictures.register import KeptPicture
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import Insert, by_dialect
from bot.storage.schema import pictures

AT_ONCE = 500  # keys in one statement
INPUTS = (PictureKind.INPUT, PictureKind.MASK)


def _keeping(insert_or: Insert) -> Any:
    kept = insert_or(pictures)
    anew = {name: kept.excluded[name] for name in ("job_id", "kind", "bytes", "sha256", "kept_at")}
    return kept.on_conflict_do_update(index_elements=["key"], set_=anew)


_KEEP = by_dialect(_keeping)
_ADOPT = by_dialect(lambda insert_or: insert_or(pictures).on_conflict_do_nothing(index_elements=["key"]))


class KeptPictures:
    """See `bot.pictures.register.Register`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    async def add(self, kept: Sequence[KeptPicture]) -> None:
        """List pictures that are kept, or about to be, or kept anew."""
        # Nothing is paid for by this, and a power cut takes at most what taking stock finds again.
        async with self._database.transaction(is_urgent=True) as connection:
            await connection.execute(_KEEP[connection.dialect.name], [_row(one) for one in kept])

    @retried
    async def adopt(self, found: Sequence[KeptPicture]) -> int:
        """List those of these that are not listed; returns how many."""
        listed = await self._keys(pictures.c.key.in_([one.key for one in found]))
        new = [_row(one) for one in found if one.key not in listed]
        if new:
            async with self._database.transaction() as connection:
                await connection.execute(_ADOPT[connection.dialect.name], new)
        return len(new)

    async def find(self, key: str) -> KeptPicture | None:
        """Return what is known of a picture; None where it is not listed, or removed."""
        found = await self._all(select(pictures).where(pictures.c.key == key, pictures.c.kind != PictureKind.REMOVED))
        return found[0] if found else None

    async def unlisted(self, keys: Iterable[str]) -> frozenset[str]:
        """Return those of these keys that are not listed, or are to be deleted."""
        missing = frozenset[str]()
        for page in _pages(keys):
            listed = await self._keys(pictures.c.key.in_(page), pictures.c.kind != PictureKind.REMOVED)
            missing |= frozenset(page) - listed
        return missing

    async def inputs(self, among: Collection[str] | None = None) -> list[KeptPicture]:
        """Return pictures and masks that members sent, oldest first; all, or those with these keys."""
        query = select(pictures).where(pictures.c.kind.in_(INPUTS))
        if among is None:
            return await self._all(query.order_by(pictures.c.kept_at))
        pages = [await self._all(query.where(pictures.c.key.in_(page))) for page in _pages(among)]
        return sorted((one for page in pages for one in page), key=lambda one: one.kept_at)

    async def input_bytes(self) -> int:
        """Return the bytes of all that members sent."""
        query = select(func.coalesce(func.sum(pictures.c.bytes), 0)).where(pictures.c.kind.in_(INPUTS))
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def inputs_of(self, job_id: str) -> frozenset[str]:
        """Return the keys of members' pictures that are kept under a job's id."""
        return await self._keys(pictures.c.job_id == job_id, pictures.c.kind.in_(INPUTS))

    async def older_than(self, moment: datetime) -> frozenset[str]:
        """Return the keys of all that were kept before a moment."""
        return await self._keys(pictures.c.kept_at < moment)

    async def over(self, most: int, needed: Collection[str]) -> frozenset[str]:
        """Return the keys of the oldest whose bytes are more than `most` in all; never of those that are needed."""
        kept = pictures.c.kind != PictureKind.REMOVED
        async with self._database.reading() as connection:
            too_many = int(await connection.scalar(select(func.sum(pictures.c.bytes)).where(kept)) or 0) - most
        if too_many <= 0:
            return frozenset()
        oldest = select(pictures.c.key, pictures.c.bytes).where(kept).order_by(pictures.c.kept_at)
        found = set[str]()
        query = oldest.execution_options(yield_per=AT_ONCE)
        async with self._database.streaming() as connection, connection.stream(query) as rows:
            async for row in rows:
                if too_many <= 0:
                    break
                if row.key not in needed:
                    found.add(row.key)
                    too_many -= row.bytes
        return frozenset(found)

    @retried
    async def remove(self, keys: Iterable[str]) -> None:
        """List these no more."""
        for page in _pages(keys):
            async with self._database.transaction() as connection:
                await connection.execute(delete(pictures).where(pictures.c.key.in_(page)))

    @retried
    async def mark_removed(self, keys: Iterable[str]) -> None:
        """Remember that these must still be deleted where they are kept."""
        for page in _pages(keys):
            async with self._database.transaction() as connection:
                marked = update(pictures).where(pictures.c.key.in_(page))
                await connection.execute(marked.values(kind=PictureKind.REMOVED))

    async def removed(self) -> frozenset[str]:
        """Return the keys of those."""
        return await self._keys(pictures.c.kind == PictureKind.REMOVED)

    async def _keys(self, *where: ColumnElement[bool]) -> frozenset[str]:
        async with self._database.reading() as connection:
            return frozenset((await connection.execute(select(pictures.c.key).where(*where))).scalars())

    async def _all(self, query: Select[Any]) -> list[KeptPicture]:
        async with self._database.reading() as connection:
            return [_read(row) for row in await connection.execute(query)]


def _row(kept: KeptPicture) -> dict[str, Any]:
    return {
        "key": kept.key,
        "job_id": job_of(kept.key),
        "kind": kind_of(kept.key),
        "bytes": kept.size,
        "sha256": kept.sha256,
        "kept_at": kept.kept_at,
    }


def _read(row: Row[Any]) -> KeptPicture:
    return KeptPicture(row.key, row.bytes, row.kept_at, row.sha256)


def _pages(keys: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(keys)
    while page := list(islice(rest, AT_ONCE)):
        yield page
