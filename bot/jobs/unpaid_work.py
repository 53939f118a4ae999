"""What costs nothing but our own work: panels, details, masks, results shown once more."""

import math

from bot.clock import Clock
from bot.domain.job import Actor, Place
from bot.errors import UserError
from bot.jobs.access import Access
from bot.language import _
from bot.rate_limits import RateLimits

BURST = 15.0  # at once; each takes up to some seconds of a core
REFILL_PER_S = 0.5
MARKING = 0.25  # the size of marking a cell in a small picture: some tens of milliseconds


class TooOftenError(UserError):
    """A member who asked for more than is done for nothing."""


class UnpaidWork:
    """Lets members have some of it: those who may come in at all, and as much of it as others do not miss."""

    def __init__(self, access: Access, clock: Clock) -> None:
        self._access = access
        self._budget = RateLimits[int](clock, BURST, REFILL_PER_S)

    async def admit(self, actor: Actor, place: Place, size: float = 1.0) -> None:
        """Count one piece of work that is about to be done for a member, or a small part of one.

        Raises:
            TooOftenError: theirs is used up for now.
            UserError: who, or where, is not allowed.
        """
        await self._access.check_free(actor, place)
        wait_s = self._budget.take(actor.id, size)
        if wait_s:
            raise TooOftenError(
                _("That was too much at once. Please try again in {seconds} s.", seconds=math.ceil(wait_s))
            )
