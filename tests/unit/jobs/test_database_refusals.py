"""A database that refuses at any single moment of a job's life leaves no job in limbo and pays nothing twice."""

import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest

from bot.domain.job import Failure, FailureKind, GroupKind, Job, JobStatus, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Failed,
    Finished,
    Found,
    NeedsInput,
    Observation,
    Refused,
    Resubmit,
    SubmitOutcome,
    Succeeded,
    Uncertain,
)
from bot.domain.requests import Action, Button, EngineRequest, Imagine, Mode
from bot.jobs.intake import Prepared
from bot.jobs.orphans import SWEEP_S
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from tests.crash import judge
from tests.support.loops import make_orphan_finder, make_poller
from tests.support.makers import ANA, TASK, VARY_3, make_place, make_result, make_settings, make_token
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.refusals import refusals
from tests.support.rows import Row, rows
from tests.support.services import make_services
from tests.support.walk import CAT

S = JobStatus
REGION = Action(prompt="a cat", button=Button(custom_id="MJ::Inpaint::1::x"), parent_task_id=TASK)
VARY = Action(prompt="a cat", button=VARY_3, parent_task_id=TASK)
PAINT = EngineRequest(engine="painter", kind="generate", prompt="a cat")
ROUND_S, ROUNDS = 10.0, 120  # a question lapses within that


