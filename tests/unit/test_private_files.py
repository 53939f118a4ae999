"""Files of the bot's: their owner alone may read them, those of earlier versions too."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import prepared_data_dir
from bot.storage.jobs import JobStore
from tests.support.makers import make_settings


@pytest.fixture(autouse=True)
def _usual_rights() -> Iterator[None]:
    """What most systems let others read; a test changes it for the whole process."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> set[str]:
    return {path.name for path in (folder, *folder.rglob("*")) if path.stat().st_mode & 0o077}


async def test_new_files_are_their_owners_alone(tmp_path: Path) -> None:
    settings = make_settings(data_dir=tmp_path / "data")

    folder = prepared_data_dir(settings)
    async with JobStore.opened(settings.storage.database):
        (folder / "pictures").mkdir()
        (folder / "pictures" / "a.png").write_bytes(b"")
        assert {path.name for path in folder.iterdir()} >= {"easel.db", "easel.db-wal", "easel.db-shm"}
        assert open_to_others(folder) == set()


def test_files_of_earlier_versions_become_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "pictures").mkdir(parents=True)
    for name in ("easel.db", "easel.db-wal", "easel.db-shm", "secret.key", "pictures/a.png"):
        (folder / name).write_bytes(b"")

    prepared_data_dir(make_settings(data_dir=folder))

    assert open_to_others(folder) == set()
    assert os.access(folder / "pictures" / "a.png", os.R_OK | os.W_OK)


def test_database_that_lies_elsewhere_is_closed_without_its_neighbours(tmp_path: Path) -> None:
    for name in ("mine.db", "mine.db-wal", "other"):
        (tmp_path / name).write_bytes(b"")

    url = f"sqlite+aiosqlite:///{tmp_path}/mine.db"
    prepared_data_dir(make_settings(data_dir=tmp_path / "data", database_url=url))

    assert {path.name for path in tmp_path.iterdir() if path.is_file() and path.stat().st_mode & 0o077} == {"other"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path / "other")

    prepared_data_dir(make_settings(data_dir=tmp_path / "data"))

    assert (tmp_path / "other").stat().st_mode & 0o077
