"""Hand-written other sides of the ports: a clock moved by hand, an engine and a presenter that do as they are told."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from typing_extensions import override

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Level, alert_key
from bot.domain.job import Group, GroupState, Job, JobStatus, Place
from bot.domain.outcomes import Accepted, Delivery, NoList, Observation, Posted, Search, SubmitOutcome, Told, Working
from bot.errors import PictureError
from bot.language import _
from bot.pictures.keys import PictureKind, job_of, kind_of
from bot.pictures.register import KeptPicture
from tests.support.makers import START, picture

PATIENCE_S = 60.0  # until a test gives up, which no machine may be too busy for


async def until(holds: Callable[[], object], limit_s: float = PATIENCE_S) -> None:
    """Let everything else work until something holds, for what happens behind threads and gives no sign."""
    async with asyncio.timeout(limit_s):
        while not holds():  # noqa: ASYNC110 - there is no event to wait for
            await asyncio.sleep(0.001)


@asynccontextmanager
async def at_work(loop: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run something without an end, meanwhile."""
    task = asyncio.create_task(loop, name="loop")
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


class ManualClock(Clock):
    """Time stands still until a test lets it pass; sleeping lets it pass at once."""

    def __init__(self, scale: float = 1.0) -> None:
        super().__init__(scale)
        self.passed_s = 0.0
        self.wrong_by_s = 0.0  # the clock on the wall; the monotonic one is always right
        self.slept: list[float] = []

    def pass_by(self, seconds: float) -> None:
        """Let real seconds go by."""
        self.passed_s += seconds

    @override
    def now(self) -> datetime:
        return START + timedelta(seconds=self.passed_s + self.wrong_by_s)

    @override
    def monotonic(self) -> float:
        return 5_000.0 + self.passed_s

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(self.real(seconds))
        await asyncio.sleep(0)


Answer = SubmitOutcome | Exception


class ScriptedEngine:
    """Answers submits in order (the last for ever), looks by job id, and remembers both."""

    name = "midjourney"
    looks_together = True

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.gate = asyncio.Event()  # submits wait here once a test has cleared it
        self.gate.set()
        self.arrived = asyncio.Event()  # set by the first submit
        self.submitted: list[Job] = []
        self.looked: list[list[str]] = []
        self.fetched: list[str] = []
        self.searched: list[str] = []
        self.cancelled: list[str] = []
        self.seeds_asked = 0
        self.knows_seeds = True
        self.finds: Search = NoList()
        self.sees: Callable[[Job], Observation] = lambda _job: Working(31)
        self.trouble: Exception | None = None

    async def submit(self, job: Job) -> SubmitOutcome:
        self.submitted.append(job)
        self.arrived.set()
        await self.gate.wait()
        if not self.answers:
            return Accepted(f"task-{len(self.submitted)}")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def fetch(self, job: Job) -> Observation:
        self.fetched.append(job.id)
        if self.trouble is not None:
            raise self.trouble
        return self.sees(job)

    async def find(self, job: Job) -> Search:
        self.searched.append(job.id)
        if self.trouble is not None:
            raise self.trouble
        return self.finds

    async def recognise(self, job: Job, task_id: str) -> Search:  # noqa: ARG002 - the port has it
        self.searched.append(task_id)
        return self.finds

    async def cancel(self, job: Job) -> None:
        self.cancelled.append(job.id)
        if self.trouble is not None:
            raise self.trouble

    async def seed(self, job: Job) -> str:
        self.seeds_asked += 1
        return f"seed of {job.id}" if self.knows_seeds else ""

    async def look(self, jobs: Sequence[Job]) -> Mapping[str, Observation]:
        self.looked.append([job.id for job in jobs])
        if self.trouble is not None:
            raise self.trouble
        return {job.id: self.sees(job) for job in jobs}


class RecordingAlerts:
    """Remembers what the owner is told: each trouble once until it is over, as the port has it."""

    def __init__(self) -> None:
        self.told: list[Alert] = []
        self.resolved: list[str] = []  # keys
        self._open: dict[str, Level] = {}

    @property
    def alerts(self) -> list[str]:
        return [str(alert.sentence) for alert in self.told]

    async def alert_owner(self, alert: Alert) -> None:
        known = self._open.get(alert.key)
        if alert.again_s is None:
            self._open[alert.key] = alert.level
        if known is None or alert.level.rank > known.rank:
            self.told.append(alert)

    async def resolve_alert(self, kind: AlertKind, subject: str = "") -> None:
        if self._open.pop(alert_key(kind, subject), None) is not None:
            self.resolved.append(alert_key(kind, subject))


