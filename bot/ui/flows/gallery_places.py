"""Where in Discord a member goes on with what they find in their gallery, and who they are there."""

import math

import discord

from bot.domain.job import Actor, Job, Place
from bot.jobs.admission import check_is_kept
from bot.jobs.unpaid_work import TooOftenError
from bot.language import _
from bot.links import GalleryPass
from bot.rate_limits import RateLimits
from bot.services import Services
from bot.ui.components.standing import Standing

BURST, REFILL_PER_S = 10.0, 0.2  # of one member: each asks Discord some three times before anything is posted


class GalleryPlaces:
    """Finds the place where a job was made, as long as its member could go on there by themselves."""

    def __init__(self, client: discord.Client, services: Services) -> None:
        self._standing = Standing(client)
        self._limits = RateLimits[int](services.clock, BURST, REFILL_PER_S)

    async def find(self, admitted: GalleryPass, job: Job, *, is_private: bool) -> tuple[Actor, Place]:
        """Find where a member goes on with a job, and who they are there now; what is private, in direct messages.

        Raises:
            UserError: it was removed, they ask too often, or Discord cannot be asked now.
        """
        check_is_kept(job)
        self.count(admitted.member_id)
        member = Actor(admitted.member_id, admitted.locale)
        there = None if is_private else await self._standing.in_channel(member, job.place)
        return there or (member, await self._standing.direct(member))

    async def direct(self, actor: Actor) -> Place:
        """Return a member's direct messages; raises as `find` does."""
        return await self._standing.direct(actor)

    def count(self, member_id: int) -> None:
        """Count what is about to be asked of Discord or the relay for a member.

        Raises:
            TooOftenError: there was too much.
        """
        wait_s = self._limits.take(member_id)
        if wait_s:
            raise TooOftenError(
                _("That was too much at once. Please try again in {seconds} s.", seconds=math.ceil(wait_s))
            )
