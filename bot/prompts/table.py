"""The parameters of the prompt language, as `parameters.toml` tells them: names, values, models that know them."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

# How much two names must be alike, 0 to 1: less where the first letter is right, which people seldom get wrong.
_MIN_LIKENESS, _MIN_LIKENESS_SAME_START = 0.77, 0.7
_MAX_NAME = 20  # characters; nobody mistypes a longer one into one of ours


class Kind(StrEnum):
    """What a parameter takes."""

    FLAG = "flag"
    INTEGER = "integer"
    NUMBER = "number"
    RATIO = "ratio"
    CHOICE = "choice"
    LINKS = "links"
    CODES = "codes"
    TEXT = "text"


class Severity(StrEnum):
    """What a finding calls for."""

    ASK = "ask"
    NOTE = "note"


class Model(NamedTuple):
    """A model of Midjourney: the family, `v` or `niji`, and its version."""

    family: Literal["v", "niji"]
    version: str

    @override
    def __str__(self) -> str:
        return f"--{self.family} {self.version}"

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, which sort."""
        return tuple(int(number) for number in self.version.split("."))


class Use(BaseModel):
    """The models that know a parameter, and what it takes there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    v: str | None = None
    niji: str | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()

    def covers(self, model: Model) -> bool:
        """Whether the model is among these."""
        span = self.v if model.family == "v" else self.niji
        if span is None:
            return False
        first, dash, last = span.partition("-")
        if not dash:
            return model.version == span
        low, high = Model(model.family, first or "0"), Model(model.family, last)
        return low.order <= model.order and (not last or model.order <= high.order)


class Source(BaseModel):
    """A page that says what stands in the table, and the day on which it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    page: str
    read: date


class Spec(BaseModel):
    """One parameter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    source: str
    aliases: tuple[str, ...] = ()
    mistaken: tuple[str, ...] = ()
    kind: Kind
    optional: bool = False
    repeats: bool = False
    arbitrary: bool = False
    excludes: str = ""
    outside: Severity = Severity.ASK
    elsewhere: Severity = Severity.NOTE
    uses: tuple[Use, ...]
    beside: dict[str, Use] = {}

    @property
    def flag(self) -> str:
        """As it is written in a prompt."""
        return f"--{self.name}"

    @property
    def rivalry(self) -> str:
        """What it shares with all that cannot stand beside it: itself, and those that it excludes."""
        return self.excludes or self.name

    @cached_property
    def choices(self) -> frozenset[str]:
        """Every choice of any model."""
        return frozenset(choice for use in self.uses for choice in use.choices)

    def uses_with(self, model: Model | None) -> tuple[Use, ...]:
        """What it takes with a model; everything that it takes anywhere where the model is unknown or lacks it."""
        return tuple(use for use in self.uses if model and use.covers(model)) or self.uses

    def besides(self, others: Collection[str]) -> "Spec":
        """The same parameter, with the limits that it has beside others of the prompt."""
        uses = tuple(use for name, use in self.beside.items() if name in others)
        return self.model_copy(update={"uses": uses}) if uses else self


class Table(BaseModel):
    """All parameters and the versions of the models."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sources: dict[str, Source]
    foreign: frozenset[str]
    versions: dict[Literal["v", "niji"], tuple[str, ...]]
    weights: Use
    parameter: tuple[Spec, ...]

    @cached_property
    def specs_by_name(self) -> dict[str, Spec]:
        """By every name that is understood, in lower case."""
        return {name: spec for spec in self.parameter for name in (spec.name, *spec.aliases)}

    @cached_property
    def _guesses(self) -> dict[str, str]:
        return {name: name for name in self.specs_by_name} | {
            name: spec.name for spec in self.parameter for name in spec.mistaken
        }

    @cached_property
    def compounds(self) -> str:
        """A pattern of the names that have "_" or "-" in them; all others end before one."""
        names = {*self._guesses, *self.foreign}
        return "|".join(re.escape(name).replace("_", "[-_ ]") + "(?![a-z])" for name in names if "_" in name)

    def find(self, name: str) -> Spec | None:
        """The parameter of a name or alias, in any case."""
        return self.specs_by_name.get(name.lower())

    def is_foreign(self, name: str) -> bool:
        """Whether a name, in any case, means something to other programs only."""
        return _underscored(name) in self.foreign

    def nearest(
        self, name: str, others: Iterable[str] = (), *, fits: Callable[[Spec], bool] | None = None
    ) -> str | None:
        """The name that was probably meant, among ours and some others; None if none is near.

        Args:
            name: as it was typed.
            others: names beside those of the table.
            fits: whether a parameter could be meant at all, as by what stands behind the name.
        """
        name = _underscored(name)
        if len(name) > _MAX_NAME or self.is_foreign(name):
            return None
        guesses = {
            guess: meant for guess, meant in self._guesses.items() if fits is None or fits(self.specs_by_name[meant])
        } | {other: other for other in others}
        if name in guesses:
            return guesses[name]
        same_start = [guess for guess in guesses if guess[0] == name[0]]
        near = get_close_matches(name, same_start, n=1, cutoff=_MIN_LIKENESS_SAME_START)
        near = near or get_close_matches(name, guesses, n=1, cutoff=_MIN_LIKENESS)
        return guesses[near[0]] if near else None

    def is_newer(self, model: Model) -> bool:
        """Whether a model came after everything that the table knows, so that nothing in it is certain."""
        return model.order > max(Model(model.family, version).order for version in self.versions[model.family])


def _underscored(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")


# What switches a flag on or off in other programs.
SWITCHED_ON, SWITCHED_OFF = frozenset(("true", "yes", "on", "1")), frozenset(("false", "no", "off", "0"))
TABLE = Table.model_validate(tomllib.loads(Path(__file__).with_name("parameters.toml").read_text(encoding="utf-8")))
