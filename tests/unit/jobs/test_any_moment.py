"""Whatever people do at any single moment of a job's life: nothing is paid after Cancel, twice, or left in limbo."""

import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from typing_extensions import override

from bot.domain.job import Job, JobStatus
from bot.domain.outcomes import SubmitOutcome
from bot.errors import UserError
from bot.pictures.folder import Pictures
from bot.storage.jobs import JobStore
from tests.support.makers import ANA
from tests.unit.jobs.test_database_refusals import (
    World,
    answered,
    books,
    found,
    instead,
    live,
    painted,
    remixed,
    sent_again,
    sent_back,
    unsettled,
    with_pictures,
)

S = JobStatus
Life = Callable[[World], Awaitable[None]]
Deed = Callable[["Meddled"], Awaitable[None]]
MANY = 10_000
STEPS = (
    "admissions.admit",
    "admissions.admit_group",
    "card_shown",
    "groups.card_shown",
    "move",
    "start_over",
    "get",
    "groups.get",
    "told",
    "unposted",
)


class Meddled(World):
    """A studio in which somebody does something at one moment: before or after a step of the store, or of a submit."""

    def __init__(self, store: JobStore, pictures: Pictures, deed: Deed, at: int, earlier: set[str]) -> None:
        super().__init__(store, pictures)
        self.pictures = pictures
        self.passed = 0
        self.free: set[str] = set()  # jobs that were stopped "before it was sent"
        self.paid_after: list[str] = []
        self._deed, self._at, self._earlier = deed, at, earlier

    async def moment(self) -> None:
        self.passed += 1
        if self.passed == self._at:
            await self._deed(self)

    @override
    async def _pay(self, job: Job) -> SubmitOutcome:
        await self.moment()
        if job.id in self.free:
            self.paid_after.append(job.id)
        outcome = await super()._pay(job)
        await self.moment()
        return outcome

    async def jobs(self) -> list[Job]:
        """This life's own: those of the lives before it are over."""
        everything = await self.services.store.of_author(ANA.id, MANY)
        return [job for job in everything if job.id not in self._earlier]


class Watched:
    """Lets a store's steps be moments."""

    def __init__(self, store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.moment: Callable[[], Awaitable[None]] | None = None
        for step in STEPS:
            room, _dot, name = step.rpartition(".")
            owner = getattr(store, room) if room else store
            monkeypatch.setattr(owner, name, self._step(getattr(owner, name)))

    def _step(self, step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def stepped(*args: Any, **more: Any) -> Any:
            moment, self.moment = self.moment, None  # what somebody does is no moment itself
            if moment is not None:
                await moment()
            self.moment = moment
            answer = await step(*args, **more)
            self.moment = None
            if moment is not None:
                await moment()
            self.moment = moment
            return answer

        return stepped


async def cancel(world: Meddled) -> None:
    for job in await world.jobs():
        try:
            stood = await world.services.jobs.controls.cancel(job)
        except UserError:
            continue
        if stood in (S.RECEIVED, S.AWAITING_INPUT):
            world.free.add(job.id)


async def drop(world: Meddled) -> None:
    for job in await world.jobs():
        if job.status is S.UNCERTAIN:
            await world.services.jobs.controls.dismiss(job)


async def erase(world: Meddled) -> None:
    await world.services.personal_data.erase(ANA)


CASES: list[tuple[Life, Deed]] = [
    *((life, cancel) for life in (with_pictures, remixed, answered, painted, sent_back, instead, found)),
    (sent_again, drop),
    (found, erase),
]


@pytest.mark.exhaustive
@pytest.mark.parametrize(("life", "deed"), CASES, ids=[f"{life.__name__}-{deed.__name__}" for life, deed in CASES])
async def test_deed_at_any_moment_pays_for_nothing_and_leaves_nothing_in_limbo(
    life: Life, deed: Deed, store: JobStore, pictures: Pictures, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched, earlier = Watched(store, monkeypatch), set[str]()
    for at in itertools.count(1):
        world = Meddled(store, pictures, deed, at, earlier)
        watched.moment = world.moment
        await live(life, world, database)
        watched.moment = None
        where = f"moment {at}"
        assert (where, unsettled(database), world.is_idle, world.paid_after) == (where, [], True, [])
        assert (where, [job_id for job_id, times in world.paid.items() if times > 1]) == (where, [])
        if deed is not erase:  # which takes the ledger's lines along, and leaves what they come to
            assert (where, books(database)) == (where, {})
        if world.passed < at:
            return
        earlier |= {job.id for job in await world.jobs()}
