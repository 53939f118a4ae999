"""What members may spend and have running, and what a job costs."""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated

from pydantic import Field, field_validator

from bot.domain.budgets import Amounts, Period
from bot.domain.engine_info import OPERATIONS, OTHER_ENGINES
from bot.domain.requests import Mode
from bot.settings.section import AsJson, Listed, Section

# What prices can name. A test holds them against the requests and the kinds of buttons that there are.
FAMILIES = (
    *("pick", "variation", "reroll", "upscale", "vary", "region", "zoom", "custom_zoom", "pan", "animate"),
    *("describe_pick", "describe_all", "shorten_pick", "shorten_details", "bookmark", "other"),
)
PAINTED = tuple(info.operation_name(operation) for info in OTHER_ENGINES for operation in info.operations)
PRICED = (*OPERATIONS, "action", *(f"action.{family}" for family in FAMILIES))

# Of each one, or of one by its id; people have roles of several servers, so that a role has an id always.
_BUDGET = re.compile(r"(?:all|(?:member|channel|server)(?::\d+)?|role:\d+)/(?:day|week|month)", re.ASCII)


class LimitSettings(Section):
    """Speeds, jobs at once, units and prices."""

    allowed_modes: Annotated[frozenset[Mode], Listed] = Field(
        default=frozenset(Mode), description="Speeds that may be used, with commas."
    )
    max_running_per_member: int = Field(default=3, ge=1, description="Jobs of one member at the relay at once.")
    max_running: int = Field(default=50, ge=1, description="Jobs of all members at the relay at once.")
    max_waiting_per_member: int = Field(
        default=10, ge=1, description="Jobs of one member that may wait for a place; more are refused."
    )
    max_jobs_per_prompt: int = Field(
        default=4, ge=1, le=40, description="Jobs that one prompt with {a, b} or --repeat may start, 1 to 40."
    )
    max_jobs_per_batch: int = Field(
        default=40, ge=1, le=200, description="Jobs that one file of /batch may start, 1 to 200."
    )
    units_per_member_day: int | None = Field(
        default=None, ge=0, description="Units one member may spend in a day (UTC); empty = no limit."
    )
    units_per_day: int | None = Field(
        default=None, ge=0, description="Units all members may spend in a day (UTC); empty = no limit."
    )
    budgets: Annotated[dict[str, int], AsJson] = Field(
        default={},
        description='More limits of units as JSON: "member/week", "channel/day", "server/month", "all/month" for each'
        ' one of them, "role:ID/week", "channel:ID/day", "server:ID/month", "member:ID/day" for one alone; a day, week'
        " or month (UTC) each. 0 = nothing.",
    )
    prices: Annotated[dict[str, int], AsJson] = Field(
        default={"*": 1, "*/turbo": 2, "action.pick": 0, "action.shorten_details": 0},
        description='Units as JSON: "operation/mode", "operation", "*/mode" or "*", where an operation may be a kind of'
        ' button ("action.animate") or have a model ("fal.generate/MODEL", "fal.generate/MODEL@4K"); the most exact'
        " entry counts.",
    )
    stop_limit_s: float = Field(
        default=15.0, ge=0, le=60, description="Seconds to wait, when stopping, for paid requests on their way."
    )

    @field_validator("budgets")
    @classmethod
    def _known_budgets(cls, budgets: dict[str, int]) -> dict[str, int]:
        for name, units in budgets.items():
            if not _BUDGET.fullmatch(name):
                raise ValueError(f"has no budget “{name[:60]}”; .env.example lists them")
            if units < 0:
                raise ValueError("must be 0 or more in each entry")
        return budgets

    @field_validator("prices")
    @classmethod
    def _no_negative_price(cls, prices: dict[str, int]) -> dict[str, int]:
        if any(units < 0 for units in prices.values()):
            raise ValueError("must be 0 or more in each entry")
        return prices

    @field_validator("prices")
    @classmethod
    def _known_operations(cls, prices: dict[str, int]) -> dict[str, int]:
        for key in prices:
            name, _slash, rest = key.partition("/")
            has_model = name in PAINTED and rest
            if name not in {"*", *PRICED} or not (has_model or not _slash or rest in set(Mode)):
                raise ValueError(f"has no operation “{key[:60]}”; .env.example lists them")
        return prices

    @cached_property
    def named_budgets(self) -> Mapping[tuple[str, int | None], Amounts]:
        """The most units of each period, by what has them: a kind of scope, and the id of one alone."""
        found: dict[tuple[str, int | None], Amounts] = {}
        for name, most in self.budgets.items():
            what, _slash, period = name.partition("/")
            kind, _colon, named = what.partition(":")
            what_has_it = kind, int(named) if named else None
            found[what_has_it] = (*found.get(what_has_it, ()), (Period(period), most))
        return found

    def units(
        self, operation: str, mode: Mode, *, size: str = "", wider: Sequence[str] = (), listed: int | None = None
    ) -> int:
        """Return what one job costs, in units.

        Large letters are as good as small ones: gateways take models either way.

        Args:
            operation: the most exact name for it.
            mode: its speed.
            size: the resolution that is asked for, where there is one: "operation@size" is more exact still.
            wider: names that are less exact, the most exact one first.
            listed: what the engine's own table says; it counts where neither of the exact names has a price.
        """
        prices = {key.casefold(): price for key, price in self.prices.items()}
        sized = (f"{operation}@{size}".casefold(),) if size else ()
        names = (*sized, operation.casefold(), *wider, "*")
        keys = [key for name in names for key in (f"{name}/{mode}", name)]
        exact = keys[: 2 * (1 + len(sized))]
        found = next((prices[key] for key in exact if key in prices), listed)
        return next((prices[key] for key in keys if key in prices), 1) if found is None else found
