"""The fair queue: whose job is sent next, and when none may be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from typing_extensions import override

from bot.clock import Clock
from bot.domain.job import Actor, Job, JobStatus, Wait
from bot.domain.outcomes import Accepted, Busy, Failed
from bot.domain.requests import EngineRequest, Imagine
from bot.jobs.dispatcher import Dispatcher
from bot.jobs.service import JobService
from bot.settings import Settings
from tests.support.loops import make_dispatcher
from tests.support.makers import ANA, BEN, make_place, make_settings, make_token
from tests.support.ports import PATIENCE_S, ManualClock, ScriptedEngine, until

CLEO = Actor(903)
HOLD_S = 15.0


@pytest.fixture
def settings() -> Settings:
    return make_settings(max_running=3, max_running_per_member=2)


async def test_nobody_is_counted_who_sends_nothing(service: JobService, engine: ScriptedEngine) -> None:
    await wait_in_line(service, ANA, BEN)

    async with dispatching(service, Clock()) as dispatcher:
        await until(lambda: len(engine.submitted) == 2)
        await until(lambda: not len(dispatcher._submitting))


@asynccontextmanager
async def dispatching(service: JobService, clock: Clock) -> AsyncIterator[Dispatcher]:
    dispatcher = make_dispatcher(service, clock)
    loop = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield dispatcher
    finally:
        loop.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loop


async def wait_in_line(service: JobService, *actors: Actor, engine: str = "midjourney") -> list[Job]:
    request = (
        Imagine(prompt="a cat")
        if engine == "midjourney"
        else EngineRequest(engine=engine, kind="generate", prompt="a cat")
    )
    jobs = []
    for actor in actors:
        job = await service.admission.request(actor, make_place(), request, mode=None, token=make_token())
        await service.card_shown(job, 401)
        jobs.append(job)
    return jobs


async def settled() -> None:
    """Let the loop make all the moves it can; a submit that starts leaves `waiting` at once."""
    for _turn in range(20):
        await asyncio.sleep(0)


async def test_members_take_turns(service: JobService, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    jobs = []
    for actor in (ANA, ANA, ANA, ANA, BEN):
        jobs += await wait_in_line(service, actor)
        clock.pass_by(0.1)

    async with dispatching(service, clock):
        await until(lambda: len(engine.submitted) == 3)
        await settled()

        assert [job.actor for job in engine.submitted] == [ANA, BEN, ANA]
        assert list(service.waiting) == [jobs[2].id, jobs[3].id]


async def test_one_member_never_has_more_than_their_share(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await wait_in_line(service, *[ANA] * 5)

    async with dispatching(service, clock):
        await until(lambda: len(service.running) == 2)
        await settled()

        assert (len(engine.submitted), len(service.waiting)) == (2, 3)


async def test_all_together_never_have_more_than_the_cap(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await wait_in_line(service, ANA, ANA, BEN, BEN, CLEO)

    async with dispatching(service, clock):
        await until(lambda: len(service.running) == 3)
        await settled()

        assert (len(engine.submitted), len(service.waiting)) == (3, 2)


async def test_place_that_becomes_free_is_taken(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await wait_in_line(service, *[ANA] * 3)

    async with dispatching(service, clock):
        await until(lambda: len(service.running) == 2)
        await service.advance(next(iter(service.running.values())), Failed("no"))

        await until(lambda: len(engine.submitted) == 3)


async def test_hold_lets_one_probe_through_when_it_is_over(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    await wait_in_line(service, ANA)

    async with dispatching(service, clock):
        await until(lambda: service.held)
        await wait_in_line(service, BEN, CLEO)
        await settled()
        assert len(engine.submitted) == 1

        engine.gate.clear()
        clock.pass_by(15.1)
        service.queue.poke()
        await until(lambda: len(engine.submitted) == 2)
        await settled()
        assert len(service.waiting) == 2


async def test_a_hold_leaves_the_loop_to_others(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    await wait_in_line(service, ANA)

    async with dispatching(service, clock), asyncio.timeout(PATIENCE_S):
        await until(lambda: service.held)
        await wait_in_line(service, BEN, CLEO)
        await settled()

    assert len(service.queue) <= 3


async def test_everything_flows_again_after_a_probe_was_taken(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0), Accepted("1")]
    await wait_in_line(service, ANA, BEN, CLEO)

    async with dispatching(service, clock):
        await until(lambda: service.held)
        clock.pass_by(15.1)
        service.queue.poke()

        await until(lambda: len(service.running) == 3)


@pytest.mark.parametrize("clock", [Clock(scale=500)])  # fifteen seconds pass in thirty milliseconds
@pytest.mark.parametrize("settings", [make_settings(max_running_per_member=1)])
async def test_nothing_has_to_happen_for_a_hold_to_end(
    service: JobService, engine: ScriptedEngine, clock: Clock
) -> None:
    engine.answers = [Busy(Wait.CREDIT, 15.0), Accepted("1")]
    probe, _other = await wait_in_line(service, ANA, BEN)

    async with dispatching(service, clock):
        await until(lambda: service.held)
        await service.cancel(probe)

        await until(lambda: len(service.running) == 1)


class HeavyClock(Clock):
    """A clock that takes half of a hold to be read."""

    def __init__(self, scale: float) -> None:
        super().__init__(scale)
        self._read = 0

    @override
    def monotonic(self) -> float:
        self._read += 1
        return self._read * self.real(HOLD_S) / 2


@pytest.mark.parametrize("clock", [Clock(scale=480)])
async def test_a_hold_that_ends_while_it_is_looked_at_forgets_nobody(
    service: JobService, engine: ScriptedEngine, clock: Clock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, HOLD_S), Accepted("1")]
    await wait_in_line(service, ANA)

    async with dispatching(service, HeavyClock(clock.scale)):
        await until(lambda: len(service.running) == 1)


async def test_failed_submit_gives_its_place_back(
    service: JobService, engine: ScriptedEngine, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    engine.answers = [RuntimeError("a bug"), Accepted("1")]
    jobs = await wait_in_line(service, *[ANA] * 3)

    async with dispatching(service, clock):
        await until(lambda: len(service.running) == 2)

    left = [await status_of(service, job) for job in jobs]
    assert sorted(left) == [JobStatus.RUNNING, JobStatus.RUNNING, JobStatus.UNCERTAIN]
    assert caplog.text.count("submit went wrong") == 1


async def status_of(service: JobService, job: Job) -> JobStatus:
    found = await service.store.get(job.id)
    assert found is not None
    return found.status


async def test_jobs_of_a_paused_server_wait(service: JobService, clock: ManualClock) -> None:
    await wait_in_line(service, ANA)
    await service.moderation.pause(201)

    async with dispatching(service, clock):
        await settled()
        assert len(service.waiting) == 1

        await service.moderation.resume(201)
        service.queue.poke()
        await until(lambda: len(service.running) == 1)


@pytest.mark.parametrize("settings", [make_settings(max_running=20, max_running_per_member=30)])
async def test_hanging_submits_of_one_engine_leave_others_a_place(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    hanging = ScriptedEngine()
    hanging.gate.clear()
    service.parts.engines._by_name = {"midjourney": hanging, "painter": engine}
    await wait_in_line(service, *[ANA] * 10, *[BEN] * 10)

    async with dispatching(service, clock):
        await until(lambda: len(hanging.submitted) == 19)
        await settled()
        assert len(service.waiting) == 1

        await wait_in_line(service, CLEO, engine="painter")
        await until(lambda: engine.submitted)


async def test_hold_of_one_engine_is_not_the_others(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    busy = ScriptedEngine()
    busy.answers = [Busy(Wait.CREDIT, 60.0)]
    service.parts.engines._by_name = {"midjourney": busy, "painter": engine}
    await wait_in_line(service, ANA)

    async with dispatching(service, clock):
        await until(lambda: service.held)
        await wait_in_line(service, BEN)
        await wait_in_line(service, CLEO, engine="painter")
        await until(lambda: engine.submitted)

        assert len(busy.submitted) == 1


async def test_drain_waits_for_answers_on_their_way(
    service: JobService, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.gate.clear()
    (job,) = await wait_in_line(service, ANA)

    async with dispatching(service, clock) as dispatcher:
        await engine.arrived.wait()
        asyncio.get_running_loop().call_later(0.01, engine.gate.set)
        await dispatcher.drain(5.0)

    assert await status_of(service, job) is JobStatus.RUNNING


async def test_drain_starts_nothing_more(service: JobService, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    await wait_in_line(service, ANA)

    async with dispatching(service, clock) as dispatcher:
        await engine.arrived.wait()
        await dispatcher.drain(0.01)
        (late,) = await wait_in_line(service, BEN)
        await settled()

    assert (len(engine.submitted), await status_of(service, late)) == (1, JobStatus.RECEIVED)


async def test_drain_has_an_end(service: JobService, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    (job,) = await wait_in_line(service, ANA)

    async with dispatching(service, clock) as dispatcher:
        await engine.arrived.wait()
        await dispatcher.drain(0.01)

    assert await status_of(service, job) is JobStatus.SUBMITTING


async def test_drain_of_nothing_is_done(service: JobService, clock: ManualClock) -> None:
    await make_dispatcher(service, clock).drain(5.0)
