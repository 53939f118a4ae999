"""Files that their owner alone may read: prompts, pictures and the keys to them are nobody else's on this machine."""

import logging
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

logger = logging.getLogger(__name__)

OTHERS = 0o077


def keep_private(folder: Path, database: Path | None = None) -> None:
    """Let nothing that this process makes from now on be read by others, nor what lies there from earlier.

    Args:
        folder: itself, the files in it, and the kept pictures below it.
        database: the SQLite file, where it lies elsewhere; with its journal and lock.
    """
    os.umask(OTHERS)
    beside = database.parent.glob(f"{database.name}*") if database is not None else ()
    files = (path for path in folder.iterdir() if path.is_file())
    closed = sum(_close(path) for path in (folder, *files, *_all_of(folder / "pictures"), *beside))
    if closed:
        logger.info("closed to other accounts count=%d", closed)


@contextmanager
def made_private() -> Iterator[None]:
    """Let nothing that this process makes meanwhile be read by others."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)


def others_may_read(path: Path) -> bool:
    """Whether accounts may read a file that need not: anybody, or the group of a file that is our own.

    A file of somebody else's, such as root's, may well be for us through its group.
    """
    found = path.stat()
    unneeded = OTHERS if found.st_uid == os.geteuid() else stat.S_IRWXO
    return bool(found.st_mode & unneeded)


def _all_of(folder: Path) -> Iterator[Path]:
    for parent, _folders, files in os.walk(folder):  # which follows no links
        yield Path(parent)
        yield from (Path(parent, name) for name in files)


def _close(path: Path) -> bool:
    """Take others' rights away; whether there were any."""
    try:
        mode = path.lstat().st_mode
        if path.is_symlink() or not mode & OTHERS:
            return False
        path.chmod(mode & 0o7777 & ~OTHERS)
    except OSError as exc:  # somebody else's file: then its rights are theirs to set
        logger.warning("cannot be closed to other accounts path=%s reason=%s", path, exc.strerror)
        return False
    return True
