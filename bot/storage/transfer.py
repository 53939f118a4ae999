"""A whole database from an SQLite file into an empty one of a PostgreSQL server, in one transaction, and compared."""

import asyncio
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    create_engine,
    func,
    inspect,
    literal_column,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import StaticPool

from bot.errors import SettingsError
from bot.storage import inspection, postgres, upgrade
from bot.storage.column_types import SearchedText, UtcDateTime
from bot.storage.database import upgrade_tables
from bot.storage.revisions import known, refuse_newer, revision_of
from bot.storage.schema import jobs, metadata, processes
from bot.storage.sqlite import only_holder

LEFT = (processes,)  # who works on the file, which is nobody any more; another's lease there never ends
BATCH = 1_000  # rows
_LIMITS = ("statement_timeout", "idle_in_transaction_session_timeout")


@dataclass(frozen=True, slots=True)
class Content:
    """How many rows a table has, and a sum over all of them, in whatever order they come."""

    rows: int = 0
    checksum: int = 0

    def plus(self, row: Sequence[Any]) -> "Content":
        """Count one more row."""
        digest = hashlib.sha256(json.dumps([_plain(value) for value in row]).encode()).digest()
        return Content(self.rows + 1, (self.checksum + int.from_bytes(digest)) % 2**256)


async def transfer(path: Path, url: str) -> Mapping[str, Content]:
    """Copy all tables of a file into a database that is empty; the file stays as it is, byte for byte.

    Whatever happens on the way, the other database has either all of it or nothing.

    Returns:
        What each table has.

    Raises:
        DatabaseBusyError: a bot works on the file.
        SettingsError: there is no such file, or it is damaged or of another version; the server cannot be reached or
            used, its database is not empty, or a value does not fit there; what arrived is not what was sent.
    """
    if not await asyncio.to_thread(path.is_file):
        raise SettingsError(f"There is no database {path}, so there is nothing to move.")
    address = make_url(url)
    with only_holder(path), upgrade.told_as_sentences(path), inspection.opened(path) as file:
        upgrade.check(file, path)
        source = create_engine("sqlite://", creator=lambda: file, poolclass=StaticPool)
        _check_version(source, path)
        async with postgres.visiting(address) as target:
            await _prepare(target, address)
            moved = {table.name: await _copy(source, target, table) for table in _tables()}
            await _set_counters(target)
            for table in _tables():
                if (arrived := await _content(target, table)) != moved[table.name]:
                    raise SettingsError(
                        f"{table.name} did not arrive as it was: {arrived.rows} of {moved[table.name].rows} rows, or"
                        " other values. Nothing was changed; please report this."
                    )
            await target.commit()
    return moved


def _check_version(source: Engine, path: Path) -> None:
    with source.connect() as connection:
        revision = revision_of(connection)
    refuse_newer(revision, f"The database {path}")
    if revision != known()[0]:
        raise SettingsError(
            f"The database {path} has tables of version {revision}, and this Easel's are {known()[0]}: start it once"
            " on the file, stop it, and move then."
        )


async def _prepare(target: AsyncConnection, address: URL) -> None:
    """Make the tables, where there are none of anybody's, and let no bot start on them before all is there."""
    for limit in _LIMITS:
        await target.execute(text(f"SET LOCAL {limit} = 0"))
    await target.execute(select(func.pg_advisory_xact_lock(postgres.MIGRATION_LOCK)))
    there = await target.run_sync(lambda sync: inspect(sync).get_table_names())
    if there:
        raise SettingsError(
            f"The database {address.database} is not empty: it has the table {min(there)}. Name one that is."
        )
    await target.run_sync(upgrade_tables)


async def _set_counters(target: AsyncConnection) -> None:
    """Let the server count on from the highest number of each table that numbers its rows."""
    for table in _tables():
        if (number := table.autoincrement_column) is not None:
            counter = func.pg_get_serial_sequence(table.name, number.name)
            highest = func.max(number)
            await target.execute(select(func.setval(counter, func.coalesce(highest, 1), highest.is_not(None))))


def _tables() -> list[Table]:
    """Those that are copied, each after those that its rows refer to."""
    return [table for table in metadata.sorted_tables if table not in LEFT]


def _as_stored(table: Table) -> Table:
    """The same table with its values as they stand there, and not what they mean."""
    return Table(table.name, MetaData(), *(Column(column.name, _plain_type(column)) for column in table.columns))


def _plain_type(column: Column[Any]) -> Any:
    is_plain = isinstance(column.type, (Integer, Boolean, UtcDateTime, SearchedText))
    return column.type if is_plain else Text()


def _compared(table: Table) -> list[bool]:
    """Tell of each column whether it is there as it was; a server makes something else of words to search by."""
    return [not isinstance(column.type, SearchedText) for column in table.columns]


async def _copy(source: Engine, target: AsyncConnection, table: Table) -> Content:
    plain, content = _as_stored(table), Content()
    names = [column.name for column in plain.columns]
    query = select(plain)
    if table is jobs:  # one comes after the one that it was pressed on
        query = query.order_by(literal_column("rowid"))
    with source.connect() as connection:
        for batch in _batches(connection, query):
            for row in batch:
                content = content.plus(list(compress(row, _compared(table))))
            await _insert(target, plain, [dict(zip(names, row, strict=True)) for row in batch])
            await asyncio.sleep(0)
    return content


def _batches(connection: Connection, query: Select[Any]) -> Iterator[list[list[Any]]]:
    for rows in connection.execution_options(yield_per=BATCH).execute(query).partitions():
        yield [[_fitting(value) for value in row] for row in rows]


def _fitting(value: Any) -> Any:
    """A value as the server can have it: its texts have no zero character, as `OutsideText` knows."""
    return value.replace("\0", "") if isinstance(value, str) else value


async def _insert(target: AsyncConnection, table: Table, rows: list[dict[str, Any]]) -> None:
    try:
        await target.execute(table.insert(), rows)
    except DBAPIError as exc:
        raise SettingsError(
            f"A row of {table.name} does not fit there ({exc.orig}). Nothing was changed; please report this."
        ) from exc


async def _content(target: AsyncConnection, table: Table) -> Content:
    content = Content()
    query = select(*compress(_as_stored(table).columns, _compared(table)))
    async with target.stream(query, execution_options={"yield_per": BATCH}) as rows:
        async for row in rows:
            content = content.plus(row)
    return content


def _plain(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
