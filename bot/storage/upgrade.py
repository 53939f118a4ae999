"""What happens to a file before its tables are changed: it is checked, and a copy is kept beside it.

A copy is called by the version of its tables (`easel.db.v0005`); the last three are kept. Whoever has a database server
makes their own: docs/operation.md.
"""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from bot.errors import SettingsError
from bot.storage import backup_note
from bot.storage.revisions import VERSION, known, refuse_newer

COPIES = 3
NEVER_MADE = "0000"  # tables of somebody else's
ROOM = 2  # times its size: the copy, and what a change of all tables writes beside the file
MB = 1_000_000


async def prepare(path: Path) -> None:
    """Make a file ready for new tables; nothing is written where it does not need any.

    Raises:
        SettingsError: a newer program made its tables, it is damaged, or it cannot be copied; in one sentence.
    """
    await asyncio.to_thread(_prepare, path)


def _prepare(path: Path) -> None:
    if not path.is_file() or not path.stat().st_size:
        return
    with told_as_sentences(path):
        revision = _revision(path)
        refuse_newer(revision, f"The database {path}", _copies_for_us(path))
        if revision == known()[0]:
            return
        with closing(sqlite3.connect(path)) as connection:
            check(connection, path)
        _copy(path, copy_path(path, revision or NEVER_MADE), is_ours=revision is not None)
    for old in copies(path)[COPIES:]:
        old.unlink(missing_ok=True)


def copy_path(path: Path, revision: str) -> Path:
    """Return where the copy of a database whose tables have this version is kept."""
    return path.with_name(f"{path.name}.v{revision}")


def copies(path: Path) -> list[Path]:
    """List the copies of a database, the one that was made last first."""
    found = path.parent.glob(f"{path.name}.v[0-9][0-9][0-9][0-9]")
    return sorted(found, key=lambda copy: copy.stat().st_mtime_ns, reverse=True)


def _copies_for_us(path: Path) -> list[Path]:
    """Those of them whose tables this program knows."""
    return [copy for copy in copies(path) if copy.name.removeprefix(f"{path.name}.v") in known()]


def _revision(path: Path) -> str | None:
    """Read the version of the tables without a change to the file, nor to the log of what was written last."""
    log = path.with_name(f"{path.name}-wal")
    has_log = log.is_file() and log.stat().st_size > 0
    access = "mode=ro" if has_log else "immutable=1"  # which makes no files beside it, and reads no log
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?{access}", uri=True)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if VERSION.name not in tables:
            return None
        row: tuple[str] | None = connection.execute(f"SELECT version_num FROM {VERSION.name}").fetchone()  # noqa: S608
        return row[0] if row else None


def check(connection: sqlite3.Connection, path: Path) -> None:
    """Read the whole of a database and hold it against its own form.

    Raises:
        SettingsError: it is damaged.
    """
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise SettingsError(damaged(path, found.splitlines()[-1]))  # above it stands only which database it is


def _copy(path: Path, copy: Path, *, is_ours: bool) -> None:
    """Copy a file with all that was committed; what a crash leaves half done never has the copy's name."""
    why = " for the copy and the new tables; nothing was changed"
    check_room(path, path.parent, ROOM * path.stat().st_size, "its upgrade", why)
    part = copy.with_name(f"{copy.name}.part")
    part.unlink(missing_ok=True)
    try:
        part.touch(mode=0o600)
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as target:
            source.backup(target)
            if is_ours:
                backup_note.mark(target)
        to_disk(part)
        part.replace(copy)
        to_disk(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def check_room(what: Path, folder: Path, needed: int, purpose: str, why: str = "") -> None:
    """See that so many bytes are free in a folder.

    Raises:
        SettingsError: they are not; in a sentence about the disk of `what`, and what for they are needed, and why.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SettingsError(
            f"The disk of {what} has {free // MB} MB free, and {purpose} needs {needed // MB + 1} MB{why}."
        )


def to_disk(path: Path) -> None:
    """Wait until a file, or what a folder lists, survives a power cut."""
    if os.name != "posix" and path.is_dir():
        return  # only there is a folder a file that can be synced
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def told_as_sentences(path: Path | None) -> Iterator[None]:
    """Tell the owner what they can do about a file that does not work.

    Raises:
        SettingsError: with the sentence.
    """
    try:
        yield
    except (sqlite3.Error, DBAPIError, OSError) as exc:
        cause = exc.orig if isinstance(exc, DBAPIError) else exc
        told = sentence(cause, path) if path is not None and cause is not None else ""
        if not told:
            raise
        raise SettingsError(told) from exc


def damaged(path: Path, words: object) -> str:
    """Say that a database cannot be trusted, and what there is instead."""
    copy = next(iter(_copies_for_us(path)), None)
    instead = f", such as {copy}" if copy else ""
    return f"The database {path} is damaged ({words}); nothing was changed. Put back your last backup of it{instead}."


def sentence(exc: BaseException, path: Path) -> str:
    """Say why a file cannot be used, and what an owner can do; empty where it is a fault of ours."""
    if isinstance(exc, OSError):
        return f"The database {path} cannot be read or written: {exc.strerror}."
    match getattr(exc, "sqlite_errorcode", 0) & 0xFF:  # the rest of it says where it came up
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return damaged(path, exc)
        case sqlite3.SQLITE_FULL:
            return f"The disk of {path} is full; make room on it."
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return f"The database {path} cannot be written ({exc}); check who owns it, its folder and its disk."
        case sqlite3.SQLITE_IOERR:
            return f"The disk of {path} is full or does not work as it should ({exc})."
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return f"Another program holds the database {path} ({exc}); end it first."
    return ""
