"""The note by which a database is known to be a copy, whoever puts it back and however."""

import sqlite3
from collections.abc import Sequence

from bot.storage.schema import notes

NOTE = "restored"  # empty until a start has read it; then the moment of the last job that the copy has


def marks(schema: str = "") -> Sequence[str]:
    """List the statements that mark a copy; both kinds of database understand them, with tables of any version."""
    return (
        f"DELETE FROM {schema}{notes.name} WHERE name = '{NOTE}'",  # noqa: S608 - of our own words
        f"INSERT INTO {schema}{notes.name} (name, value) VALUES ('{NOTE}', '')",  # noqa: S608 - as above
    )


def has_place(database: sqlite3.Connection) -> bool:
    """Tell whether there are tables of Easel's."""
    return bool(database.execute(f"SELECT 1 FROM sqlite_master WHERE name = '{notes.name}'").fetchall())  # noqa: S608


def mark(copy: sqlite3.Connection) -> None:
    """Mark a file that nobody else works on; from here on it stands for itself, with nothing beside it."""
    copy.execute("PRAGMA journal_mode=MEMORY")  # a crash leaves no journal, which the next file of that name would read
    for statement in marks():
        copy.execute(statement)
    copy.commit()
