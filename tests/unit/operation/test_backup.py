"""Backups: made beside a running bot, held against their checksums, and put back only where there is nothing."""

import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from bot.crypto import secret_key
from bot.domain.job import JobStatus
from bot.errors import DatabaseBusyError, SettingsError
from bot.operation.archive import checked
from bot.operation.backup import UNPACKED, back_up, restore
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.storage.sqlite import only_holder
from tests.support.makers import NO_LIMITS, make_job, make_settings

ROOT = Path(__file__).parents[3]
PICTURE = "0123456789abcdef.png"


def settings_of(folder: Path) -> Settings:
    return make_settings(DATA_DIR=str(folder))


def backup_in(folder: Path) -> Path:
    (found,) = folder.glob("easel-*.tar")
    return found


def tree(folder: Path) -> Mapping[str, bytes]:
    """Every file below a folder but the locks, which hold nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
async def backup(tmp_path: Path) -> Path:
    """A backup of a bot that has one open job, a picture and a key of its own, made while it runs."""
    data, settings = tmp_path / "data", settings_of(tmp_path / "data")
    (data / "pictures").mkdir(parents=True)
    (data / "pictures" / PICTURE).write_bytes(b"pixels")
    (data / "pictures" / "half.part").write_bytes(b"pix")
    secret_key("", data)
    async with JobStore.opened(settings.storage.database) as store:
        await store.admissions.admit(make_job(JobStatus.RECEIVED), NO_LIMITS, "2026-11-22")
        said = await back_up(settings, tmp_path / "backups")
    backup = backup_in(tmp_path / "backups")
    assert said.startswith(f"{backup} holds the database (tables ")
    assert "1 pictures, the secret key" in said
    return backup


async def test_all_that_a_running_bot_keeps_comes_back(tmp_path: Path, backup: Path) -> None:
    settings = settings_of(tmp_path / "new")

    said = await restore(settings, backup)

    there = tree(tmp_path / "new")
    assert set(there) == {"easel.db", "secret.key", f"pictures/{PICTURE}"}
    assert there[f"pictures/{PICTURE}"] == b"pixels"
    assert there["secret.key"] == (tmp_path / "data" / "secret.key").read_bytes()
    assert "1 jobs were open then" in said
    async with JobStore.opened(settings.storage.database) as store:
        assert len(await store.of_author(make_job(JobStatus.RECEIVED).actor.id, 9)) == 1


async def test_nobody_else_may_read_a_backup_or_what_comes_out_of_it(tmp_path: Path, backup: Path) -> None:
    await restore(settings_of(tmp_path / "new"), backup)

    files = [backup, *(path for path in (tmp_path / "new").rglob("*") if path.is_file())]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


async def test_what_a_backup_had_open_is_marked_in_the_file_itself(tmp_path: Path, backup: Path) -> None:
    """So that whoever unpacks it by hand is as safe."""
    with tarfile.open(backup) as opened:
        opened.extract("easel.db", tmp_path, filter="data")

    with closing(sqlite3.connect(tmp_path / "easel.db")) as connection:
        assert connection.execute("SELECT value FROM notes WHERE name = 'restored'").fetchall() == [("",)]


async def test_the_database_of_the_running_bot_is_not_marked(tmp_path: Path, backup: Path) -> None:  # noqa: ARG001 - it was made
    with closing(sqlite3.connect(tmp_path / "data" / "easel.db")) as connection:
        assert connection.execute("SELECT value FROM notes WHERE name = 'restored'").fetchall() == []


@pytest.mark.parametrize("left", ["easel.db", "easel.db-wal", "secret.key", f"pictures/{PICTURE}"])
async def test_nothing_is_put_back_where_there_is_something(tmp_path: Path, backup: Path, left: str) -> None:
    there = tmp_path / "new" / left
    there.parent.mkdir(parents=True)
    there.write_bytes(b"mine")

    with pytest.raises(SettingsError, match=r"there is nothing yet, and there is .* already"):
        await restore(settings_of(tmp_path / "new"), backup)

    assert tree(tmp_path / "new") == {left: b"mine"}


async def test_what_a_broken_off_restore_left_is_no_obstacle(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "new" / UNPACKED / "pictures").mkdir(parents=True)
    (tmp_path / "new" / UNPACKED / "easel.db").write_bytes(b"half")

    await restore(settings_of(tmp_path / "new"), backup)

    assert f"{UNPACKED}/easel.db" not in tree(tmp_path / "new")


async def test_nothing_is_put_back_under_a_running_bot(tmp_path: Path, backup: Path) -> None:
    (tmp_path / "new").mkdir()
    with only_holder(tmp_path / "new" / "easel.db"), pytest.raises(DatabaseBusyError):
        await restore(settings_of(tmp_path / "new"), backup)


def without(name: str) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.__delitem__(name)


def changed(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda files: files.update({name: data})


def listed(was: bytes, becomes: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(files: dict[str, bytes]) -> None:
        assert was in files["manifest.json"]
        files["manifest.json"] = files["manifest.json"].replace(was, becomes)

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (changed("easel.db", b"other"), "is damaged: easel.db"),
        (changed(f"pictures/{PICTURE}", b"pixelz"), f"is damaged: pictures/{PICTURE}"),
        (without("secret.key"), "is damaged: secret.key"),
        (changed("../out", b"x"), "is damaged: ../out"),
        (without("manifest.json"), "its list is missing"),
        (changed("manifest.json", b"{"), "its list cannot be read"),
        (listed(b'"tables": "0', b'"tables": "9'), "has tables of version 9"),
        (listed(b'"format": 1', b'"format": 2'), "install that one"),
    ],
)
async def test_a_backup_that_is_not_what_was_made_is_refused_and_nothing_is_written(
    tmp_path: Path, backup: Path, change: Callable[[dict[str, bytes]], None], sentence: str
) -> None:
    rewritten(backup, change)

    with pytest.raises(SettingsError, match=sentence.replace("(", r"\(")):
        await restore(settings_of(tmp_path / "new"), backup)

    assert not (tmp_path / "new").exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
async def test_a_backup_that_was_cut_off_is_refused(tmp_path: Path, backup: Path, share: float) -> None:
    os.truncate(backup, int(backup.stat().st_size * share))  # noqa: ASYNC240 - of a test

    with pytest.raises(SettingsError, match="is not whole"):
        await restore(settings_of(tmp_path / "new"), backup)


async def test_a_backup_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.tar cannot be read"):
        await restore(settings_of(tmp_path / "new"), tmp_path / "none.tar")


async def test_a_backup_of_nothing_is_a_sentence_and_makes_no_database(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nothing to back up"):
        await back_up(settings_of(tmp_path / "data"), tmp_path / "backups")

    assert tree(tmp_path) == {}


async def test_a_database_without_tables_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "easel.db").touch()

    with pytest.raises(SettingsError, match="nothing to back up"):
        await back_up(settings_of(tmp_path / "data"), tmp_path / "backups")


async def test_a_backup_of_one_kind_of_database_is_not_put_into_the_other(tmp_path: Path, backup: Path) -> None:
    server = make_settings(
        DATA_DIR=str(tmp_path / "new"), DATABASE_URL="postgresql://127.0.0.1:9/easel", SECRET_KEY="k" * 16
    )

    with pytest.raises(SettingsError, match="is of an SQLite file"):
        await restore(server, backup)


def rewritten(backup: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """Change the files of a backup."""
    with tarfile.open(backup) as opened:
        files = {entry.name: file.read() for entry in opened if (file := opened.extractfile(entry))}
    change(files)
    with tarfile.open(backup, "w:") as opened:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            opened.addfile(entry, io.BytesIO(data))


def killed(what: str, model: Path, parent: Path) -> list[Path]:
    """Folders in which it was killed, each at another step; the last is of one that was not."""
    parent.mkdir()
    command: list[str | Path] = [sys.executable, "-m", "tests.support.killed_backups", what, model, parent]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return sorted(parent.iterdir())


@pytest.mark.process
@pytest.mark.exhaustive
async def test_a_backup_that_is_killed_at_any_step_is_whole_or_not_there(tmp_path: Path, backup: Path) -> None:
    model = tmp_path / "data"
    folders = killed("backup", model, tmp_path / "killed")

    assert len(folders) > 5
    made = [checked(one) for folder in folders for one in (folder / "backups").glob("*.tar")]
    assert made
    assert all(manifest.files.keys() == checked(backup).files.keys() for manifest in made)
    kept = tree(model)
    assert all(tree(folder).items() >= kept.items() for folder in folders)


@pytest.mark.process
@pytest.mark.exhaustive
async def test_a_restore_that_is_killed_at_any_step_leaves_a_whole_database_or_none(
    tmp_path: Path, backup: Path
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    shutil.copy(backup, model / "backup.tar")
    *folders, whole = killed("restore", model, tmp_path / "killed")

    assert len(folders) > 5
    wanted = tree(whole / "data")
    for folder in folders:
        there = tree(folder / "data")
        assert "easel.db" not in there or wanted.items() <= there.items()
        for path in [path for path in (folder / "data").glob("*") if path.name in ("secret.key", "pictures")]:
            path.rename(folder / path.name)  # as its owner is asked to
        if "easel.db" not in there:
            await restore(settings_of(folder / "data"), folder / "backup.tar")
            assert tree(folder / "data") == wanted
