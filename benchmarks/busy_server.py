"""A busy server: its rules, its owner's budgets, and a relay that keeps books of its own."""

import math
import random

from typing_extensions import override

from bot.domain.job import Failure, FailureKind, Job
from bot.domain.outcomes import Accepted, Failed, Finished, Found, Refused, Search, SubmitOutcome, Uncertain, Working
from bot.domain.requests import Mode
from bot.domain.server_rules import Key
from tests.support.makers import make_result
from tests.support.ports import RecordingPresenter, ScriptedEngine

GUILD = 201
CHANNELS, ROLES = range(301, 309), range(501, 507)
FAST_ROLE = ROLES[0]  # who may ask for turbo
PERIODS = {"day": 1.0, "week": 6.0, "month": 25.0}  # how much of what comes in on a day each lets through, about


class ChargingRelay(ScriptedEngine):
    """A relay with books of its own: what it took for each job, by the id that it was sent."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.charges: dict[str, int] = {}
        self._chance = chance

    @override
    async def submit(self, job: Job) -> SubmitOutcome:
        """Refuse one in thirty, fail one in thirty, which costs nothing, and lose one answer in thirty."""
        fate = self._chance.randrange(30)
        if fate == 0:
            return Refused(Failure(kind=FailureKind.BANNED, detail="gore"))
        if fate == 1:
            return Failed("no capacity")
        self.charges[job.id] = 2 if job.mode is Mode.TURBO else 1
        match fate:
            case 2:
                return Uncertain("connection reset")
            case 3 | 4 | 5:
                return Accepted(f"task of {job.id}")
            case _:
                return Finished(make_result())

    @override
    async def find(self, job: Job) -> Search:
        """Tell of a task whose answer was lost."""
        return Found(f"task of {job.id}")


class Silent(RecordingPresenter):
    """Shows nothing and remembers nothing."""

    @override
    def show(self, job: Job, working: Working) -> None:
        """Show nothing."""


def rules(units_a_day: float) -> dict[Key, object]:
    """The rules of the server: words, speeds, and budgets of all, of each channel, of each role, and of each member."""
    found: dict[Key, object] = {
        Key("server", "words"): ["gore", "/blood(y|ied)?/"],
        Key("server", f"only.mode.{Mode.TURBO}"): [FAST_ROLE],
    }
    for period, times in PERIODS.items():
        units = units_a_day * times
        found[Key("server", f"units.{period}")] = math.ceil(units * 1.5)
        found[Key("server", f"member.{period}")] = math.ceil(units / 70)
        found |= {Key(f"channel:{one}", f"units.{period}"): math.ceil(units / len(CHANNELS) * 1.5) for one in CHANNELS}
        found |= {Key(f"role:{one}", f"units.{period}"): math.ceil(units * 0.95) for one in ROLES}
        found |= {Key(f"role:{one}", f"member.{period}"): math.ceil(units / 60) for one in ROLES}
    return found


def owners_budgets(units_a_day: float) -> dict[str, int]:
    """The owner's budgets, of all five scopes for a day, a week and a month."""
    shares = {"member": 1 / 60, "channel": 0.2, "server": 1.45, "all": 1.45} | {f"role:{one}": 0.9 for one in ROLES}
    return {
        f"{scope}/{period}": math.ceil(units_a_day * times * part)
        for period, times in PERIODS.items()
        for scope, part in shares.items()
    }