class World:
    """One studio over one database; `act` is what people do, who see an error and leave it at that."""

    def __init__(self, store: JobStore, pictures: Pictures) -> None:
        self.clock, self.engine, self.presenter = ManualClock(), ScriptedEngine(), RecordingPresenter()
        self.services = make_services(
            store=store,
            engines={"midjourney": self.engine, "painter": self.engine},
            pictures=pictures,
            presenter=self.presenter,
            settings=make_settings(),
            clock=self.clock,
        )
        self.engine.sees = self._sees
        self.engine.answers = [Accepted("7")]
        self.orphans = make_orphan_finder(self.services)
        self.poller = make_poller(self.services)
        self.sees: Observation = Succeeded(make_result())
        self.paid: Counter[str] = Counter()
        self.number = 0
        self._submit, self.engine.submit = self.engine.submit, self._pay  # type: ignore[method-assign]

    async def _pay(self, job: Job) -> SubmitOutcome:
        outcome = await self._submit(job)
        self.paid[job.id] += isinstance(outcome, Accepted | Finished | Uncertain)
        return outcome

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything."""
        services = self.services
        return not (
            services.jobs.live.waiting
            or services.jobs.live.running
            or services.jobs.live._in_hand
            or services.jobs.deliveries.due
        )

    def _sees(self, _job: Job) -> Observation:
        return self.sees

    async def ask(self, request: Imagine | Action | EngineRequest = CAT, *, has_pictures: bool = False) -> Job:
        async def prepare(_job: Job) -> Prepared:
            return Prepared(["one.png"])

        job = await self.services.jobs.admission.request(ANA, make_place(), request, mode=Mode.FAST, token=make_token())
        await self.services.jobs.intake.card_shown(job, 401, prepare if has_pictures else None)
        return job

    async def rounds(self, count: int = 3) -> None:
        """Let the background loops work, each of which outlives what goes wrong in it."""
        services = self.services
        for _number in range(count):
            for job_id in services.jobs.live.queue.take():
                with contextlib.suppress(Exception):
                    await services.jobs.submission.submit(job_id)
            await self.poller.look_once()
            for job_id in services.jobs.deliveries.due.take():
                await services.jobs.deliveries.deliver(job_id)
            for group_id in services.jobs.groups.due.take():
                await services.jobs.groups.refresh(group_id)
            self.clock.pass_by(ROUND_S)
            self.number += 1
            if self.number * ROUND_S % SWEEP_S == 0:
                with contextlib.suppress(Exception):
                    await self.orphans.sweep_once()

    async def now(self, job: Job) -> Job:
        found = await self.services.store.get(job.id)
        assert found is not None
        return found


async def imagine(world: World) -> None:
    await world.ask()


async def with_pictures(world: World) -> None:
    await world.ask(has_pictures=True)


async def withdrawn(world: World) -> None:
    job = await world.services.jobs.admission.request(ANA, make_place(), CAT, mode=Mode.FAST, token=make_token())
    await world.services.jobs.intake.withdraw(job)


async def remixed(world: World) -> None:
    world.engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    await world.ask(VARY)


async def answered(world: World) -> None:
    world.engine.answers = [NeedsInput("7", "a cat"), Accepted("7")]
    job = await world.ask(REGION)
    await world.rounds()
    await world.services.jobs.submission.answer(await world.now(job), "a dog", make_token())


async def lapsed(world: World) -> None:
    world.engine.answers = [NeedsInput("7", "a cat")]
    await world.ask(REGION)
    await world.rounds()
    world.clock.pass_by(900)


async def painted(world: World) -> None:
    world.engine.answers = [Finished(make_result())]
    await world.ask(PAINT)


async def sent_back(world: World) -> None:
    world.engine.answers = [Busy(Wait.QUEUE_FULL, 5.0), Accepted("7")]
    await world.ask()


async def instead(world: World) -> None:
    world.engine.answers = [Resubmit(CAT), Accepted("7")]
    await world.ask(REGION)


async def found(world: World) -> None:
    world.engine.answers, world.engine.finds = [Uncertain("reset")], Found("7")
    await world.ask()


async def dropped(world: World) -> None:
    world.engine.answers = [Uncertain("reset")]
    job = await world.ask()
    await world.rounds()
    await world.services.jobs.controls.dismiss(await world.now(job))


async def sent_again(world: World) -> None:
    world.engine.answers = [Uncertain("reset"), Accepted("7")]
    job = await world.ask()
    await world.rounds()
    second = await world.services.jobs.admission.again(ANA, make_place(), await world.now(job), token=make_token())
    await world.services.jobs.intake.card_shown(second, 402)


async def refused(world: World) -> None:
    world.engine.answers = [Refused(Failure(kind=FailureKind.BANNED))]
    await world.ask()


async def failed(world: World) -> None:
    world.sees = Failed("no")
    await world.ask()


async def stopped_while_it_waits(world: World) -> None:
    await world.services.jobs.controls.cancel(await world.ask())


async def stopped_while_it_runs(world: World) -> None:
    job = await world.ask()
    await world.rounds(1)
    await world.services.jobs.controls.cancel(job)


async def together(world: World, kind: GroupKind = GroupKind.PERMUTATION) -> None:
    group, members = await world.services.jobs.admission.request_group(
        ANA, make_place(), kind, "{a, b} cat", [(CAT, Mode.FAST), (PAINT, None)], token=make_token()
    )
    await world.services.jobs.intake.group_shown(group, members, 403)


async def compared(world: World) -> None:
    await together(world, GroupKind.COMPARISON)


LIVES: list[Callable[[World], Awaitable[None]]] = [
    *(imagine, with_pictures, withdrawn, remixed, answered, lapsed, painted, sent_back, instead, found, dropped),
    *(sent_again, refused, failed, stopped_while_it_waits, stopped_while_it_runs, together, compared),
]


async def live(life: Callable[[World], Awaitable[None]], world: World, database: str) -> World:
    with contextlib.suppress(Exception):  # whoever asked was told
        await life(world)
    for _round in range(ROUNDS):
        await world.rounds(1)
        if not unsettled(database) and world.is_idle:
            break
    return world


def unsettled(database: str) -> list[Row]:
    """Whatever still needs something done, as the judge of the crash runs has it; read past the refusals."""
    return [*judge.unsettled(database), *rows(database, "SELECT id FROM groups WHERE NOT told")]


def books(database: str) -> dict[str, int]:
    """By how much each budget differs from what its jobs have spent or reserved."""
    spent = """SELECT scope, sum(units) AS units FROM (
        SELECT scope, units FROM reservations WHERE state != 'released'
        UNION ALL SELECT 'all', units FROM reservations WHERE state != 'released') AS spent GROUP BY scope"""
    wanted = {row["scope"]: row["units"] for row in rows(database, spent)}
    booked = {row["scope"]: row["used"] for row in rows(database, "SELECT scope, used FROM budgets")}
    return {scope: off for scope in wanted | booked if (off := booked.get(scope, 0) - wanted.get(scope, 0))}


@pytest.mark.exhaustive
@pytest.mark.parametrize("life", LIVES)
async def test_no_single_refusal_leaves_a_job_in_limbo_or_pays_twice(
    life: Callable[[World], Awaitable[None]], store: JobStore, pictures: Pictures, database: str
) -> None:
    with refusals(store) as refusing:
        whole = await live(life, World(store, pictures), database)
        assert (unsettled(database), whole.is_idle, books(database)) == ([], True, {})
        for number in range(1, refusing.passed + 1):
            refusing.refuse_at(number)
            world = await live(life, World(store, pictures), database)
            where = f"refused at moment {number}"
            assert (where, unsettled(database), world.is_idle, books(database)) == (where, [], True, {})
            assert (where, [job_id for job_id, times in world.paid.items() if times > 1]) == (where, [])
