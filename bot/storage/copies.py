"""Copies of a whole database, made while others work on it, and put back: a file by SQLite, a server's by dumps."""

import asyncio
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.engine import URL, make_url

from bot.errors import SettingsError
from bot.storage import backup_note
from bot.storage.inspection import Survey, is_file, survey
from bot.storage.revisions import refuse_newer
from bot.storage.sqlite import file_of
from bot.storage.upgrade import to_disk, told_as_sentences

FILE, DUMP = "easel.db", "easel.sql"  # how a copy is called in a backup
_PROGRAMS = "install PostgreSQL's client programs (Debian: postgresql-client) of the server's version or a newer one."


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied: the version of its tables, and how many jobs were open, if its tables are of today."""

    revision: str
    unfinished: int | None


def copy_name(url: str) -> str:
    """How the copy of this database is called."""
    return FILE if is_file(url) else DUMP


async def copy_to(url: str, copy: Path) -> Copied:
    """Copy a database with all that was committed, and mark the copy as one; nothing waits for it.

    Raises:
        SettingsError: there is none, it is damaged, of a newer program, or cannot be read or copied.
    """
    if is_file(url):
        await asyncio.to_thread(_copy_file, url, copy)
        found = await survey(f"sqlite+aiosqlite:///{copy}")
    else:
        found = await survey(url)
    found = _refused(found)
    if not is_file(url):
        await asyncio.to_thread(_dump, make_url(url), copy)
    return Copied(found.revision or "", found.unfinished)


def _refused(found: Survey | None) -> Survey:
    if found is None or found.revision is None:
        raise SettingsError("There is no database of Easel's yet, so there is nothing to back up.")
    refuse_newer(found.revision, "The database")
    return found


def _copy_file(url: str, copy: Path) -> None:
    path = file_of(make_url(url))
    if path is None or not path.is_file():
        raise SettingsError(f"There is no database {path or url} yet, so there is nothing to back up.")
    with told_as_sentences(path):
        copy.touch(mode=0o600)
        # All pages in one step: what the bot writes meanwhile is not in them, and does not have to wait.
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
            if backup_note.has_place(target):
                backup_note.mark(target)


async def holds_something(url: str) -> bool:
    """Whether there is a database already, with anything in it.

    Raises:
        SettingsError: the server cannot be reached or used.
    """
    address = make_url(url)
    path = file_of(address)
    if path is not None:
        return path.exists() or path.with_name(f"{path.name}-wal").exists()
    from bot.storage import postgres  # noqa: PLC0415 - its driver is loaded by those who have a server alone

    async with postgres.visiting(address) as connection:
        return bool(await connection.run_sync(lambda sync: inspect(sync).get_table_names()))


async def put_back(url: str, copy: Path) -> None:
    """Make a copy the database, where there is none; a crash leaves either all of it or nothing.

    Raises:
        SettingsError: it cannot be put there.
    """
    path = file_of(make_url(url))
    if path is None:
        await asyncio.to_thread(_load, make_url(url), copy)
        return
    with told_as_sentences(path):
        part = path.with_name(f"{path.name}.part")  # it may be on another disk
        await asyncio.to_thread(shutil.move, copy, part)
        to_disk(part)
        part.replace(path)
        to_disk(path.parent)


def _dump(address: URL, copy: Path) -> None:
    copy.touch(mode=0o600)
    options = ("--format=plain", "--no-owner", "--no-privileges", f"--file={copy}")
    _run("pg_dump", address, *options)
    with copy.open("a") as file:
        file.writelines(f"{statement};\n" for statement in backup_note.marks("public."))


def _load(address: URL, copy: Path) -> None:
    _run("psql", address, "--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={copy}")


def _run(program: str, address: URL, *options: str) -> None:
    """Run one of PostgreSQL's programs; the password is in a file meanwhile, where other accounts cannot read it.

    Raises:
        SettingsError: it is missing, or did not do it.
    """
    with tempfile.NamedTemporaryFile("w", prefix="easel-") as passwords:
        plain = URL.create(
            "postgresql", address.username, None, address.host, address.port, address.database, address.query
        )
        if address.password:
            passwords.write(f"*:*:*:*:{_escaped(str(address.password))}\n")
            passwords.flush()
            plain = plain.update_query_dict({"passfile": passwords.name})
        command = (program, *options, f"--dbname={plain.render_as_string()}")
        try:
            subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - of ours
        except FileNotFoundError as exc:
            raise SettingsError(f"{program} is missing: {_PROGRAMS}") from exc
        except subprocess.CalledProcessError as exc:
            said = next(iter(str(exc.stderr).strip().splitlines()), f"exit code {exc.returncode}")
            raise SettingsError(f"{program} did not do it ({said}).") from exc


def _escaped(password: str) -> str:
    """A password as a file of passwords has it."""
    return password.replace("\\", "\\\\").replace(":", "\\:")
