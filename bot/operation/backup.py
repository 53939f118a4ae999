"""Backups of all that a bot keeps, made while it runs, and put back into an empty place.

What was open in a backup may have been paid for and posted since: `bot.storage.restored` sees to it that none of it is
sent or posted a second time.
"""

import asyncio
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from bot import __version__
from bot.crypto import KEY_FILE
from bot.errors import SettingsError
from bot.operation.archive import PICTURES, Manifest, Writer, checked, told_of_disk, unpack
from bot.pictures.keys import is_key
from bot.private_files import made_private
from bot.settings import Settings
from bot.storage.copies import DUMP, copy_name, copy_to, holds_something, put_back
from bot.storage.inspection import file_of, is_file
from bot.storage.revisions import refuse_newer
from bot.storage.sqlite import only_holder
from bot.storage.upgrade import check_room, to_disk

FOLDER = "backups"  # in DATA_DIR, where nothing else is said
UNPACKED = "restore.part"  # in DATA_DIR; what is left of one that was broken off goes with the next


async def back_up(settings: Settings, folder: Path | None = None) -> str:
    """Write a backup into a folder, also while the bot runs; returns a sentence about it.

    Raises:
        SettingsError: there is nothing to back up, or it cannot be read or written.
    """
    folder = folder or settings.storage.data_dir / FOLDER
    with made_private(), told_of_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_room(settings, folder)
        with tempfile.TemporaryDirectory(prefix="easel-backup-", suffix=".part", dir=folder) as parts:
            url = settings.storage.database
            copy = Path(parts) / copy_name(url)
            copied = await copy_to(url, copy)
            manifest = Manifest(
                easel=__version__,
                tables=copied.revision,
                made_at=datetime.now(UTC),
                unfinished=copied.unfinished,
                bucket=settings.bucket.url,
            )
            whole = Path(parts) / "whole.tar"
            manifest = await asyncio.to_thread(_write, whole, copy, settings.storage.data_dir, manifest)
            backup = folder / f"easel-{manifest.made_at:%Y%m%d-%H%M%S-%f}.tar"
            whole.replace(backup)
            to_disk(folder)
    return f"{backup} holds {_contents(manifest)}. Settings and what is in .env are not in it."


def _write(whole: Path, copy: Path, data_dir: Path, manifest: Manifest) -> Manifest:
    with tarfile.open(whole, "w:", format=tarfile.PAX_FORMAT) as archive:
        writer = Writer(archive)
        writer.add(copy, copy.name)
        writer.add(data_dir / KEY_FILE, KEY_FILE)
        # After the database: what it names and is there no more was deleted meanwhile, as it should be.
        for picture in sorted(_pictures(data_dir)):
            writer.add(picture, f"{PICTURES}{picture.name}")
        writer.close(manifest)
    to_disk(whole)
    return manifest.model_copy(update={"files": writer.files})


def _pictures(data_dir: Path) -> Iterator[Path]:
    folder = data_dir / "pictures"
    return (path for path in (folder.iterdir() if folder.is_dir() else ()) if is_key(path.name))


def _check_room(settings: Settings, folder: Path) -> None:
    database = file_of(settings.storage.database)
    database_bytes = database.stat().st_size if database is not None and database.is_file() else 0
    needed = 2 * database_bytes  # the copy, and its place in the archive
    for picture in _pictures(settings.storage.data_dir):
        try:
            needed += picture.stat().st_size
        except FileNotFoundError:
            continue
    check_room(folder, folder, needed, "the backup")


async def restore(settings: Settings, backup: Path) -> str:
    """Put a backup back where there is nothing yet; returns a sentence about it.

    The database comes last, and whole: a crash on the way leaves nothing that a bot could work with by mistake.

    Raises:
        DatabaseBusyError: another process works there.
        SettingsError: there is something already, or the backup is damaged, of a newer program or of another kind of
            database.
    """
    data_dir, url = settings.storage.data_dir, settings.storage.database
    with made_private(), told_of_disk(data_dir):
        manifest = await asyncio.to_thread(checked, backup)
        refuse_newer(manifest.tables, f"The backup {backup}")
        if manifest.database != copy_name(url):
            kind = "a PostgreSQL server" if manifest.database == DUMP else "an SQLite file"
            raise SettingsError(f"{backup} is of {kind}, and DATABASE_URL names another kind of database.")
        data_dir.mkdir(parents=True, exist_ok=True)
        path = file_of(url)
        with only_holder(path) if path is not None else nullcontext():
            await _refuse_anything(settings)
            await _put_back(settings, backup, manifest)
    return f"Restored {_contents(manifest)}.{_open_ones(manifest)}{_what_else(settings, manifest)}"


async def _put_back(settings: Settings, backup: Path, manifest: Manifest) -> None:
    data_dir = settings.storage.data_dir
    unpacked = data_dir / UNPACKED
    shutil.rmtree(unpacked, ignore_errors=True)
    pictures = unpacked / "pictures"
    pictures.mkdir(parents=True)
    database, key = unpacked / manifest.database, unpacked / KEY_FILE
    targets = {manifest.database: database, KEY_FILE: key, PICTURES: pictures}
    await asyncio.to_thread(unpack, backup, targets)
    os.sync()  # of all these files at once
    if key.exists():
        key.replace(data_dir / KEY_FILE)
    if (data_dir / "pictures").is_dir():
        (data_dir / "pictures").rmdir()  # empty, as was seen
    pictures.replace(data_dir / "pictures")
    to_disk(data_dir)
    await put_back(settings.storage.database, database)
    shutil.rmtree(unpacked, ignore_errors=True)


async def _refuse_anything(settings: Settings) -> None:
    data_dir, url = settings.storage.data_dir, settings.storage.database
    there = [path for path in (data_dir / KEY_FILE, data_dir / "pictures") if _is_something(path)]
    if await holds_something(url):
        there.insert(0, file_of(url) or Path("the database of DATABASE_URL"))
    if there:
        raise SettingsError(
            f"A backup is restored where there is nothing yet, and there is {there[0]} already; move it away, or name"
            " an empty DATA_DIR. Nothing was changed."
        )


def _is_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _contents(manifest: Manifest) -> str:
    kinds = [f"the database (tables {manifest.tables})", f"{manifest.pictures} pictures"]
    if KEY_FILE in manifest.files:
        kinds.append("the secret key")
    return f"{', '.join(kinds)}, as of {manifest.made_at:%Y-%m-%d %H:%M} UTC"


def _open_ones(manifest: Manifest) -> str:
    if not manifest.unfinished:
        return ""
    return (
        f" {manifest.unfinished} jobs were open then: the first start looks them up, and sends and posts nothing twice."
    )


def _what_else(settings: Settings, manifest: Manifest) -> str:
    said = ""
    if manifest.bucket:
        said += f" Pictures that were in {manifest.bucket} are not in a backup: their list is, and they stay there."
    if KEY_FILE not in manifest.files and is_file(settings.storage.database):
        said += " SECRET_KEY was in the settings: keep the same one."
    return said
