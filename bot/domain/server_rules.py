"""The rules of a server, as its moderators set them: for all of it, or for one of its channels or roles. Pure values.

Rules only narrow what is allowed: of several that hold for somebody, each has to let them through.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from typing_extensions import override

from bot.domain.budgets import Amounts, Period
from bot.domain.engine_info import ENGINES
from bot.domain.job import Actor, Place
from bot.domain.review import LIMITS_MIN, Decision
from bot.language import Sentence, _
from bot.text import escape_inline

OWNER = 0  # in place of a server: what the bot's owner set for all servers
WORDS_AT_MOST = 500  # of one rule
WORD_LENGTH = 200  # characters
SHOWN_LENGTH = 80  # characters of what somebody wrote as a rule, where it is told to be none


class Name(StrEnum):
    """What a rule is about; `ONLY` and budgets have more behind a dot."""

    ALLOW = "allow"  # of a channel or role: true = only these may, false = these may not
    WORDS = "words"  # that may not be asked for; /.../ is a regular expression
    PRESS = "press"  # "author": whose picture it is, alone
    COOLDOWN = "cooldown"  # seconds between two jobs of a member
    AGE = "age"  # "restricted": only in channels that are age-restricted
    FLAGGED = "flagged"  # what an engine flags as for adults, outside of age-restricted channels: see `Flagged`
    CONSENT = "consent"  # true: face swaps ask for a member's word that whoever is seen agrees
    LOG = "log"  # the channel where moderators' acts are told
    ONLY = "only"  # only.engine.fal, only.mode.turbo, only.operation.faceswap: who may; nobody where empty
    UNITS = "units"  # units.day, units.week, units.month: of all together
    MEMBER = "member"  # member.day and so on: of each member
    REVIEW = "review"  # true: results are shown to moderators first, and wait until one lets them through
    REVIEW_CHANNEL = "review_channel"  # where they are shown
    REVIEW_MINUTES = "review_minutes"  # how long they wait
    REVIEW_AFTER = "review_after"  # what becomes of them then: a `Decision`


class Flagged(StrEnum):
    """How what an engine flagged as for adults is shown outside of age-restricted channels; the strictest last."""

    OFF = "off"  # as everything else
    SPOILER = "spoiler"  # covered
    RESTRICTED = "restricted"  # to its author alone


KINDS = ("engine", "mode", "operation")
_PERIODS = (Period.DAY, Period.WEEK, Period.MONTH)
_SCOPE = re.compile(r"server|(?:channel|role):\d{1,20}", re.ASCII)
_SERVER_ALONE = (Name.LOG, Name.CONSENT, Name.REVIEW_CHANNEL, Name.REVIEW_MINUTES, Name.REVIEW_AFTER)
_VALUE = re.compile(r"[a-z0-9_.-]{1,40}")


# An engine or an operation that people know by the name of its command alone, as rules have stored it.
_AS_WRITTEN = {
    f"{Name.ONLY}.{kind}.{name}": f"{Name.ONLY}.{kind}.{operation.command}"
    for info in ENGINES.values()
    for operation in info.operations
    if operation.command
    for kind, name in (("engine", info.name), ("operation", info.operation_name(operation)))
}
_AS_STORED = {written: stored for stored, written in _AS_WRITTEN.items()}


class RuleError(ValueError):
    """No such rule, or not with such a value; the sentence says which."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


class Key(NamedTuple):
    """Which rule of a server: for what ("server", "channel:ID", "role:ID"), and its name."""

    scope: str
    name: str

    @property
    def words(self) -> str:
        """Return its name as people read and write it."""
        return _AS_WRITTEN.get(self.name, self.name)

    @property
    def shown(self) -> str:
        """Return it for a message; what holds for all of a server needs no scope."""
        return escape_inline(self.words if self.scope == "server" else str(self), SHOWN_LENGTH)

    @override
    def __str__(self) -> str:
        return f"{self.scope} {self.words}"


def checked(key: Key, value: Any) -> Any:
    """Return a value as a rule keeps it.

    Raises:
        RuleError: there is no such rule, or it takes no such value.
    """
    head, _dot, rest = key.name.partition(".")
    is_known = head in set(Name) and (bool(rest) == (head in (Name.ONLY, Name.UNITS, Name.MEMBER)))
    if (
        not (is_known and _SCOPE.fullmatch(key.scope))
        or (head in _SERVER_ALONE and key.scope != "server")
        or (head == Name.ALLOW and key.scope == "server")
    ):
        raise RuleError(_("There is no rule “{key}”.", key=key.shown))
    try:
        return _CHECKS[Name(head)](rest, value)
    except (TypeError, ValueError) as exc:
        shown = escape_inline(json.dumps(value, ensure_ascii=False), SHOWN_LENGTH)
        raise RuleError(_("“{value}” does not fit {key}.", value=shown, key=key.shown)) from exc


def _require(holds: bool) -> None:  # noqa: FBT001 - what has to hold is a condition
    if not holds:
        raise ValueError


def _flag(_rest: str, value: Any) -> Any:
    _require(isinstance(value, bool))
    return value


def _number(least: int, most: int, value: Any) -> int:
    _require(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most)
    return int(value)


def _budget(rest: str, value: Any) -> int:
    _require(rest in _PERIODS)
    return _number(0, 10**9, value)


