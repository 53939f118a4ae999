"""The rules of all servers as this process knows them; changes of others are taken in with those of pauses."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.domain.budgets import OWNERS, Amounts, Budget, Budgets, Grant, MemberBudgets, Period, budgets_of, in_guild
from bot.domain.job import Actor, Place
from bot.domain.server_rules import OWNER, SHOWN_LENGTH, GrantedUnits, Key, Name, RuleError, ServerRules, checked
from bot.jobs.budgets import channels_of_budgets
from bot.jobs.words import PatternError, check_words
from bot.language import _
from bot.storage.audit import ActKind
from bot.storage.jobs import JobStore
from bot.text import escape_inline


class Rulebook:
    """Knows every server's rules, without asking the database where somebody waits."""

    def __init__(self, store: JobStore, clock: Clock) -> None:
        self._policies = store.policies
        self._clock = clock
        self._by_guild: Mapping[int, ServerRules] = {}
        self._stamp: tuple[int, str] | None = None
        self.edition = 0  # another one whenever any rule is

    async def load(self) -> None:
        """Read all rules, if any was changed since."""
        stamp = await self._policies.stamp()
        if stamp != self._stamp:
            self._by_guild = await self._policies.read_all()
            self._stamp = stamp
            self.edition += 1

    def all_of(self, place: Place) -> tuple[ServerRules, ...]:
        """Return all rules that hold in a place: the owner's, which hold everywhere, and those of its server."""
        ids = (OWNER, place.guild_id) if place.guild_id else (OWNER,)
        return tuple(self._by_guild[one] for one in ids if one in self._by_guild)

    def of_guild(self, guild_id: int) -> ServerRules:
        """Return the rules of a server, or of the owner for all servers (`OWNER`)."""
        return self._by_guild.get(guild_id) or ServerRules(guild_id)

    async def set(
        self, guild_id: int, changes: Mapping[Key, Any], by: int, kind: ActKind = ActKind.SET, reason: str = ""
    ) -> None:
        """Set rules, or take them away where they are None.

        Raises:
            RuleError: one is no rule, or takes no such value; nothing is changed.
        """
        kept = {key: None if value is None else _checked(key, value) for key, value in changes.items()}
        await self._policies.change(guild_id, kept, by, kind, reason)
        await self.load()

    async def grant(self, guild_id: int, scope: str, units: int, until: datetime, by: int) -> None:
        """Let a member, role, channel or server have units beside its budgets until a moment."""
        granted = GrantedUnits(secrets.token_hex(4), scope, units, int(until.timestamp()))
        await self._policies.grant(guild_id, granted, by, self._clock.now().date().isoformat())
        await self.load()

    def has_member_budget(self, guild_id: int, roles: Collection[int]) -> bool:
        """Tell whether a budget for each member can hold for somebody with these roles, in some channel at least."""
        scopes = {"server", *(f"role:{one}" for one in roles)}
        return any(
            key.name.startswith(f"{Name.MEMBER}.") and (key.scope in scopes or key.scope.startswith("channel:"))
            for key in self.of_guild(guild_id).values
        )

    def has_grants(self, place: Place) -> bool:
        """Tell whether anybody has granted units in the server of a place."""
        now = self._clock.now().timestamp()
        return any(one.until > now for rules in self.all_of(place) for one in rules.grants)

    def budgets(self, actor: Actor, place: Place) -> Budgets:
        """Return the budgets that units of this person in this place count for, of its server and of each server.

        Where nobody has anything granted they are those of all who have the same roles.
        """
        found = Budgets()
        if place.guild_id is not None:
            for rules in self.all_of(place):
                found += self._budgets(rules, place.guild_id, actor, place)
        return found

    def _budgets(self, rules: ServerRules, guild_id: int, actor: Actor, place: Place) -> Budgets:
        if not rules.values:
            return Budgets()
        granted = self._granted(rules)
        # What moderators grant must not widen what the owner sets: those are accounts of their own.
        by = f"{OWNERS}/" if rules.is_owners else ""
        scopes = dict.fromkeys(("server", *_channels(place), *(f"role:{one}" for one in actor.roles)))
        shared: list[Budget] = []
        for scope in scopes:
            together = by + (f"guild:{guild_id}" if scope == "server" else scope)
            if amounts := rules.budgets.get(scope):
                shared.extend(budgets_of(together, amounts, granted.get(scope, ())))
        least, own = _narrowest(rules.member_budgets, scopes), granted.get(f"member:{actor.id}", ())
        return Budgets(tuple(shared), (MemberBudgets(by + in_guild(guild_id), least, own),) if least else ())

    def _granted(self, rules: ServerRules) -> Mapping[str, tuple[Grant, ...]]:
        """What is granted now, by scope, and of each what ends first comes first."""
        now, found = self._clock.now().timestamp(), dict[str, tuple[Grant, ...]]()
        for one in sorted(rules.grants, key=lambda one: one.until):
            if one.until > now:
                found[one.scope] = (*found.get(one.scope, ()), Grant(one.id, one.units))
        return found


def _narrowest(budgets: Mapping[str, Amounts], scopes: Iterable[str]) -> Amounts:
    """The least of what several scopes allow, in each period."""
    found: dict[Period, int] = {}
    for scope in scopes:
        for period, most in budgets.get(scope, ()):
            found[period] = min(most, found.get(period, most))
    return tuple(found.items())


def _checked(key: Key, value: Any) -> Any:
    kept = checked(key, value)
    if key.name == Name.WORDS:
        try:
            check_words(kept)
        except PatternError as exc:
            pattern = escape_inline(str(exc), SHOWN_LENGTH)
            raise RuleError(_("{pattern} is not a valid expression.", pattern=pattern)) from exc
    return kept


def _channels(place: Place) -> tuple[str, ...]:
    """The channels whose budgets a place counts for: each that has one, its category's too."""
    return tuple(f"channel:{one}" for one in dict.fromkeys((*channels_of_budgets(place), *place.channels)))