class RecordingPresenter(RecordingAlerts):
    """Posts everything at once and remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[Job, Working]] = []
        self.posted: list[tuple[Job, int]] = []
        self.group_states: list[GroupState] = []
        self.told_groups: list[tuple[GroupState, int]] = []
        self.group_gate = asyncio.Event()  # groups' cards wait here once a test has cleared it
        self.group_gate.set()
        self.has_group_card = True
        self.lost_group_card: int | None = None
        self.group_trouble: Exception | None = None
        self.says: list[Delivery | Exception] = []  # answers to results, in order; then all are posted
        self.gate = asyncio.Event()  # posts wait here once a test has cleared it
        self.gate.set()

    def show(self, job: Job, working: Working) -> None:
        self.shown.append((job, working))

    async def upload_limit(self, place: Place) -> int:
        return place.upload_limit

    async def post(self, job: Job, attempt: int) -> Delivery:
        self.posted.append((job, attempt))
        await self.gate.wait()
        if job.status is not JobStatus.POSTING:
            return Told()
        answer = self.says.pop(0) if self.says else Posted(501)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def show_group(self, group_state: GroupState) -> bool:
        self.group_states.append(group_state)
        await self.group_gate.wait()
        if self.group_trouble is not None:
            raise self.group_trouble
        return self.has_group_card

    async def find_group(self, group: Group) -> int | None:  # noqa: ARG002 - the port has it
        return self.lost_group_card

    async def tell_group(self, group_state: GroupState, attempt: int) -> None:
        self.told_groups.append((group_state, attempt))


class ListedInMemory:
    """A table of kept pictures that is forgotten with the test."""

    def __init__(self) -> None:
        self.rows: dict[str, KeptPicture] = {}
        self.gone: set[str] = set()

    async def add(self, kept: Sequence[KeptPicture]) -> None:
        self.rows |= {one.key: one for one in kept}
        self.gone -= {one.key for one in kept}

    async def adopt(self, found: Sequence[KeptPicture]) -> int:
        new = [one for one in found if one.key not in self.rows]
        self.rows |= {one.key: one for one in new}
        return len(new)

    async def find(self, key: str) -> KeptPicture | None:
        return None if key in self.gone else self.rows.get(key)

    async def unlisted(self, keys: Iterable[str]) -> frozenset[str]:
        return frozenset(keys) - (self.rows.keys() - self.gone)

    async def inputs(self, among: Collection[str] | None = None) -> list[KeptPicture]:
        found = [
            one for one in self.rows.values() if kind_of(one.key) is not PictureKind.RESULT and one.key not in self.gone
        ]
        return sorted((one for one in found if among is None or one.key in among), key=lambda one: one.kept_at)

    async def input_bytes(self) -> int:
        return sum(one.size for one in await self.inputs())

    async def inputs_of(self, job_id: str) -> frozenset[str]:
        return frozenset(one.key for one in await self.inputs() if job_of(one.key) == job_id)

    async def older_than(self, moment: datetime) -> frozenset[str]:
        return frozenset(one.key for one in self.rows.values() if one.kept_at < moment)

    async def over(self, most: int, needed: Collection[str]) -> frozenset[str]:
        kept = sorted((one for one in self.rows.values() if one.key not in self.gone), key=lambda one: one.kept_at)
        too_many, found = sum(one.size for one in kept) - most, set[str]()
        for one in kept:
            if too_many > 0 and one.key not in needed:
                found.add(one.key)
                too_many -= one.size
        return frozenset(found)

    async def remove(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self.rows.pop(key, None)
            self.gone.discard(key)

    async def mark_removed(self, keys: Iterable[str]) -> None:
        self.gone |= set(keys) & set(self.rows)

    async def removed(self) -> frozenset[str]:
        return frozenset(self.gone)


class ShelfFetcher:
    """Addresses stand for bytes on a shelf; what is not there cannot be had."""

    def __init__(self) -> None:
        self.shelf = {"https://img.example.com/grid.png": picture()}
        self.fetched: list[str] = []
        self.trusted: set[str] = set()

    async def fetch(self, address: str, into: Path, *, limit: int = 100_000_000, is_trusted: bool) -> None:
        self.fetched.append(address)
        self.trusted |= {address} if is_trusted else set()
        data = self.shelf.get(address)
        if data is None or len(data) > limit:
            raise PictureError(_("The picture could not be downloaded. Please try again."))
        into.write_bytes(data)  # noqa: ASYNC240 - a few bytes


class ToldGuilds:
    """Servers as a test says; one of a list that is behind is in `really`, and none is told `in_an_outage`."""

    def __init__(self, *guilds: int) -> None:
        self.listed = set(guilds)
        self.really = set[int]()
        self.in_an_outage = False

    async def ids(self) -> frozenset[int]:
        return frozenset(self.listed)

    async def has(self, guild_id: int) -> bool:
        if self.in_an_outage:
            raise OSError("Discord is away")
        return guild_id in self.listed | self.really
