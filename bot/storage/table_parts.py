"""Columns and indexes that tables have in common.

Tables are made by migrations, which state conditions of indexes for both databases. Here they stand for SQLite alone:
to state one for PostgreSQL is to load its dialect, 2 MB.
"""

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, TextClause, text

from bot.domain.job import Reach
from bot.storage.column_types import CommonText, EnumText


def place_columns(*, is_found_by_server: bool = False) -> tuple[Column[Any], ...]:
    """Return new columns for a `Place`."""
    return (
        Column("guild_id", BigInteger, index=is_found_by_server),
        Column("channel_id", BigInteger, nullable=False),
        Column("reach", EnumText(Reach, 16), nullable=False),
        Column("may_post", Boolean, nullable=False),
        Column("upload_limit", Integer, nullable=False),
        Column("parent_channel_id", BigInteger),
        Column("category_id", BigInteger),
        Column("is_age_restricted", Boolean),
        Column("guild_locale", CommonText(16)),
    )


def unique_where_set(column: str, name: str, *columns: str | TextClause) -> Index:
    """Return a unique index over the rows in which one column is set."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(name, *columns, unique=True, sqlite_where=is_set)


def index_where_set(column: str, name: str) -> Index:
    """Return an index over the rows in which its one column is set."""
    is_set = text(f"{column} IS NOT NULL")
    return Index(name, column, sqlite_where=is_set)
