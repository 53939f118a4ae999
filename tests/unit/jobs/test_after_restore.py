"""The first start over a backup: what was open in it may have been paid for, and posted, since then."""

from pathlib import Path

import pytest

from bot.domain.job import Job, JobStatus
from bot.domain.outcomes import Finished, Found
from bot.services import Services
from bot.storage import backup_note
from bot.storage.jobs import JobStore
from tests.conftest import database_url
from tests.support.makers import START, make_result
from tests.support.ports import RecordingPresenter, ScriptedEngine
from tests.support.walk import now, waiting, work_off
from tests.unit.jobs.test_recovery import left, lived, restarted

S = JobStatus


async def backed_up(folder: Path) -> None:
    """Let the database in a folder be one that was restored."""
    async with JobStore.opened(database_url(folder)) as store, store.database.transaction() as connection:
        for statement in backup_note.marks():
            await connection.exec_driver_sql(statement)


async def finish(services: Services, job: Job) -> None:
    await services.jobs.transitions.on_finished(await now(services, job), Finished(make_result()))
    await work_off(services)


@pytest.mark.parametrize("status", [S.RECEIVED, S.SUBMITTING])
async def test_what_waited_is_looked_up_and_not_sent(status: JobStatus, tmp_path: Path) -> None:
    engine = ScriptedEngine()
    job = await left(tmp_path, status, card_id=700)
    await backed_up(tmp_path)

    async with restarted(tmp_path, engine, RecordingPresenter()) as services:
        await lived(services)
        assert (await now(services, job)).status is S.UNCERTAIN

    assert engine.submitted == []


async def test_what_waited_and_was_sent_since_is_followed_and_searched_for_before_it_is_posted(tmp_path: Path) -> None:
    engine, presenter = ScriptedEngine(), RecordingPresenter()
    engine.finds = Found("7")
    job = await left(tmp_path, S.RECEIVED, card_id=700)
    await backed_up(tmp_path)

    async with restarted(tmp_path, engine, presenter) as services:
        await lived(services)
        assert (await now(services, job)).status is S.RUNNING
        await finish(services, job)

    assert [attempt for posted, attempt in presenter.posted if posted.status is S.POSTING] == [1]


async def test_what_ran_is_searched_for_before_it_is_posted(tmp_path: Path) -> None:
    presenter = RecordingPresenter()
    job = await left(tmp_path, S.RUNNING, task_id="7", submitted_at=START)
    await backed_up(tmp_path)

    async with restarted(tmp_path, ScriptedEngine(), presenter) as services:
        await finish(services, job)

    assert [attempt for posted, attempt in presenter.posted if posted.status is S.POSTING] == [1]


async def test_what_is_asked_for_after_a_restore_is_sent(tmp_path: Path) -> None:
    await left(tmp_path, S.DONE, told=True)
    await backed_up(tmp_path)

    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()):
        pass
    engine = ScriptedEngine()
    async with restarted(tmp_path, engine, RecordingPresenter()) as services:
        job = await waiting(services)
        await lived(services)
        assert (await now(services, job)).status is S.RUNNING
