"""`easel erase`: told first, done when the owner is sure, while a bot works on the database or not."""

import asyncio
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.crypto import Pseudonyms
from bot.domain.job import Actor, JobStatus
from bot.domain.requests import Imagine
from bot.errors import SettingsError
from bot.jobs.moderation import Moderation
from bot.jobs.preferences import Preferences
from bot.operation import eraser
from bot.operation.eraser import Eraser
from bot.operation.member_erasure import erase_member
from bot.operation.personal_data import PersonalData
from bot.pictures.places import opened_stock
from bot.settings import Settings
from bot.storage.jobs import JobStore
from tests.support.makers import NO_LIMITS, make_job, make_settings
from tests.support.ports import ToldGuilds
from tests.support.stored import moved

MEMBER = Actor(704_115_936_220_118_027)


@pytest.fixture
async def settings(database: str, tmp_path: Path) -> Settings:
    """A place where a member has two jobs, one of which goes on, a picture and a preference."""
    given = {"DATA_DIR": str(tmp_path), "DATABASE_URL": database, "SECRET_KEY": "a key of sixteen letters"}
    made = make_settings(**given)
    async with JobStore.opened(database) as store:
        for status in (JobStatus.DONE, JobStatus.RUNNING):
            job = make_job(JobStatus.RECEIVED, actor=MEMBER, request=Imagine(prompt="a", pictures=("0-input1.png",)))
            await store.admissions.admit(job, NO_LIMITS, "2026-11-22")
            await moved(store, job, JobStatus.POSTING, status)
        await Preferences(store, made).prefer_remix(MEMBER, on=True)
    return made


async def kept(settings: Settings) -> int:
    async with JobStore.opened(settings.storage.database) as store:
        return len(await store.erasure.rows_of(MEMBER.id))


async def test_without_being_sure_it_only_tells(settings: Settings) -> None:
    said = await erase_member(settings, str(MEMBER.id), is_sure=False)

    assert "would be erased: 2 jobs with 1 pictures, 1 settings and drafts" in said
    assert "--yes" in said
    assert await kept(settings) == 2


@pytest.mark.both_databases
async def test_it_erases_where_no_bot_runs(settings: Settings) -> None:
    said = await erase_member(settings, f"<@{MEMBER.id}>", is_sure=True)

    assert said.startswith(f"Erased of {MEMBER.id}: 1 jobs with")
    assert "1 jobs still go on" in said
    assert await kept(settings) == 1
    assert "Of" in await erase_member(settings, str(MEMBER.id), is_sure=False)


async def test_a_bot_that_runs_does_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eraser, "LOOK_S", 0.05)
    clock = Clock()
    async with JobStore.opened(settings.storage.database) as store:
        stock = await opened_stock(settings, store.kept_pictures, clock)
        data = PersonalData(store, stock, clock, Pseudonyms("key"))
        running = Eraser(store, stock, data, Moderation(store), Pseudonyms("key"), ToldGuilds(), clock)
        working = asyncio.create_task(running.run())

        said = await erase_member(settings, str(MEMBER.id), is_sure=True)

        working.cancel()
        assert said.startswith(f"Erased of {MEMBER.id}: 1 jobs with")
        assert len(await store.erasure.rows_of(MEMBER.id)) == 1
        assert await store.notes.get(f"remix:{MEMBER.id}") is None


async def test_of_a_stranger_there_is_nothing(settings: Settings) -> None:
    assert "Nothing is kept of 12345" in await erase_member(settings, "12345", is_sure=True)


@pytest.mark.parametrize("user", ["ana", "", "12", "@ana#1234"])
async def test_what_is_no_id_is_refused(user: str, settings: Settings) -> None:
    with pytest.raises(SettingsError):
        await erase_member(settings, user, is_sure=True)


async def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        await erase_member(make_settings(DATA_DIR=str(tmp_path / "none")), str(MEMBER.id), is_sure=True)

    assert not (tmp_path / "none").exists()