def _only(rest: str, value: Any) -> list[int]:
    kind, _dot, name = rest.partition(".")
    _require(kind in KINDS and bool(_VALUE.fullmatch(name)))
    _require(isinstance(value, list) and len(value) <= 25)
    return [_number(1, 2**63, one) for one in value]


def _words(_rest: str, value: Any) -> list[str]:
    _require(isinstance(value, list) and len(value) <= WORDS_AT_MOST)
    _require(all(isinstance(word, str) and 0 < len(word.strip()) <= WORD_LENGTH for word in value))
    return [word.strip() for word in value]


def _word_of(*known: str) -> Any:
    def check(_rest: str, value: Any) -> Any:
        _require(value in known)
        return value

    return check


_CHECKS: Mapping[Name, Any] = {
    Name.ALLOW: _flag,
    Name.CONSENT: _flag,
    Name.WORDS: _words,
    Name.PRESS: _word_of("author", "anyone"),
    Name.AGE: _word_of("off", "restricted"),
    Name.FLAGGED: _word_of(*Flagged),
    Name.COOLDOWN: lambda _rest, value: _number(0, 7 * 86_400, value),
    Name.LOG: lambda _rest, value: _number(1, 2**63, value),
    Name.REVIEW: _flag,
    Name.REVIEW_CHANNEL: lambda _rest, value: _number(1, 2**63, value),
    Name.REVIEW_MINUTES: lambda _rest, value: _number(*LIMITS_MIN, value),
    Name.REVIEW_AFTER: _word_of(*Decision),
    Name.ONLY: _only,
    Name.UNITS: _budget,
    Name.MEMBER: _budget,
}


@dataclass(frozen=True, slots=True)
class GrantedUnits:
    """Units beside the budgets of a scope of this server, until a moment (seconds since 1970)."""

    id: str
    scope: str  # "server", "channel:ID", "role:ID" or "member:ID"
    units: int
    until: int


@dataclass(frozen=True)
class ServerRules:
    """All rules of one server, and what was granted there."""

    guild_id: int = OWNER
    values: Mapping[Key, Any] = field(default_factory=dict)
    grants: Sequence[GrantedUnits] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Mapping[str, Any]]:
        """The values by name and scope: a server may have hundreds, and each job asks for a dozen names."""
        found: dict[str, dict[str, Any]] = {}
        for key, value in self.values.items():
            found.setdefault(key.name, {})[key.scope] = value
        return found

    @cached_property
    def budgets(self) -> Mapping[str, Amounts]:
        """The most units of all together in each period, by scope."""
        return self._by_period(Name.UNITS)

    @cached_property
    def member_budgets(self) -> Mapping[str, Amounts]:
        """The most units of each member in each period, by scope."""
        return self._by_period(Name.MEMBER)

    def _by_period(self, name: Name) -> Mapping[str, Amounts]:
        found: dict[str, Amounts] = {}
        for period in _PERIODS:
            for scope, most in self.by_name.get(f"{name}.{period}", {}).items():
                found[scope] = (*found.get(scope, ()), (period, most))
        return found

    def scopes(self, actor: Actor, place: Place) -> tuple[str, ...]:
        """Return the scopes that somebody in a place is under."""
        channels = (f"channel:{one}" for one in place.channels)
        return ("server", *channels, *(f"role:{one}" for one in actor.roles))

    def holding(self, name: str, actor: Actor, place: Place) -> Iterator[tuple[Key, Any]]:
        """Yield the rules of a name that hold for somebody in a place."""
        known = self.by_name.get(name, {})
        for scope in self.scopes(actor, place) if known else ():
            if scope in known:
                yield Key(scope, name), known[scope]

    def of(self, name: str, kind: str) -> Iterator[tuple[int, Any]]:
        """Yield the rules of a name that are about one channel or role, by its id."""
        for scope, value in self.by_name.get(name, {}).items():
            found, _colon, one = scope.partition(":")
            if found == kind:
                yield int(one), value

    def named(self, key: Key) -> str:
        """Return what one of these rules is called where those of several hold."""
        return f"owner {key}" if self.is_owners else str(key)

    @property
    def is_owners(self) -> bool:
        """Whether they are the owner's, for all servers."""
        return self.guild_id == OWNER

    @cached_property
    def is_about_channels(self) -> bool:
        """Whether it matters which channel and category a place belongs to."""
        return any(key.scope.startswith("channel:") or key.name in (Name.AGE, Name.FLAGGED) for key in self.values)


def exported(rules: ServerRules) -> str:
    """Return rules as JSON, by scope and name, to be kept or put into another server."""
    tree: dict[str, dict[str, Any]] = {}
    for key in sorted(rules.values):
        tree.setdefault(key.scope, {})[key.words] = rules.values[key]
    return json.dumps(tree, ensure_ascii=False, indent=1)


def imported(text: str) -> dict[Key, Any]:
    """Return the rules that `exported` wrote.

    Raises:
        RuleError: it is no JSON, or one of them is no rule.
    """
    try:
        tree = json.loads(text)
        found = {
            Key(scope, _AS_STORED.get(name, name)): value
            for scope, names in tree.items()
            for name, value in names.items()
        }
    except (ValueError, AttributeError) as exc:
        raise RuleError(_("This is not a rules file. Use one from {command}.", command="`/easel rules`")) from exc
    return {key: checked(key, value) for key, value in found.items()}
