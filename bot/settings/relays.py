"""Several relays, or several keys of one: an entry of `RELAYS` for each."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AnyHttpUrl, ConfigDict, Field, SecretStr

from bot.domain.engine_info import ENGINES
from bot.domain.requests import Mode
from bot.settings.section import AsJson, Section

NAME = r"^[a-z0-9][a-z0-9_-]{0,15}$"


class MidjourneyAuth(StrEnum):
    """Which header carries the relay key."""

    SECRET = "secret"  # noqa: S105 - the name of a header style
    BEARER = "bearer"
    BOTH = "both"


def _engines_there_are(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in ENGINES]:
        raise ValueError(f"must name engines that there are ({', '.join(ENGINES)}), not {', '.join(unknown)}")
    return names


class Relay(Section):
    """One relay, or one key of it; `name` is "" where there is no other.

    Of a `weight` of 0 it takes nothing new, and goes on with what it has.
    """

    model_config = ConfigDict(extra="forbid")
    prefix: ClassVar[str] = ""

    name: str = Field(pattern=NAME)
    url: AnyHttpUrl
    key: SecretStr = Field(min_length=1)
    auth: MidjourneyAuth | None = None  # None = RELAY_MJ_AUTH
    weight: int = Field(default=1, ge=0, le=1000)
    modes: frozenset[Mode] = Field(default=frozenset(Mode), min_length=1)
    engines: Annotated[tuple[str, ...], AfterValidator(_engines_there_are)] = Field(
        default=tuple(ENGINES), min_length=1
    )
    units_per_day: int | None = Field(default=None, ge=0)


def _named_once(relays: tuple[Relay, ...]) -> tuple[Relay, ...]:
    names = [relay.name for relay in relays]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"has two entries that are called “{twice}”; give each its own name")
    if relays and not any(relay.weight for relay in relays):
        raise ValueError("has no entry that takes new jobs; give one a weight above 0")
    return relays


Relays = Annotated[tuple[Relay, ...], AsJson, AfterValidator(_named_once)]


def serving(relays: Iterable[Relay], engine: str) -> list[Relay]:
    """Return those that an engine is reached through."""
    return [relay for relay in relays if engine in relay.engines]
