"""Backups of a server's database, by PostgreSQL's own programs."""

from pathlib import Path

import pytest

from bot.domain.job import JobStatus
from bot.errors import SettingsError
from bot.operation.backup import back_up, restore
from bot.settings import Settings
from bot.storage import restored
from bot.storage.jobs import JobStore
from tests.support.makers import NO_LIMITS, make_job, make_settings
from tests.support.postgres import Server


def settings_of(folder: Path, url: str) -> Settings:
    return make_settings(DATA_DIR=str(folder), DATABASE_URL=url, SECRET_KEY="k" * 16)


@pytest.fixture
def programs(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's own programs, as an older one's take no dumps of it."""
    monkeypatch.setenv("PATH", str(postgres.bin), prepend=":")


@pytest.mark.usefixtures("programs")
async def test_a_database_of_a_server_comes_back_with_its_open_jobs_in_doubt(postgres: Server, tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "data", postgres.url(postgres.new_database()))
    job = make_job(JobStatus.RECEIVED)
    async with JobStore.opened(settings.storage.database) as store:
        await store.admissions.admit(job, NO_LIMITS, "2026-11-22")
        said = await back_up(settings, tmp_path)
    assert "holds the database (tables " in said
    (backup,) = tmp_path.glob("*.tar")  # noqa: ASYNC240 - of a test

    empty = settings_of(tmp_path / "new", postgres.url(postgres.new_database("template0")))
    assert "1 jobs were open then" in await restore(empty, backup)

    async with JobStore.opened(empty.storage.database) as store:
        assert await restored.take_in(store.database) == job.created_at
        found = await store.get(job.id)
    assert found is not None
    assert found.status is JobStatus.UNCERTAIN
    with pytest.raises(SettingsError, match="the database of DATABASE_URL already"):
        await restore(empty, backup)


@pytest.mark.usefixtures("programs")
async def test_a_password_reaches_the_programs_in_a_file(postgres: Server, tmp_path: Path) -> None:
    """A wrong one is refused by the server itself, in words that hold none."""
    postgres.sql("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN SUPERUSER PASSWORD 'a:b\\c'")
    name = postgres.new_database()

    async with JobStore.opened(postgres.url(name)):
        said = await back_up(settings_of(tmp_path / "data", postgres.url(name, "stranger", "a%3Ab%5Cc")), tmp_path)

    assert "holds the database (tables " in said


async def test_a_program_that_is_missing_is_a_sentence(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(tmp_path / "data", postgres.url(postgres.new_database()))
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SettingsError, match="pg_dump is missing: install PostgreSQL's client programs"):
        await back_up(settings, tmp_path)

    assert list(tmp_path.rglob("easel*")) == []  # noqa: ASYNC240 - of a test
