"""The versions that the tables went through, and which of them this program knows."""

import functools
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from bot import __version__
from bot.errors import SettingsError

VERSION = table("alembic_version", column("version_num"))  # says which migrations were made
MIGRATIONS = Path(__file__).parent / "migrations"


@functools.cache
def known() -> tuple[str, ...]:
    """List the versions that this program knows, the newest first.

    They stand in the files' names: Alembic, which reads them all, is loaded only where there is something to change.
    """
    files = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted((file.stem.partition("_")[0] for file in files), reverse=True))


def revision_of(connection: Connection) -> str | None:
    """Read which version the tables have; None where there are none."""
    return connection.scalar(select(VERSION.c.version_num)) if inspect(connection).has_table(VERSION.name) else None


def refuse_newer(revision: str | None, database: str, copies: Iterable[Path] = ()) -> None:
    """Let nobody work on tables that a newer program made.

    Args:
        revision: the version that the tables have.
        database: what its owner calls it, at the beginning of a sentence.
        copies: those that were made of it before its tables were changed, the best one first.

    Raises:
        SettingsError: they are newer, with what is needed.
    """
    if revision is None or revision in known():
        return
    copy = next(iter(copies), None)
    instead = f", or put its copy {copy} in its place" if copy else ""
    raise SettingsError(
        f"{database} has tables of version {revision}, and Easel {__version__} knows those up to"
        f" {known()[0]}: install the newer Easel that made them{instead}."
    )
