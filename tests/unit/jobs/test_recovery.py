"""Outcomes nobody can vouch for, callbacks, and restarts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.domain.job import Job, JobStatus, Result, Wait
from bot.domain.outcomes import (
    Finished,
    Found,
    NotListed,
    Search,
    Uncertain,
)
from bot.domain.requests import Action
from bot.errors import RelayUnclearError, UserError
from bot.pictures.folder import Pictures
from bot.pictures.stock import Stock
from bot.pictures.workers import Workers
from bot.services import Services
from bot.storage.jobs import JobStore
from bot.storage.units import Limits
from tests.conftest import database_url
from tests.support.makers import (
    PICK_2,
    START,
    make_job,
    make_result,
    make_settings,
    make_token,
)
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine, ShelfFetcher
from tests.support.services import make_services
from tests.support.walk import CAT, now, running, uncertain, waiting, work_off

S = JobStatus

# A pick whose picture the relay had listed, so that nothing was paid for it.
OUT_OF_ITS_GRID = Action(button=PICK_2, parent_task_id="7", original="https://cdn.example/2.png")


@asynccontextmanager
async def restarted(folder: Path, engine: ScriptedEngine, presenter: RecordingPresenter) -> AsyncIterator[Services]:
    """A second life over the same database."""
    clock = ManualClock()
    async with JobStore.opened(database_url(folder)) as store:
        workers = Workers()
        pictures = Pictures(
            Stock(folder / "pictures", store.kept_pictures, clock), ShelfFetcher(), workers, relay_limit=100_000
        )
        services = make_services(
            store=store,
            engines={engine.name: engine},
            pictures=pictures,
            presenter=presenter,
            settings=make_settings(),
            clock=clock,
        )
        await services.jobs.recovery.resume()
        yield services
        workers.close()


async def left(folder: Path, status: JobStatus, **changes: Any) -> Job:
    """A job as a process that died left it behind."""
    async with JobStore.opened(database_url(folder)) as store:
        job = make_job(S.RECEIVED, request=changes.pop("request", CAT))
        await store.admissions.admit(job, Limits(9, None, None), "2026-11-22")
        found = await store.move(job, [S.RECEIVED], status, **changes)
    assert found is not None
    return found


async def lived(services: Services) -> None:
    """Everything that is due at once after a start."""
    for job_id in services.jobs.live.queue.take():
        await services.jobs.submission.submit(job_id)
    await work_off(services)


async def test_uncertain_job_is_told_and_never_sent_again(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    job = await uncertain(services, engine)

    for _hour in range(3):
        await work_off(services)
        clock.pass_by(3600)
        for job_id in services.jobs.live.queue.take():
            await services.jobs.submission.submit(job_id)

    assert (job.status, len(engine.submitted)) == (S.UNCERTAIN, 1)
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_uncertain_job_that_is_found_goes_on(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    job = await uncertain(services, engine)
    engine.finds = Found("77")

    await work_off(services)

    assert services.jobs.live.running[job.id].task_id == "77"
    assert presenter.posted == []


async def test_uncertain_job_is_looked_up_for_a_while_before_its_author_is_asked(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(services, engine)
    engine.finds = NotListed()

    for _round in range(12):
        await work_off(services)
        clock.pass_by(10)

    assert len(engine.searched) > 5
    assert len(presenter.posted) == 1


async def test_clock_that_is_set_back_keeps_nobody_waiting_for_what_is_not_listed(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(services, engine)
    engine.finds = NotListed()
    clock.wrong_by_s = -3 * 3600

    await work_off(services)

    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_what_was_never_taken_cannot_be_looked_at_again(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Finished(Result())]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    empty = await now(services, job)
    assert (empty.status, empty.task_id) == (S.EXPIRED, None)

    with pytest.raises(UserError, match="nothing left to check"):
        await services.jobs.recovery.retry_recovery(empty, make_token())


async def test_search_that_fails_does_not_lose_the_job(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    await uncertain(services, engine)
    engine.trouble = RelayUnclearError("reset")

    for _round in range(12):
        await work_off(services)
        clock.pass_by(10)

    assert len(engine.searched) > 5
    assert [posted.status for posted, _attempt in presenter.posted] == [S.UNCERTAIN]


async def test_dropped_uncertain_job_is_over(services: Services, engine: ScriptedEngine) -> None:
    job = await uncertain(services, engine)

    await services.jobs.controls.dismiss(job)

    assert (await now(services, job)).status is S.CANCELLED


async def test_drop_of_anything_else_changes_nothing(services: Services) -> None:
    job = await running(services)

    with pytest.raises(UserError):
        await services.jobs.controls.dismiss(job)

    assert (await now(services, job)).status is S.RUNNING


@pytest.mark.parametrize(
    ("status", "changes", "becomes", "submits"),
    [
        (S.RECEIVED, {"card_id": 401}, S.RUNNING, 1),
        (S.RECEIVED, {}, S.CANCELLED, 0),
        (S.RECEIVED, {"card_id": 401, "waiting_for": Wait.PICTURES}, S.CANCELLED, 0),
        (S.RECEIVED, {"card_id": 401, "waiting_for": Wait.CREDIT}, S.RUNNING, 1),
        (S.SUBMITTING, {"card_id": 401}, S.UNCERTAIN, 0),
        (S.SUBMITTING, {"card_id": 401, "request": OUT_OF_ITS_GRID}, S.RUNNING, 1),
        (S.SUBMITTING, {"card_id": 401, "task_id": "7"}, S.RUNNING, 0),
        (S.RUNNING, {"task_id": "7", "submitted_at": START}, S.RUNNING, 0),
        (
            S.AWAITING_INPUT,
            {"task_id": "7", "told": False, "deadline_at": make_token().expires_at},
            S.AWAITING_INPUT,
            0,
        ),
        (S.AWAITING_INPUT, {"task_id": "7", "told": True, "deadline_at": START}, S.EXPIRED, 0),
        (S.POSTING, {"result": make_result()}, S.DONE, 0),
        (S.DONE, {"told": False}, S.DONE, 0),
        (S.REFUSED, {"told": False}, S.REFUSED, 0),
        (S.FAILED, {"told": False}, S.FAILED, 0),
        (S.UNCERTAIN, {"told": True}, S.UNCERTAIN, 0),
        (S.UNDELIVERABLE, {"result": make_result()}, S.UNDELIVERABLE, 0),
    ],
)
async def test_every_unfinished_job_is_picked_up_and_none_is_paid_twice(
    status: JobStatus, changes: dict[str, Any], becomes: JobStatus, submits: int, tmp_path: Path
) -> None:
    engine, presenter = ScriptedEngine(), RecordingPresenter()
    job = await left(tmp_path, status, **changes)

    async with restarted(tmp_path, engine, presenter) as services:
        await lived(services)
        after = await now(services, job)

    assert (after.status, len(engine.submitted)) == (becomes, submits)


@pytest.mark.parametrize("status", [S.POSTING, S.DONE, S.FAILED])
async def test_traces_of_an_earlier_process_are_searched_before_anything_is_posted(
    status: JobStatus, tmp_path: Path
) -> None:
    presenter = RecordingPresenter()
    await left(tmp_path, status, told=False, result=make_result())

    async with restarted(tmp_path, ScriptedEngine(), presenter) as services:
        await work_off(services)

    assert presenter.posted[0][1] == 1


async def test_running_jobs_are_looked_at_at_once_after_a_start(tmp_path: Path) -> None:
    job = await left(tmp_path, S.RUNNING, task_id="7", submitted_at=START)

    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as services:
        assert services.jobs.live.looks.take() == [job.id]


async def test_second_start_finds_nothing_left_to_do(tmp_path: Path) -> None:
    await left(tmp_path, S.POSTING, result=make_result())
    async with restarted(tmp_path, ScriptedEngine(), RecordingPresenter()) as services:
        await work_off(services)

    presenter = RecordingPresenter()
    async with restarted(tmp_path, ScriptedEngine(), presenter) as services:
        await work_off(services)

    assert presenter.posted == []


async def test_hint_brings_the_look_at_a_running_job_forward(services: Services) -> None:
    job = await running(services)
    assert services.jobs.live.looks.take() == []

    await services.jobs.recovery.on_callback(job.id, "7")
    await services.jobs.recovery.on_callback("nobody", "7")

    assert services.jobs.live.looks.take() == [job.id]


@pytest.mark.parametrize(("search", "status"), [(Found("77"), S.RUNNING), (NotListed(), S.UNCERTAIN)])
async def test_hint_about_an_uncertain_job_is_believed_only_if_the_task_carries_its_id(
    search: Search, status: JobStatus, services: Services, engine: ScriptedEngine
) -> None:
    job = await uncertain(services, engine)
    engine.finds = search

    await services.jobs.recovery.on_callback(job.id, "77")

    assert engine.searched == ["77"]
    assert (await now(services, job)).status is status


async def test_looking_again_says_so_where_the_relay_has_no_list(services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Uncertain("reset")]
    job = await waiting(services)
    await services.jobs.submission.submit(job.id)
    uncertain = await now(services, job)

    with pytest.raises(UserError, match="no list of recent tasks"):
        await services.jobs.recovery.retry_recovery(uncertain, make_token())
    engine.trouble = RelayUnclearError("reset")
    with pytest.raises(UserError, match="cannot be read right now"):
        await services.jobs.recovery.retry_recovery(uncertain, make_token())


async def test_job_that_was_found_by_a_press_has_nothing_to_tell(services: Services, engine: ScriptedEngine) -> None:
    job = await uncertain(services, engine)
    engine.finds = Found("77")

    assert await services.jobs.recovery.retry_recovery(job, make_token())

    assert job.id not in services.jobs.deliveries.due
