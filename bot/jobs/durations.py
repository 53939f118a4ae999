"""How long each relay's tasks take, learnt from those that were seen to end well."""

import json
import logging
from collections import deque
from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.job import Job
from bot.domain.requests import Mode
from bot.domain.rules import offer_of
from bot.storage.key_values import KeyValues

logger = logging.getLogger(__name__)

REMEMBERED = 30  # of each kind, the last ones: relays are slower in the evening than at noon
ENOUGH = 3  # of a kind, to expect anything of the next
KINDS = 500  # members may name models of their own
EARLY, LATE = 0.95, 1.15  # how far beyond the shortest and the longest that we know of the next may lie
NOTE = "durations"
KEPT_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class Expected:
    """When the next task of a kind is likely to end, in seconds after its submit."""

    typical_s: float
    earliest_s: float
    latest_s: float


class Durations:
    """The durations of the last tasks of each kind: one engine's, for one operation, in one mode.

    Of an engine at several relays they are remembered for each of them, and for all together.
    """

    def __init__(self) -> None:
        self._taken_s: dict[str, deque[float]] = {}
        self._expected: dict[str, Expected] = {}
        self._is_kept = True

    def expected(self, engine: str, operation: str, mode: Mode) -> Expected | None:
        """Say when a task is likely to end; None as long as too few of its kind were seen.

        Args:
            engine: the engine's name, or a lane.
            operation: what is asked for, as `offer_of` names it: the parts of "action" take very different times.
            mode: the speed, as `Job.speed` has it.
        """
        return self._of_kind(_kind(engine, operation, mode))

    def of(self, job: Job) -> Expected | None:
        """Say when a job's task is likely to end, as `expected` does."""
        return self._of_kind(kind_of(job))

    def _of_kind(self, kind: str) -> Expected | None:
        if kind not in self._expected and len(taken := self._taken_s.get(kind, ())) >= ENOUGH:
            ordered, odd = sorted(taken), len(taken) // 10  # few that were odd, on either side, say nothing
            self._expected[kind] = Expected(ordered[len(ordered) // 2], EARLY * ordered[odd], LATE * ordered[-1 - odd])
        return self._expected.get(kind)

    def note(self, job: Job, took_s: float) -> None:
        """Remember how long a job's task took, in seconds."""
        for lane in dict.fromkeys((job.lane, job.engine)):
            self._note(_kind(lane, offer_of(job.request), job.speed), took_s)
        self._is_kept = False

    def _note(self, kind: str, took_s: float) -> None:
        taken = self._taken_s.pop(kind, deque[float](maxlen=REMEMBERED))
        taken.append(round(took_s, 1))
        self._taken_s[kind] = taken  # the kind that was seen last stands last
        self._expected.pop(kind, None)
        if len(self._taken_s) > KINDS:
            oldest = next(iter(self._taken_s))
            del self._taken_s[oldest]
            self._expected.pop(oldest, None)

    async def recall(self, notes: KeyValues) -> None:
        """Remember what a process before this one has learnt."""
        kept: dict[str, list[float]] = json.loads(await notes.get(NOTE) or "{}")
        self._taken_s = {kind: deque(taken, maxlen=REMEMBERED) for kind, taken in kept.items()} | self._taken_s

    async def keep(self, notes: KeyValues) -> None:
        """Keep what was learnt, if there is anything new, for processes to come."""
        if not self._is_kept:
            self._is_kept = True
            await notes.set(NOTE, json.dumps({kind: list(taken) for kind, taken in self._taken_s.items()}))


async def keep_durations(durations: Durations, notes: KeyValues, clock: Clock) -> None:
    """Recall what was learnt before, and keep what is learnt now every few minutes, until cancelled."""
    keeping = durations.recall
    while True:
        try:
            await keeping(notes)
        except Exception:  # looks are less well timed without it, and that is all
            logger.exception("durations not kept")
        keeping = durations.keep
        await clock.sleep(KEPT_EVERY_S)


def kind_of(job: Job) -> str:
    """Name the kind of a job's task: jobs of one kind take about the same time."""
    return _kind(job.lane, offer_of(job.request), job.speed)


def _kind(engine: str, operation: str, mode: Mode) -> str:
    return f"{engine} {mode} {operation}"
