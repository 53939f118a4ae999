"""What members may still spend: every card tells it."""

from bot.clock import Clock
from bot.domain.budgets import Budget
from bot.domain.job import Actor, Job, Place
from bot.jobs.known_limits import REMEMBERED, KnownLimits
from bot.storage.admission_batcher import Booked
from bot.storage.jobs import JobStore
from bot.storage.units import Limits
from bot.storage.used_units import scarcest


class UnitsLeft:
    """Tells what is left of the budget that has least; where a job was just admitted, as its admission counted."""

    def __init__(self, store: JobStore, limits: KnownLimits, clock: Clock) -> None:
        self._store = store
        self._limits = limits
        self._clock = clock
        self._counted: dict[str, int | None] = {}  # by job, until its card is shown

    def note(self, job: Job, limits: Limits, booked: Booked) -> None:
        """Keep what is left after a job was booked, which its card asks for next."""
        limited = limits.limiting(job.actor.id)
        if any(budget.grants for budget in limited):
            return  # what is left of those was not counted
        if len(self._counted) >= REMEMBERED:
            self._counted.clear()
        found = scarcest(limited, booked)
        self._counted[job.id] = None if found is None else found[0]

    async def after(self, job: Job) -> int | None:
        """Return what the author of a new job may still spend; None where nothing limits it."""
        if job.id in self._counted:
            return self._counted.pop(job.id)
        return await self.of(job.actor, job.place)

    async def of(self, actor: Actor, place: Place) -> int | None:
        """Return what a member may still spend here; None where nothing limits it."""
        found = await self.scarcest(actor, place)
        return None if found is None else found[0]

    async def scarcest(self, actor: Actor, place: Place) -> tuple[int, Budget] | None:
        """Return what is left of the budget that has least left for a member here; None where nothing limits them."""
        limits, day = self._limits.of(actor, place), self._clock.now().date().isoformat()
        return await self._store.scarcest(actor, limits, day)
