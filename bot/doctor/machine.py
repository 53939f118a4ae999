"""What stands on this machine: settings, secrets, the database, the disk; and the bucket that may take its place."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from bot.clock import Clock
from bot.doctor.answers import Answer, note, ok, wrong
from bot.errors import DatabaseBusyError, SettingsError
from bot.pictures.places import look_at_bucket
from bot.private_files import others_may_read
from bot.relay.registry import known
from bot.settings import Settings, env_file, kept_secrets, near_name, unknown_names
from bot.storage.inspection import Survey, is_file, survey

GIGABYTE = 1_000_000_000
MEGABYTE = 1_000_000
LITTLE = 0.1  # of a disk; that the rules for alerts warn of, too


async def look_at_settings(settings: Settings) -> AsyncIterator[Answer]:
    """Whether every name is known, and every engine."""
    unknown = unknown_names(env_file())
    if unknown:
        guesses = [f"{name} (did you mean {meant}?)" if (meant := near_name(name)) else name for name in unknown]
        yield wrong(f"The settings file has names that Easel does not know: {', '.join(guesses)}.", unknown=unknown)
        return
    try:
        engines = known(settings)
    except SettingsError as exc:
        yield wrong(str(exc))
    else:
        yield ok("The settings are complete.", engines=engines)


async def look_at_secrets(_settings: Settings) -> AsyncIterator[Answer]:
    """Whether other accounts of the machine may read the keys."""
    if os.name != "posix":
        return
    path = env_file()
    if path is not None and path.is_file():
        if others_may_read(path):
            yield note(f"{path} holds your keys, and other accounts of this machine may read it: chmod 600 {path}")
        else:
            yield ok(f"{path} can be read by its owner alone.")
    files = kept_secrets()
    opened = [f"{file.path}" for file in files if others_may_read(file.path)]
    if opened:
        yield note(f"Other accounts of this machine may read secrets of yours: chmod 600 {' '.join(opened)}")
    elif files:
        yield ok(f"{len(files)} secrets stand in files that others cannot read.")


async def look_at_database(settings: Settings) -> AsyncIterator[Answer]:
    """Whether it can be opened, and whose version its tables are of."""
    try:
        found = await survey(settings.storage.database)
    except DatabaseBusyError:
        yield ok("The database is in use by a running Easel.")
    except SettingsError as exc:
        yield wrong(str(exc))
    except Exception as exc:  # noqa: BLE001 - a driver's own, of any kind
        yield wrong(f"The database cannot be read: {exc}")
    else:
        yield _empty(settings) if found is None else _surveyed(settings, found)


def _empty(settings: Settings) -> Answer:
    folder = settings.storage.data_dir
    nearest = _nearest(folder)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        return wrong(f"DATA_DIR {folder} cannot be created: {nearest} is no folder that Easel may write to.")
    if not is_file(settings.storage.database):
        return note("The database is empty; the first start makes its tables.")
    return note(f"There is no database yet; the first start makes it in {folder}.")


def _surveyed(settings: Settings, found: Survey) -> Answer:
    figures = {"schema": found.revision, "unfinished": found.unfinished}
    if found.is_newer:
        return wrong("The database was made by a newer Easel; update this one.", **figures)
    if not found.is_current:
        copying = "; it keeps a copy of this one" if is_file(settings.storage.database) else ""
        return note(f"The database is of an older version; the next start brings it up to date{copying}.", **figures)
    if found.imbalances:
        worst = found.imbalances[0]
        return wrong(
            f"Ledger and budgets differ at {len(found.imbalances)} places: of {worst.scope} in {worst.period},"
            f" {worst.booked} units are booked and {worst.written} written. Please report this.",
            **figures,
            imbalances=len(found.imbalances),
        )
    return ok(f"The database is up to date; {found.unfinished} unfinished jobs.", **figures)


async def look_at_disk(settings: Settings) -> AsyncIterator[Answer]:
    """Whether there is room for pictures."""
    folder = _nearest(settings.storage.data_dir)
    usage = await asyncio.to_thread(shutil.disk_usage, folder)
    figures = {"free_bytes": usage.free, "total_bytes": usage.total}
    room = f"{usage.free / GIGABYTE:.1f} GB of {usage.total / GIGABYTE:.0f} GB are free for DATA_DIR"
    if usage.free < settings.storage.keep_free_mb * MEGABYTE:
        yield wrong(f"Only {room}, less than KEEP_FREE_MB: no pictures are taken. Make room.", **figures)
    elif usage.free < LITTLE * usage.total:
        yield note(f"Only {room}.", **figures)
    else:
        yield ok(f"{room}.", **figures)


async def look_at_pictures(settings: Settings) -> AsyncIterator[Answer]:
    """Whether the bucket for the pictures answers, if there is one."""
    if not settings.bucket.url:
        return
    try:
        await look_at_bucket(settings.bucket, Clock())
    except SettingsError as exc:
        yield wrong(str(exc))
    else:
        yield ok(f"Pictures are kept in the bucket {settings.bucket.bucket}, which answers.")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
