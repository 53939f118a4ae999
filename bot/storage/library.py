"""What members made, found again: by words, kind, engine and stars, a page at a time.

The rows follow from the jobs. What is not listed yet, or stands otherwise by now, is found by an index of its own and
listed before anything is looked for; whatever a long history holds beyond that is listed in the background.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    column,
    delete,
    exists,
    func,
    literal_column,
    select,
    table,
    text,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job
from bot.domain.library import LISTED, LibraryKind, kind_of
from bot.storage.collections import is_in
from bot.storage.conditions import UNLISTED
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.dialects import Insert, by_dialect
from bot.storage.rows import job_of, read_jobs
from bot.storage.schema import favourites, jobs, library
from bot.storage.search_words import fts5_query, tsquery, words_of

LISTED_AT_ONCE = 200  # jobs in one transaction, so that nobody waits for long
LISTED_FOR_A_LOOK = 400  # of one member, before they see the first page
TEXT_LIMIT = 8000  # characters of a prompt, or of a description, that are searched
MOST_STARS = 10_000  # of one member
_FOUND_WORDS = table("library_words", column("rowid"), column("words"))  # SQLite's


class Spot(NamedTuple):
    """Where in a member's library a page begins or ends: beside the job of this moment and id."""

    created_at: datetime
    job_id: str


@dataclass(frozen=True, slots=True)
class Search:
    """What of a member's library is looked for; everything that is set must hold."""

    words: str = ""  # each complete or begun; of Chinese, Japanese and Korean any part
    kind: LibraryKind | None = None  # None: whatever came to something
    engine: str = ""
    favourites: bool = False
    collection: str = ""  # an id of the member's own


EVERYTHING = Search()


