"""The fair queue: whose job is sent next, and when none may be."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from typing_extensions import override

from bot.clock import Clock
from bot.domain.job import Actor, BatchLine, GroupKind, GroupState, Job, JobStatus, Wait
from bot.domain.outcomes import Accepted, Busy, Failed
from bot.domain.requests import EngineRequest, Imagine
from bot.jobs.dispatcher import Dispatcher
from bot.services import Services
from bot.settings import Settings
from tests.support.loops import make_dispatcher
from tests.support.makers import ANA, BEN, make_place, make_settings, make_token
from tests.support.ports import PATIENCE_S, ManualClock, RecordingPresenter, ScriptedEngine, until
from tests.support.services import make_services

CLEO = Actor(903)
HOLD_S = 15.0


@pytest.fixture
def settings() -> Settings:
    return make_settings(max_running=3, max_running_per_member=2)


async def test_nobody_is_counted_who_sends_nothing(services: Services, engine: ScriptedEngine) -> None:
    await wait_in_line(services, ANA, BEN)

    async with dispatching(services, Clock()) as dispatcher:
        await until(lambda: len(engine.submitted) == 2)
        await until(lambda: not len(dispatcher._submitting))


@asynccontextmanager
async def dispatching(services: Services, clock: Clock) -> AsyncIterator[Dispatcher]:
    dispatcher = make_dispatcher(services, clock)
    loop = asyncio.create_task(dispatcher.run(), name="dispatcher")
    try:
        yield dispatcher
    finally:
        loop.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await loop


async def wait_in_line(services: Services, *actors: Actor, engine: str = "midjourney") -> list[Job]:
    request = (
        Imagine(prompt="a cat")
        if engine == "midjourney"
        else EngineRequest(engine=engine, kind="generate", prompt="a cat")
    )
    jobs = []
    for actor in actors:
        job = await services.jobs.admission.request(actor, make_place(), request, mode=None, token=make_token())
        await services.jobs.intake.card_shown(job, 401)
        jobs.append(job)
    return jobs


async def settled() -> None:
    """Let the loop make all the moves it can; a submit that starts leaves `waiting` at once."""
    for _turn in range(20):
        await asyncio.sleep(0)


async def test_members_take_turns(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    jobs = []
    for actor in (ANA, ANA, ANA, ANA, BEN):
        jobs += await wait_in_line(services, actor)
        clock.pass_by(0.1)

    async with dispatching(services, clock):
        await until(lambda: len(engine.submitted) == 3)
        await settled()

        assert [job.actor for job in engine.submitted] == [ANA, BEN, ANA]
        assert list(services.jobs.live.waiting) == [jobs[2].id, jobs[3].id]


async def test_one_member_never_has_more_than_their_share(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await wait_in_line(services, *[ANA] * 5)

    async with dispatching(services, clock):
        await until(lambda: len(services.jobs.live.running) == 2)
        await settled()

        assert (len(engine.submitted), len(services.jobs.live.waiting)) == (2, 3)


async def test_all_together_never_have_more_than_the_cap(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await wait_in_line(services, ANA, ANA, BEN, BEN, CLEO)

    async with dispatching(services, clock):
        await until(lambda: len(services.jobs.live.running) == 3)
        await settled()

        assert (len(engine.submitted), len(services.jobs.live.waiting)) == (3, 2)


async def test_place_that_becomes_free_is_taken(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    await wait_in_line(services, *[ANA] * 3)

    async with dispatching(services, clock):
        await until(lambda: len(services.jobs.live.running) == 2)
        await services.jobs.tracking.advance(next(iter(services.jobs.live.running.values())), Failed("no"))

        await until(lambda: len(engine.submitted) == 3)


async def test_hold_lets_one_probe_through_when_it_is_over(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    await wait_in_line(services, ANA)

    async with dispatching(services, clock):
        await until(lambda: services.jobs.live.held_until)
        await wait_in_line(services, BEN, CLEO)
        await settled()
        assert len(engine.submitted) == 1

        engine.gate.clear()
        clock.pass_by(15.1)
        services.jobs.live.queue.poke()
        await until(lambda: len(engine.submitted) == 2)
        await settled()
        assert len(services.jobs.live.waiting) == 2


async def test_a_hold_leaves_the_loop_to_others(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0)]
    await wait_in_line(services, ANA)

    async with dispatching(services, clock), asyncio.timeout(PATIENCE_S):
        await until(lambda: services.jobs.live.held_until)
        await wait_in_line(services, BEN, CLEO)
        await settled()

    assert len(services.jobs.live.queue) <= 3


async def test_everything_flows_again_after_a_probe_was_taken(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, 15.0), Accepted("1")]
    await wait_in_line(services, ANA, BEN, CLEO)

    async with dispatching(services, clock):
        await until(lambda: services.jobs.live.held_until)
        clock.pass_by(15.1)
        services.jobs.live.queue.poke()

        await until(lambda: len(services.jobs.live.running) == 3)


@pytest.mark.parametrize("clock", [Clock(scale=500)])  # fifteen seconds pass in thirty milliseconds
@pytest.mark.parametrize("settings", [make_settings(max_running_per_member=1)])
async def test_nothing_has_to_happen_for_a_hold_to_end(
    services: Services, engine: ScriptedEngine, clock: Clock
) -> None:
    engine.answers = [Busy(Wait.CREDIT, 15.0), Accepted("1")]
    probe, _other = await wait_in_line(services, ANA, BEN)

    async with dispatching(services, clock):
        await until(lambda: services.jobs.live.held_until)
        await services.jobs.controls.cancel(probe)

        await until(lambda: len(services.jobs.live.running) == 1)


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
    services: Services, engine: ScriptedEngine, clock: Clock
) -> None:
    engine.answers = [Busy(Wait.QUEUE_FULL, HOLD_S), Accepted("1")]
    await wait_in_line(services, ANA)

    async with dispatching(services, HeavyClock(clock.scale)):
        await until(lambda: len(services.jobs.live.running) == 1)


async def test_failed_submit_gives_its_place_back(
    services: Services, engine: ScriptedEngine, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    engine.answers = [RuntimeError("a bug"), Accepted("1")]
    jobs = await wait_in_line(services, *[ANA] * 3)

    async with dispatching(services, clock):
        await until(lambda: len(services.jobs.live.running) == 2)

    left = [await status_of(services, job) for job in jobs]
    assert sorted(left) == [JobStatus.RUNNING, JobStatus.RUNNING, JobStatus.UNCERTAIN]
    assert caplog.text.count("submit went wrong") == 1


async def status_of(services: Services, job: Job) -> JobStatus:
    found = await services.store.get(job.id)
    assert found is not None
    return found.status


async def test_jobs_of_a_paused_server_wait(services: Services, clock: ManualClock) -> None:
    await wait_in_line(services, ANA)
    await services.jobs.moderation.pause(201)

    async with dispatching(services, clock):
        await settled()
        assert len(services.jobs.live.waiting) == 1

        await services.jobs.moderation.resume(201)
        services.jobs.live.queue.poke()
        await until(lambda: len(services.jobs.live.running) == 1)


@pytest.mark.parametrize("settings", [make_settings(max_running=20, max_running_per_member=30)])
async def test_hanging_submits_of_one_engine_leave_others_a_place(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    hanging = ScriptedEngine()
    hanging.gate.clear()
    services.jobs.engines._by_name = {"midjourney": hanging, "painter": engine}
    await wait_in_line(services, *[ANA] * 10, *[BEN] * 10)

    async with dispatching(services, clock):
        await until(lambda: len(hanging.submitted) == 19)
        await settled()
        assert len(services.jobs.live.waiting) == 1

        await wait_in_line(services, CLEO, engine="painter")
        await until(lambda: engine.submitted)


async def test_hold_of_one_engine_is_not_the_others(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    busy = ScriptedEngine()
    busy.answers = [Busy(Wait.CREDIT, 60.0)]
    services.jobs.engines._by_name = {"midjourney": busy, "painter": engine}
    await wait_in_line(services, ANA)

    async with dispatching(services, clock):
        await until(lambda: services.jobs.live.held_until)
        await wait_in_line(services, BEN)
        await wait_in_line(services, CLEO, engine="painter")
        await until(lambda: engine.submitted)

        assert len(busy.submitted) == 1


async def test_drain_waits_for_answers_on_their_way(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    engine.gate.clear()
    (job,) = await wait_in_line(services, ANA)

    async with dispatching(services, clock) as dispatcher:
        await engine.arrived.wait()
        asyncio.get_running_loop().call_later(0.01, engine.gate.set)
        await dispatcher.drain(5.0)

    assert await status_of(services, job) is JobStatus.RUNNING


async def test_drain_starts_nothing_more(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    await wait_in_line(services, ANA)

    async with dispatching(services, clock) as dispatcher:
        await engine.arrived.wait()
        await dispatcher.drain(0.01)
        (late,) = await wait_in_line(services, BEN)
        await until(lambda: late.id not in services.jobs.live.queue)
        await settled()
        assert late.id in services.jobs.live.waiting

    assert (len(engine.submitted), await status_of(services, late)) == (1, JobStatus.RECEIVED)


async def test_drain_has_an_end(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    engine.gate.clear()
    (job,) = await wait_in_line(services, ANA)

    async with dispatching(services, clock) as dispatcher:
        await engine.arrived.wait()
        await dispatcher.drain(0.01)

    assert await status_of(services, job) is JobStatus.SUBMITTING


async def test_drain_of_nothing_is_done(services: Services, clock: ManualClock) -> None:
    await make_dispatcher(services, clock).drain(5.0)


# Batches.


async def batch_in_line(services: Services, actor: Actor, count: int) -> GroupState:
    requests = [(Imagine(prompt=f"cat {number}"), None) for number in range(count)]
    lines = [BatchLine(number) for number in range(count)]
    group, members = await services.jobs.admission.request_group(
        actor, make_place(), GroupKind.PERMUTATION, "cats.csv", requests, token=make_token(), lines=lines
    )
    await services.jobs.intake.group_shown(group, members, 701)
    return GroupState(group, tuple(members))


@pytest.mark.parametrize("settings", [make_settings(max_running=1)])
async def test_a_batch_takes_turns_with_others_even_at_one_place(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await batch_in_line(services, ANA, 4)
    for actor in (BEN, CLEO):
        clock.pass_by(0.1)
        await wait_in_line(services, actor)

    async with dispatching(services, clock):
        for number in range(1, 6):
            await until(lambda number=number: len(engine.submitted) == number and services.jobs.live.running)  # type: ignore[misc]
            await services.jobs.tracking.advance(next(iter(services.jobs.live.running.values())), Failed("no"))
        await until(lambda: len(engine.submitted) == 6)

    assert [job.actor for job in engine.submitted] == [ANA, BEN, CLEO, ANA, ANA, ANA]


async def test_a_member_s_own_request_goes_before_the_lines_of_their_batch(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    await batch_in_line(services, ANA, 4)
    (single,) = await wait_in_line(services, ANA)

    async with dispatching(services, clock):
        await until(lambda: len(services.jobs.live.running) == 2)

    assert engine.submitted[0].id == single.id


async def test_nothing_of_a_paused_batch_is_sent_until_it_is_resumed(
    services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    state = await batch_in_line(services, ANA, 2)
    await services.jobs.groups.pause(state, is_paused=True)

    async with dispatching(services, clock):
        (single,) = await wait_in_line(services, ANA)
        await until(lambda: engine.submitted)
        await settled()
        assert [job.id for job in engine.submitted] == [single.id]

        await services.jobs.groups.pause(state, is_paused=False)
        await until(lambda: len(engine.submitted) == 2)


async def test_a_pause_survives_a_restart(services: Services, engine: ScriptedEngine, clock: ManualClock) -> None:
    state = await batch_in_line(services, ANA, 2)
    await services.jobs.groups.pause(state, is_paused=True)
    restarted = make_services(
        store=services.store,
        engines={engine.name: engine},
        pictures=services.pictures,
        presenter=RecordingPresenter(),
        settings=services.settings,
        clock=clock,
    )
    await restarted.jobs.recovery.resume()

    async with dispatching(restarted, clock):
        await settled()
        assert len(restarted.jobs.live.waiting) == 2
        assert not engine.submitted
