"""The background loop: one look for many, at the right moments, whatever one of them says."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Mapping, Sequence
from contextvars import Context
from typing import Any, cast

import pytest
from typing_extensions import override

from bot.clock import Clock
from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.outcomes import Observation, Unread, Working
from bot.domain.requests import Mode
from bot.errors import RefusalKind, RelayError, RelayRefusedError, RelayUnclearError
from bot.jobs.live_jobs import ROUND_S
from bot.jobs.poller import (
    LARGEST_BATCH,
    LONGEST_REST_S,
    LONGEST_S,
    LOOKS_AT_ONCE,
    MAX_PAUSE_S,
    SHORTEST_S,
    SMALLEST_BATCH,
    Poller,
    pause_s,
)
from bot.jobs.transitions import DEADLINES_S
from bot.services import Services
from bot.storage.database import FEW
from tests.support.loops import make_poller
from tests.support.makers import START, make_job
from tests.support.ports import PATIENCE_S, ManualClock, RecordingPresenter, ScriptedEngine, until
from tests.support.walk import now, running


class HangingEngine(ScriptedEngine):
    """Its looks never come back."""

    @override
    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        await super().look(jobs)
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def poller(services: Services) -> Poller:
    return make_poller(services)


def run_jobs(services: Services, count: int, **changes: Any) -> list[Job]:
    """Jobs at the relay that are due now."""
    jobs = [make_job(task_id=f"task-{number}", **changes) for number in range(count)]
    for job in jobs:
        services.jobs.live.running[job.id] = job
        services.jobs.live.looks.put(job.id)
    return jobs


@pytest.mark.parametrize(("count", "calls"), [(0, []), (1, [1]), (100, [100]), (101, [100, 1]), (250, [100, 100, 50])])
async def test_one_call_serves_a_hundred_jobs(
    count: int, calls: list[int], poller: Poller, services: Services, engine: ScriptedEngine
) -> None:
    run_jobs(services, count)

    await poller.look_once()

    assert sorted(map(len, engine.looked), reverse=True) == calls


@pytest.mark.parametrize("is_late", [False, True], ids=["before the look", "during the look"])
async def test_looks_come_after_the_answers_that_many_wait_for(
    is_late: bool, poller: Poller, services: Services, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.fairness.HELD_BACK_S", PATIENCE_S)  # however busy the machine is
    (job,) = run_jobs(services, 1)
    answers, others = contextlib.ExitStack(), Context()

    def ask() -> None:
        for _ in range(FEW + 1):
            answers.enter_context(services.store.database.answers_first.answering())

    def sees(_job: Job) -> Observation:
        others.run(ask)
        return Working(31)

    if is_late:
        engine.sees = sees
    else:
        others.run(ask)

    looking = asyncio.create_task(poller.look_once(), name="look")
    try:
        await until(lambda: bool(engine.looked if is_late else services.jobs.live.looks.in_hand))
        for _turn in range(5):
            await asyncio.sleep(0)
        assert (len(engine.looked), services.jobs.live.looks.in_hand) == (is_late, {job.id})
    finally:
        others.run(answers.close)
        await looking

    assert (len(engine.looked), services.jobs.live.looks.in_hand) == (1, set())


async def test_jobs_with_different_moments_meet_in_one_call(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    jobs = run_jobs(services, 9)
    for number, job in enumerate(jobs, start=1):
        services.jobs.live.looks.put(job.id, number * 0.2)

    for _tenth in range(70):
        clock.pass_by(0.1)
        await poller.look_once()

    assert [len(batch) for batch in engine.looked] == [9, 9]


@pytest.mark.parametrize(
    ("age_s", "interval_s"), [(0, SHORTEST_S), (48, SHORTEST_S), (120, 10.0), (180, LONGEST_S), (3000, LONGEST_S)]
)
async def test_young_jobs_are_looked_at_more_often(
    age_s: float, interval_s: float, poller: Poller, services: Services, clock: ManualClock
) -> None:
    (job,) = run_jobs(services, 1)
    clock.pass_by(age_s)
    await poller.look_once()

    clock.pass_by(interval_s - ROUND_S)
    assert services.jobs.live.looks.take() == []
    clock.pass_by(ROUND_S)
    assert services.jobs.live.looks.take() == [job.id]


async def test_ended_jobs_are_not_looked_at(poller: Poller, services: Services, engine: ScriptedEngine) -> None:
    services.jobs.live.looks.put("gone")

    await poller.look_once()

    assert engine.looked == []


async def test_one_jobs_trouble_does_not_stop_the_others(
    poller: Poller,
    services: Services,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd, *others = run_jobs(services, 5)
    engine.sees = lambda job: cast(Observation, None) if job.id == odd.id else Working(31)

    await poller.look_once()

    assert {job.id for job, _working in presenter.shown} == {job.id for job in others}
    assert (len(services.jobs.live.looks), caplog.text.count("advance failed")) == (5, 1)


@pytest.mark.parametrize("trouble", [RelayUnclearError("reset"), RelayRefusedError(RefusalKind.BUSY, retry_after_s=30)])
async def test_outage_loses_no_job(
    trouble: RelayError, poller: Poller, services: Services, engine: ScriptedEngine
) -> None:
    run_jobs(services, 150)
    engine.trouble = trouble

    await poller.look_once()

    assert (len(services.jobs.live.running), len(services.jobs.live.looks)) == (150, 150)


@pytest.mark.parametrize(("asked_s", "rest_s"), [(120.0, 120.0), (365 * 24 * 3600.0, LONGEST_REST_S)])
async def test_relay_that_asks_to_wait_is_left_alone_so_long_within_bounds(
    asked_s: float, rest_s: float, poller: Poller, services: Services, engine: ScriptedEngine
) -> None:
    run_jobs(services, 1)
    engine.trouble = RelayRefusedError(RefusalKind.BUSY, retry_after_s=asked_s)

    assert await poller.look_once() == {"midjourney": rest_s}


async def test_look_that_fails_after_an_outage_is_the_first_again(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    run_jobs(services, 1)
    rests_s = []

    for trouble in (*[RelayUnclearError("reset")] * 6, None, RelayUnclearError("reset")):
        engine.trouble = trouble
        rests_s.append((await poller.look_once())["midjourney"])
        clock.pass_by(LONGEST_S + ROUND_S)

    assert rests_s[-3] > MAX_PAUSE_S / 3
    assert (rests_s[-2], rests_s[-1] <= 2) == (0, True)


async def test_what_nobody_thought_of_ends_no_loop_and_loses_no_job(
    poller: Poller, services: Services, engine: ScriptedEngine
) -> None:
    run_jobs(services, 3)
    engine.trouble = OSError("disk full")

    await poller.look_once()

    assert (len(services.jobs.live.running), len(services.jobs.live.looks)) == (3, 3)


async def test_calls_get_smaller_while_a_relay_refuses_and_larger_again(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    run_jobs(services, LARGEST_BATCH)
    engine.trouble = RelayUnclearError("too many ids")
    for _round in range(12):
        await poller.look_once()
        clock.pass_by(LONGEST_S)
    smallest = len(engine.looked[-2])

    engine.trouble = None
    for _round in range(9):
        await poller.look_once()
        clock.pass_by(LONGEST_S + ROUND_S)

    assert (smallest, len(engine.looked[-1])) == (SMALLEST_BATCH, LARGEST_BATCH)


async def test_outage_of_one_engine_holds_up_no_other(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    run_jobs(services, 1)
    broken = ScriptedEngine()
    broken.trouble = RelayUnclearError("reset")
    services.jobs.engines._by_name = {"midjourney": engine, "painter": broken}
    run_jobs(services, 1, engine="painter")

    rests_s = []
    for _round in range(60):
        rests_s.append((await poller.look_once()).get("midjourney", 0.0))
        clock.pass_by(ROUND_S)

    assert set(rests_s) == {0.0}
    assert len(broken.looked) < len(engine.looked)
    assert len(broken.looked) > 60 * ROUND_S / LONGEST_S - 1
    assert caplog.text.count("relay outage begins engine=painter") == 1

    engine.trouble = RelayUnclearError("reset")
    while not (await poller.look_once()).get("midjourney"):
        clock.pass_by(ROUND_S)
    assert caplog.text.count("relay outage begins") == 2


async def test_hanging_looks_of_one_engine_hold_up_no_other(
    poller: Poller, services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    hanging = HangingEngine()
    services.jobs.engines._by_name = {"midjourney": engine, "painter": hanging}
    hung = run_jobs(services, 1500, engine="painter")
    loop = asyncio.create_task(poller.run(), name="poller")
    await until(lambda: hanging.looked)

    run_jobs(services, 1)
    await until(lambda: presenter.shown)

    assert (len(hanging.looked), len(engine.looked)) == (LOOKS_AT_ONCE, 1)
    assert all(services.jobs.live.holds(job.id, JobStatus.RUNNING) for job in hung)  # none of them is an orphan
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop


@pytest.mark.parametrize("clock", [Clock(scale=2000)])
async def test_whole_outage_is_told_once_at_its_begin_and_end(
    services: Services,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_jobs(services, 1)
    engine.trouble = RelayUnclearError("reset")
    caplog.set_level(logging.INFO)

    loop = asyncio.create_task(make_poller(services).run(), name="poller")
    await until(lambda: len(engine.looked) >= 3)
    engine.trouble = None
    await until(lambda: presenter.shown)
    loop.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await loop

    assert caplog.text.count("relay outage begins") == caplog.text.count("relay outage is over") == 1


async def test_wrong_key_is_an_error_in_the_log(
    poller: Poller, services: Services, engine: ScriptedEngine, caplog: pytest.LogCaptureFixture
) -> None:
    run_jobs(services, 1)
    engine.trouble = RelayRefusedError(RefusalKind.AUTH, "invalid key")

    await poller.look_once()

    assert [record.levelname for record in caplog.records if "outage" in record.message] == ["ERROR"]


@pytest.mark.parametrize(("failures", "most"), [(1, 2), (2, 4), (5, 32), (6, MAX_PAUSE_S), (100_000, MAX_PAUSE_S)])
def test_pause_doubles_up_to_a_minute_with_jitter(failures: int, most: float) -> None:
    pauses = [pause_s(failures, random.Random(seed)) for seed in range(50)]

    assert most / 2 <= min(pauses) < max(pauses) <= most


@pytest.mark.parametrize("clock", [ManualClock(scale=60)])
async def test_looks_follow_the_clocks_scale(clock: ManualClock, services: Services) -> None:
    (job,) = run_jobs(services, 1, submitted_at=START)

    await make_poller(services).look_once()

    clock.pass_by((SHORTEST_S + ROUND_S) / 60 + 0.001)
    assert services.jobs.live.looks.take() == [job.id]


@pytest.mark.parametrize(
    "trouble",
    [RelayUnclearError("reset"), RelayRefusedError(RefusalKind.UNSUPPORTED, "page not found"), OSError("of our own")],
    ids=lambda trouble: type(trouble).__name__,
)
@pytest.mark.parametrize("stopped", [False, True])
async def test_deadline_holds_whatever_the_looks_say(
    trouble: Exception,
    stopped: bool,
    poller: Poller,
    services: Services,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    clock: ManualClock,
) -> None:
    job = await running(services)
    if stopped:
        await services.jobs.controls.cancel(job)
    engine.trouble = trouble

    for _round in range(int(DEADLINES_S[Mode.FAST] / LONGEST_S) + 5):
        clock.pass_by(LONGEST_S)
        await poller.look_once()

    ended = await now(services, job)
    assert (ended.status, ended.failure) == (JobStatus.EXPIRED, Failure(kind=FailureKind.EXPIRED))
    assert job.id not in services.jobs.live.running  # its place is free
    assert len(presenter.alerts) == 1
    assert any(working.is_unread for _job, working in presenter.shown) is not stopped


async def test_owner_is_told_again_of_a_relay_that_could_be_read_meanwhile(
    poller: Poller,
    services: Services,
    engine: ScriptedEngine,
    presenter: RecordingPresenter,
    clock: ManualClock,
) -> None:
    await running(services)
    for trouble in (RelayUnclearError("reset"), None, RelayUnclearError("reset")):
        engine.trouble = trouble
        for _round in range(20):
            clock.pass_by(LONGEST_S)
            await poller.look_once()

    assert len(presenter.alerts) == 2


async def test_a_job_that_a_look_leaves_out_keeps_its_deadline(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    job = await running(services)
    engine.sees = lambda _job: Unread()
    clock.pass_by(DEADLINES_S[Mode.FAST] + 1)

    await poller.look_once()

    assert (await now(services, job)).status is JobStatus.EXPIRED