@dataclass(frozen=True, slots=True)
class Entry:
    """One job of a library."""

    job: Job
    kind: LibraryKind
    is_favourite: bool

    @property
    def spot(self) -> Spot:
        """Where it stands."""
        return Spot(self.job.created_at, self.job.id)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a library, newest first, and whether there is more in the direction in which it was turned."""

    entries: tuple[Entry, ...]
    has_more: bool


def _listing(insert_or: Insert) -> Any:
    listed = insert_or(library)
    anew = {name: listed.excluded[name] for name in ("kind", "engine", "words")}
    return listed.on_conflict_do_update(index_elements=["job_id"], set_=anew)


_LIST = by_dialect(_listing)
_STAR = by_dialect(lambda insert_or: insert_or(favourites).on_conflict_do_nothing())
_MARK = (
    update(jobs)
    .where(jobs.c.id == bindparam("listed_id"), jobs.c.status == bindparam("seen"))
    .values(listed_as=bindparam("seen_as"))
)


class Library:
    """Members' libraries: each is asked for by its member's id and gives nothing of anybody else's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Looking.

    async def find(
        self,
        member_id: int,
        search: Search = EVERYTHING,
        *,
        count: int,
        before: Spot | None = None,
        after: Spot | None = None,
    ) -> Page:
        """Find up to `count` of a member's jobs, newest first.

        Args:
            member_id: whose.
            search: what is looked for.
            count: how many at most.
            before: only those that are older than this one.
            after: those next to this one that are newer; `has_more` then tells of still newer ones.
        """
        await self.catch_up(member_id)
        async with self._database.reading() as connection:
            query = page_query(connection.dialect.name, member_id, search, count + 1, before=before, after=after)
            found = (await connection.execute(query)).all()
            rows = list(found[:count])
            if after is not None:
                rows.reverse()
            known = await read_jobs(connection, select(jobs).where(jobs.c.id.in_([row.job_id for row in rows])))
        by_id = {job.id: job for job in known if job.status in LISTED}
        entries = tuple(
            Entry(by_id[row.job_id], row.kind, bool(row.is_favourite)) for row in rows if row.job_id in by_id
        )
        return Page(entries, has_more=len(found) > count)

    # Stars.

    @retried
    async def star(self, member_id: int, job_id: str, at: datetime) -> bool:
        """Keep a job among a member's favourites; False where it is already, or they have too many."""
        async with self._database.transaction(is_urgent=True) as connection:
            stars = select(func.count()).select_from(favourites).where(favourites.c.member_id == member_id)
            if (await connection.execute(stars)).scalar_one() >= MOST_STARS:
                return False
            row = {"member_id": member_id, "job_id": job_id, "created_at": at}
            return bool((await connection.execute(_STAR[connection.dialect.name], row)).rowcount)

    @retried
    async def unstar(self, member_id: int, job_id: str) -> bool:
        """Keep it no more; False where it was none."""
        its = favourites.c.member_id == member_id, favourites.c.job_id == job_id
        async with self._database.transaction(is_urgent=True) as connection:
            return bool((await connection.execute(delete(favourites).where(*its))).rowcount)

    async def has_star(self, member_id: int, job_id: str) -> bool:
        """Tell whether it is among a member's favourites."""
        query = select(favourites.c.job_id).where(favourites.c.member_id == member_id, favourites.c.job_id == job_id)
        async with self._database.reading() as connection:
            return (await connection.execute(query)).first() is not None

    async def stars_of(self, job_id: str) -> int:
        """Count the members who starred a job."""
        query = select(func.count()).select_from(favourites).where(favourites.c.job_id == job_id)
        async with self._database.reading() as connection:
            return int((await connection.execute(query)).scalar_one())

    # Listing.

    async def catch_up(self, member_id: int) -> None:
        """List what is new of a member, the newest first, so that a look shows it."""
        for _step in range(LISTED_FOR_A_LOOK // LISTED_AT_ONCE):
            async with self._database.reading() as connection:
                if (await connection.execute(unlisted_query(member_id).limit(1))).first() is None:
                    return
            if await self._list(unlisted_query(member_id)) < LISTED_AT_ONCE:
                return

    async def list_some(self) -> bool:
        """List some of what no member has looked for yet; False where there is nothing left."""
        async with self._database.reading() as connection:
            if (await connection.execute(unlisted_query(None).limit(1))).first() is None:
                return False
        return await self._list(unlisted_query(None)) > 0

    @retried
    async def _list(self, query: Select[Any]) -> int:
        """Bring some rows to what their jobs are; whoever else does the same does it for others."""
        async with self._database.transaction(is_urgent=True) as connection:
            locked = query.with_only_columns(*jobs.c).limit(LISTED_AT_ONCE).with_for_update(skip_locked=True)
            ended = [job_of(row) for row in await connection.execute(locked)]
            if not ended:
                return 0
            await unlist(connection, [job.id for job in ended if not _is_listed(job)])
            shown = [_row(job) for job in ended if _is_listed(job)]
            if shown:
                await connection.execute(_LIST[connection.dialect.name], shown)
            marks = [{"listed_id": job.id, "seen": job.status, "seen_as": job.status.value} for job in ended]
            await connection.execute(_MARK, marks)
            return len(ended)


async def unlist(connection: AsyncConnection, job_ids: Sequence[str]) -> None:
    """Take jobs out of the library, with the words that they were found by."""
    if job_ids:
        await connection.execute(delete(library).where(library.c.job_id.in_(job_ids)))


def unlisted_query(member_id: int | None) -> Select[Any]:
    """Build what finds jobs that the library does not know as they stand: one member's newest, or anybody's."""
    query = select(jobs.c.id).where(text(UNLISTED))
    if member_id is None:
        return query
    return query.where(jobs.c.author_id == member_id).order_by(jobs.c.created_at.desc())


def page_query(
    dialect: str, member_id: int, search: Search, count: int, *, before: Spot | None = None, after: Spot | None = None
) -> Select[Any]:
    """Build what finds the ids of a page of jobs, in the direction in which the page is turned."""
    starred = and_(favourites.c.member_id == member_id, favourites.c.job_id == library.c.job_id)
    star = literal_column("1") if search.favourites else exists().where(starred).correlate(library)
    query = select(library.c.job_id, library.c.kind, star.label("is_favourite"))
    if search.favourites:
        query = query.join(favourites, starred)
    owner: ColumnElement[Any] = library.c.author_id
    if words_of(search.words):
        query = query.where(*_has_words(dialect, member_id, search.words))
        if dialect == "sqlite":  # else it goes through the rows in their order, and asks for the words at each
            owner = literal_column("+library.author_id")
    query = query.where(owner == member_id, *_holds(search))
    if search.collection:
        query = query.where(is_in(member_id, search.collection, library.c.job_id))
    place = tuple_(library.c.created_at, library.c.job_id)
    if before is not None:
        query = query.where(place < tuple_(*before, types=_PLACE))
    if after is not None:
        query = query.where(place > tuple_(*after, types=_PLACE))
        return query.order_by(library.c.created_at, library.c.job_id).limit(count)
    return query.order_by(library.c.created_at.desc(), library.c.job_id.desc()).limit(count)


_PLACE = (library.c.created_at.type, library.c.job_id.type)


def _holds(search: Search) -> list[ColumnElement[bool]]:
    kind = library.c.kind == search.kind if search.kind is not None else library.c.kind != LibraryKind.FAILED
    engine = [library.c.engine == search.engine] if search.engine else []
    return [kind, *engine]


def _has_words(dialect: str, member_id: int, words: str) -> list[ColumnElement[bool]]:
    """Find words by the database's own index; the member is one of them, so that others' rows are never visited."""
    if dialect == "postgresql":
        return [library.c.words.op("@@")(func.to_tsquery(text("'simple'"), tsquery(owner_word(member_id), words)))]
    found = _FOUND_WORDS.c
    matches = literal_column("library_words").op("MATCH")(fts5_query(owner_word(member_id), words))
    return [library.c.no == found.rowid, matches]


def owner_word(member_id: int) -> str:
    """Return the word that all rows of a member have."""
    return f"m{member_id}"


def _is_listed(job: Job) -> bool:
    """Whether somebody may look for it; authors below 0 stand in for members whose words are gone."""
    return job.status in LISTED and job.actor.id > 0


def _row(job: Job) -> dict[str, Any]:
    said = job.result.text[:TEXT_LIMIT] if job.result else ""
    words = [owner_word(job.actor.id), *words_of(job.prompt[:TEXT_LIMIT]), *words_of(said)]
    return {
        "job_id": job.id,
        "author_id": job.actor.id,
        "created_at": job.created_at,
        "kind": kind_of(job),
        "engine": job.engine,
        "words": " ".join(words),
    }
