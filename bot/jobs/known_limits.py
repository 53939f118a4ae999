"""What nobody may exceed, by the owner's and the server's rules: worked out once for all that one command asks."""

from collections.abc import Hashable
from dataclasses import replace

from bot.domain.job import Actor, Place
from bot.jobs import policy
from bot.jobs.gates import Gates
from bot.settings import Settings
from bot.settings.limits import LimitSettings
from bot.storage.units import Limits

REMEMBERED = 200  # of as many commands as come at once; each is a few thousand bytes


class KnownLimits:
    """Remembers limits as long as the rules are what they were; in one place they are the same for all with like roles.

    What is granted ends by the clock, and is not kept.
    """

    def __init__(self, settings: Settings, gates: Gates) -> None:
        self._settings = settings
        self._gates = gates
        self._known: dict[Hashable, Limits] = {}
        self._of: tuple[LimitSettings, int] = settings.limits, gates.edition

    def of(self, actor: Actor, place: Place) -> Limits:
        """Return what an admission of somebody in a place may not exceed."""
        now = self._settings.limits, self._gates.edition
        if now[0] is not self._of[0] or now[1] != self._of[1] or len(self._known) >= REMEMBERED:
            self._known.clear()
            self._of = now
        own = actor.id if self._gates.has_grants(place) else None
        who = own, actor.roles, place.guild_id, place.channels, place.parent_channel_id
        if (known := self._known.get(who)) is not None:
            return known
        limits = self._worked_out(actor, place)
        if not limits.budgets.has_grants:
            self._known[who] = limits
        return limits

    def _worked_out(self, actor: Actor, place: Place) -> Limits:
        owners = policy.limits(self._settings, actor, place)
        own, (_rule, cooldown_s) = self._gates.budgets(actor, place), self._gates.cooldown(actor, place)
        return replace(owners, budgets=owners.budgets + own, cooldown_s=cooldown_s)
