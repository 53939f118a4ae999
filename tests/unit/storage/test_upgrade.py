"""A file before its tables are changed: checked, copied, and left alone where a newer program made them.

`tests/fixtures/schemas` has a database of every version of the tables, as the program of its time made it.
"""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.storage import upgrade
from bot.storage.jobs import JobStore
from bot.storage.revisions import known
from bot.storage.upgrade import copies, copy_path, sentence
from tests.conftest import database_url

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "tests" / "fixtures" / "schemas"
VERSIONS = sorted(path.stem for path in SCHEMAS.glob("*.sql"))
OLDEST, NEWEST = VERSIONS[0], known()[0]
COUNTED = ("jobs", "notes", "reservations", "budgets")


def of_version(version: str, folder: Path) -> Path:
    """A database whose tables have that version."""
    path = folder / "easel.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript((SCHEMAS / f"{version}.sql").read_text(encoding="utf-8"))
    return path


def rows(path: Path) -> dict[str, int]:
    """How many rows there are, but for the note that marks a copy."""
    with closing(sqlite3.connect(path)) as connection:
        counted = {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in COUNTED}
    return counted | {"notes": counted["notes"] - is_marked(path)}


def is_marked(path: Path) -> bool:
    """Whether a database says that it is a copy."""
    with closing(sqlite3.connect(path)) as connection:
        return bool(connection.execute("SELECT 1 FROM notes WHERE name = 'restored' AND value = ''").fetchall())


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [job_id for (job_id,) in connection.execute("SELECT id FROM jobs")]


def version_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


async def open_and_close(folder: Path) -> None:
    async with JobStore.opened(database_url(folder)):
        pass


async def refusal(folder: Path) -> str:
    with pytest.raises(SettingsError) as caught:
        await open_and_close(folder)
    return str(caught.value)


@contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Every file of the folder but the lock is the same afterwards, and none is new."""

    def contents() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith((".lock", "-shm"))}

    before = contents()
    yield
    assert contents() == before


# From each version to this one.


def test_there_is_a_database_of_every_version_before_this_one() -> None:
    assert set(known()) - {NEWEST} <= set(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_database_of_each_version_is_brought_up_to_date_with_all_its_rows(version: str, tmp_path: Path) -> None:
    path = of_version(version, tmp_path)
    before = rows(path)
    assert before["jobs"] > 10

    async with JobStore.opened(database_url(tmp_path)) as store:
        read = [await store.get(job_id) for job_id in ids(path)]

    assert (version_of(path), rows(path)) == (NEWEST, before)
    assert None not in read


@pytest.mark.parametrize("version", VERSIONS)
async def test_a_copy_called_by_its_version_is_kept_and_can_be_put_back(version: str, tmp_path: Path) -> None:
    path = of_version(version, tmp_path)
    before = rows(path)

    await open_and_close(tmp_path)

    copy = copy_path(path, version)
    if version == NEWEST:
        assert copies(path) == []
        return
    assert (copies(path), rows(copy), version_of(copy)) == ([copy], before, version)
    assert copy.stat().st_mode & 0o077 == 0
    assert (is_marked(copy), is_marked(path)) == (True, False)
    copy.replace(path)
    await open_and_close(tmp_path)
    assert rows(path) == before


async def test_what_was_committed_last_is_in_the_copy(tmp_path: Path) -> None:
    path = of_version(OLDEST, tmp_path)
    writer = sqlite3.connect(path)
    writer.execute("INSERT INTO notes (name, value) VALUES ('last', '1')")
    writer.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("easel.db", "easel.db-wal"):
        shutil.copy(tmp_path / name, crashed)
    writer.close()

    await open_and_close(crashed)

    with closing(sqlite3.connect(copy_path(crashed / "easel.db", OLDEST))) as connection:
        assert connection.execute("SELECT value FROM notes WHERE name = 'last'").fetchall() == [("1",)]


async def test_nothing_is_copied_where_no_tables_are_changed(tmp_path: Path) -> None:
    for _ in range(2):
        await open_and_close(tmp_path)

    assert copies(tmp_path / "easel.db") == []


async def test_the_last_three_copies_are_kept(tmp_path: Path) -> None:
    path = of_version(OLDEST, tmp_path)
    for age, version in enumerate(["0007", "0008", "0009", "0006"]):
        old = copy_path(path, version)
        old.touch()
        os.utime(old, (age, age))

    await open_and_close(tmp_path)

    assert [copy.name[-4:] for copy in copies(path)] == [OLDEST, "0006", "0009"]


# What does not work is one sentence, and nothing is written.


async def test_a_newer_database_is_left_alone_and_what_is_needed_is_named(tmp_path: Path) -> None:
    path = of_version(OLDEST, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with untouched(tmp_path):
        told = await refusal(tmp_path)

    assert re.fullmatch(
        rf"The database {path} has tables of version 9999, and Easel [\d.]+ knows those up to {NEWEST}:"
        r" install the newer Easel that made them\.",
        told,
    )


async def test_a_newer_database_whose_last_words_are_in_its_log_is_left_alone(tmp_path: Path) -> None:
    path = of_version(OLDEST, tmp_path)
    copy_path(path, "9998").touch()
    copy_path(path, OLDEST).touch()
    writer = sqlite3.connect(path)
    writer.execute("UPDATE alembic_version SET version_num = '9999'")
    writer.commit()
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in ("easel.db", "easel.db-wal", "easel.db.v9998", f"easel.db.v{OLDEST}"):
        shutil.copy(tmp_path / name, crashed)
    writer.close()

    with untouched(crashed):
        told = await refusal(crashed)

    assert told.endswith(f", or put its copy {copy_path(crashed / 'easel.db', OLDEST)} in its place.")


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
async def test_a_file_that_is_no_database_is_left_alone(version: str, tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"a shopping list" * 1000)
    copy_path(tmp_path / "easel.db", version).touch()

    with untouched(tmp_path):
        told = await refusal(tmp_path)

    assert "is damaged" in told
    assert told.endswith(f"such as {tmp_path}/easel.db.v{version}.")


def damage(path: Path, table: str) -> None:
    """Overwrite the page where a table begins."""
    with closing(sqlite3.connect(path)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\x42" * size)


@pytest.mark.parametrize("table", ["alembic_version", "notes"])
async def test_a_damaged_database_does_not_take_the_place_of_its_copy(table: str, tmp_path: Path) -> None:
    path = of_version(OLDEST, tmp_path)
    shutil.copy(path, copy_path(path, OLDEST))
    damage(path, table)

    with untouched(tmp_path):
        told = await refusal(tmp_path)

    assert "is damaged" in told
    assert "\n" not in told


async def test_without_room_for_the_copy_nothing_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of_version(OLDEST, tmp_path)
    monkeypatch.setattr(upgrade, "ROOM", 10**12)

    with untouched(tmp_path):
        told = await refusal(tmp_path)

    assert re.search(r"has \d+ MB free, and its upgrade needs \d+ MB", told)


async def test_a_folder_that_cannot_hold_a_lock_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    assert (await refusal(tmp_path / "file")).startswith(f"The database {tmp_path}/file/easel.db cannot be")


def error_of(path: Path, *statements: str, uri: str = "") -> sqlite3.Error:
    with closing(sqlite3.connect(uri or path, uri=bool(uri), timeout=0)) as connection:
        try:
            for statement in statements:
                connection.execute(statement)
        except sqlite3.Error as exc:
            return exc
    pytest.fail("nothing went wrong")


def test_what_sqlite_says_is_told_in_words_of_the_owner(tmp_path: Path) -> None:
    path, page = tmp_path / "easel.db", "CREATE TABLE x (a); "
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("CREATE TABLE t (a)")
        full = error_of(path, "PRAGMA max_page_count = 2", "CREATE TABLE x (a)")
        only_read = error_of(path, page, uri=f"{path.as_uri()}?mode=ro")
        holder.execute("BEGIN EXCLUSIVE")
        busy = error_of(path, page)
    fault = error_of(path, "SELECT nothing FROM nowhere")

    told = [sentence(exc, path) for exc in (full, only_read, busy, fault)]

    assert told == [
        f"The disk of {path} is full; make room on it.",
        f"The database {path} cannot be written ({only_read}); check who owns it, its folder and its disk.",
        f"Another program holds the database {path} ({busy}); end it first.",
        "",
    ]


# The programs themselves.


def easel(command: str, folder: Path, source: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a program to its end where neither Discord nor the relay are there."""
    nowhere = dict.fromkeys(("RELAY_BASE_URL", "DISCORD_API_URL"), "http://127.0.0.1:9")
    return subprocess.run(
        [sys.executable, "-m", "bot", command],
        env=nowhere
        | {
            "ENV_FILE": "",
            "DATA_DIR": str(folder),
            "DISCORD_TOKEN": "token",
            "RELAY_API_KEY": "key",
            "LOG_LEVEL": "ERROR",
        },
        cwd=source,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The program of the version before: this one without the newest change of its tables."""
    source = tmp_path / "before"
    shutil.copytree(ROOT / "bot", source / "bot", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "cogs", source / "cogs", ignore=shutil.ignore_patterns("__pycache__"))
    (newest,) = (source / "bot" / "storage" / "migrations" / "versions").glob(f"{NEWEST}_*.py")
    newest.unlink()
    return source


@pytest.mark.process
async def test_the_program_before_refuses_the_database_of_this_one_with_exit_code_2(
    before: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    of_version(OLDEST, data)
    await open_and_close(data)
    copy_path(data / "easel.db", known()[1]).touch()
    (data / "secret.key").write_text("a key that was made")

    with untouched(data):
        ended = easel("run", data, before)

    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (2, "", 1)
    assert f"has tables of version {NEWEST}, and Easel" in ended.stderr
    assert f"put its copy {data}/easel.db.v{known()[1]} in its place" in ended.stderr


@pytest.mark.process
def test_the_doctor_changes_not_a_byte_of_an_older_database(tmp_path: Path) -> None:
    of_version(OLDEST, tmp_path)

    with untouched(tmp_path):
        ended = easel("doctor", tmp_path)

    assert "older version; the next start brings it up to date; it keeps a copy" in ended.stdout


@pytest.mark.process
def test_a_damaged_database_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"a shopping list" * 1000)

    ended = easel("run", tmp_path)

    assert (ended.returncode, len(ended.stderr.splitlines())) == (2, 1), ended.stderr
    assert "is damaged" in ended.stderr


@pytest.fixture
def killed(tmp_path: Path) -> list[Path]:
    """Folders in which the upgrade of the oldest database was killed, each at another step."""
    folder = tmp_path / "killed"
    folder.mkdir()
    model = tmp_path / "model"
    model.mkdir()
    shutil.copy(of_version(OLDEST, tmp_path), model)
    subprocess.run(
        [sys.executable, "-m", "tests.support.killed_upgrades", model, folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return sorted(folder.iterdir())


@pytest.mark.process
@pytest.mark.exhaustive
async def test_an_upgrade_that_is_killed_at_any_step_loses_nothing(killed: list[Path], tmp_path: Path) -> None:
    whole = rows(tmp_path / "easel.db")

    assert int(killed[-1].name) > 25  # steps, of which those that change nothing share a folder
    assert len(killed) > 5
    for folder in killed:
        path = folder / "easel.db"
        assert all((rows(copy), version_of(copy)) == (whole, copy.name[-4:]) for copy in copies(path))
        await open_and_close(folder)
        assert (rows(path), version_of(path)) == (whole, NEWEST)
        assert list(folder.glob("*.part")) == []
