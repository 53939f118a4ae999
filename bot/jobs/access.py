"""Who may come in at all, from where: the owner's places and people, and what moderators decided."""

import logging
from typing import Protocol

from bot.domain.job import Actor, Job, Place, Reach
from bot.errors import UserError, denying
from bot.jobs import policy
from bot.jobs.bans import Bans
from bot.jobs.gates import Gates
from bot.jobs.moderation import Moderation
from bot.language import _
from bot.settings import Settings

logger = logging.getLogger(__name__)

ONLY_MEMBERS = _("Outside its servers, Easel only serves their members. Please join one of them.")


class Members(Protocol):
    """Knows who belongs to which server; implemented by the Discord side."""

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        """Whether a person is in a server. Any exception means that nobody can say now."""
        ...

    async def located(self, place: Place) -> Place:
        """The place with the channel and category that it belongs to, as far as that can be found out."""
        ...


class NoMembers:
    """Knows nobody."""

    async def is_member(self, guild_id: int, user_id: int) -> bool:  # noqa: ARG002 - the protocol has them
        """Nobody is a member."""
        return False

    async def located(self, place: Place) -> Place:
        """The place as it is known already."""
        return place


class Access:
    """Holds a person in a place against what owner and moderators decided; every way in asks here.

    Outside of the owner's servers nobody but their members is served, or who is named in ALLOWED_USERS; and whoever is
    blocked in one of them is blocked there as well.
    """

    def __init__(self, settings: Settings, moderation: Moderation, members: Members, gates: Gates, bans: Bans) -> None:
        self._settings = settings
        self._moderation = moderation
        self._members = members
        self._gates = gates
        self._bans = bans

    async def check(self, actor: Actor, place: Place) -> Place:
        """Refuse whoever may start nothing here now; returns the place with all that it belongs to.

        Raises:
            DeniedError: who, or where, is not allowed.
            UserError: the server is paused.
        """
        place = await self.check_free(actor, place)
        self._moderation.check_pause(place)
        return place

    async def check_free(self, actor: Actor, place: Place) -> Place:
        """Refuse whoever may not even have what costs nothing; returns what `check` does.

        Raises:
            DeniedError: who, or where, is not allowed.
        """
        with denying():
            policy.check_place(self._settings, place)
            self._check_block(actor, place)
            place = await self.located(place)
            self._gates.check_person(actor, place)
            if _is_outside(place) and not await self._is_known(actor):
                raise UserError(ONLY_MEMBERS)
        return place

    async def located(self, place: Place) -> Place:
        """Return a place with all that it belongs to, where a rule of the server goes by that."""
        return await self._members.located(place) if self._gates.asks_where(place) else place

    async def check_queued(self, job: Job) -> None:
        """Refuse a waiting job of somebody who may not come in any more, or not from there.

        Where nobody can say now whether they still belong to a server, what was said at its admission counts.

        Raises:
            UserError: who, or where, is not allowed.
        """
        policy.check_place(self._settings, job.place)
        try:
            is_known = not _is_outside(job.place) or await self._is_known(job.actor)
        except Exception as exc:  # noqa: BLE001 - see `Members`
            logger.info("membership not known job_id=%s reason=%s", job.id, type(exc).__name__)
            is_known = True
        if not is_known:
            raise UserError(ONLY_MEMBERS)
        self._check_block(job.actor, job.place)
        self._gates.check_person(job.actor, job.place)

    def is_blocked(self, actor: Actor, place: Place) -> bool:
        """Whether the owner or moderators keep a person from starting anything in this place."""
        if self._bans.is_banned(actor, place):
            return True
        by = self._moderation.blocking(actor.id)
        if place.guild_id in by or not _is_outside(place):
            return place.guild_id in by
        return bool(by & self._settings.places.allowed_guilds if self._settings.places.allowed_guilds else by)

    def _check_block(self, actor: Actor, place: Place) -> None:
        self._bans.check(actor, place)
        self._moderation.check_block(actor, place)
        if self.is_blocked(actor, place):
            raise UserError(_("The moderators of a server have blocked you from using Easel."))

    async def _is_known(self, actor: Actor) -> bool:
        guilds, users = self._settings.places.allowed_guilds, self._settings.places.allowed_users
        if actor.id in users or not (guilds or users):
            return True
        for guild_id in sorted(guilds):
            if await self._members.is_member(guild_id, actor.id):
                return True
        return False


def _is_outside(place: Place) -> bool:
    """Whether a place belongs to no server that has the bot."""
    return place.reach is not Reach.GUILD
