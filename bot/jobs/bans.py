"""Whom the owner serves nowhere, as this process knows it; changes of others are taken in with those of pauses."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from bot.clock import Clock
from bot.domain.bans import Ban
from bot.domain.job import Actor, Place, Subject
from bot.errors import UserError
from bot.jobs.budgets import moment
from bot.language import _
from bot.storage.jobs import JobStore

SERVER_BANNED = _("The owner of Easel has banned this server.")


class Bans:
    """Holds everywhere and for everything, until it ends by itself or is lifted.

    `to_leave` is set whenever a banned server may have the bot: one was banned, or somebody came from there.
    """

    def __init__(self, store: JobStore, clock: Clock, pseudonym: Callable[[int], int]) -> None:
        """`pseudonym` gives what stands for the id of a member who was erased; below 0."""
        self._store = store.bans
        self._clock = clock
        self._pseudonym = pseudonym
        self._by_subject: Mapping[tuple[Subject, int], Ban] = {}
        self._has_erased = False
        self.to_leave = asyncio.Event()

    async def load(self) -> None:
        """Read all bans."""
        found = {(ban.subject, ban.subject_id): ban for ban in await self._store.read_all()}
        if any(subject is Subject.GUILD for subject, _id in found.keys() - self._by_subject.keys()):
            self.to_leave.set()
        self._by_subject = found
        self._has_erased = any(one < 0 for _subject, one in found)

    def standing(self) -> Sequence[Ban]:
        """Return the bans that hold, the newest first."""
        now = self._clock.now()
        return [ban for ban in self._by_subject.values() if ban.holds(now)]

    def banned_guilds(self) -> Sequence[int]:
        """Return the servers that are banned."""
        return sorted(ban.subject_id for ban in self.standing() if ban.subject is Subject.GUILD)

    def is_banned(self, actor: Actor, place: Place) -> bool:
        """Tell whether this person, or this server, is banned."""
        return self._of_guild(place) is not None or self._of_member(actor) is not None

    def check(self, actor: Actor, place: Place) -> None:
        """Refuse banned members, and everybody in banned servers.

        Raises:
            UserError: the member or the server is banned.
        """
        self.check_server(place)
        if (ban := self._of_member(actor)) is not None:
            if ban.until is None:
                raise UserError(_("The owner of Easel has banned you from using it."))
            raise UserError(
                _("The owner of Easel has banned you from using it. The ban ends {when}.", when=moment(ban.until))
            )

    def check_server(self, place: Place) -> None:
        """Refuse everybody in banned servers.

        Raises:
            UserError: the server is banned.
        """
        if self._of_guild(place) is not None:
            self.to_leave.set()
            raise UserError(SERVER_BANNED)

    async def ban(self, subject: Subject, subject_id: int, by: int, *, reason: str, until: datetime | None) -> None:
        """Ban a member or server, until a moment or for good."""
        await self._store.keep(Ban(subject, subject_id, reason, by, self._clock.now(), until))
        await self.load()
        if subject is Subject.GUILD:
            self.to_leave.set()

    async def lift(self, subject: Subject, subject_id: int, by: int, *, reason: str) -> bool:
        """Lift a ban; False where there is none."""
        alias = self._pseudonym(subject_id) if subject is Subject.MEMBER else subject_id
        lifted = await self._store.lift(subject, subject_id, alias, by, reason)
        await self.load()
        return lifted

    def _of_guild(self, place: Place) -> Ban | None:
        return self._holding(Subject.GUILD, place.guild_id) if place.guild_id else None

    def _of_member(self, actor: Actor) -> Ban | None:
        ban = self._holding(Subject.MEMBER, actor.id)
        if ban is None and self._has_erased:
            ban = self._holding(Subject.MEMBER, self._pseudonym(actor.id))
        return ban

    def _holding(self, subject: Subject, subject_id: int) -> Ban | None:
        ban = self._by_subject.get((subject, subject_id))
        return ban if ban is not None and ban.holds(self._clock.now()) else None
