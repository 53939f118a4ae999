"""The engines that the owner has switched on, at each of their relays."""

from collections import Counter
from collections.abc import Mapping, Sequence

from bot.domain.engine import Engine
from bot.domain.job import Job, JobStatus
from bot.domain.lanes import engine_of_lane, relay_of_lane
from bot.errors import UserError
from bot.language import _


class ActiveEngines:
    """Engines by their lanes, and of those at several relays the first by its name alone; one that is off has none."""

    def __init__(self, by_name: Mapping[str, Engine]) -> None:
        self._by_name = by_name
        self._used = dict(by_name)  # what was begun goes on where its engine is switched off meanwhile

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> Sequence[str]:
        """The names of the engines that are on."""
        return tuple(name for name in self._by_name if "@" not in name)

    @property
    def followed(self) -> frozenset[str]:
        """The names of the engines whose jobs are followed: those that are on, and were at any time since the start."""
        return frozenset(map(engine_of_lane, (*self._by_name, *self._used)))

    @property
    def lanes(self) -> Mapping[str, int]:
        """All lanes that new jobs may come into, each with how many its engine has."""
        several = Counter(engine_of_lane(lane) for lane in self._by_name if "@" in lane)
        return {lane: several[engine_of_lane(lane)] or 1 for lane in self._by_name if "@" in lane or not several[lane]}

    def relays_of(self, engine: str) -> tuple[str, ...]:
        """The names of the relays that an engine is at, in the owner's order; one without a name is the only one."""
        named = tuple(relay_of_lane(lane) for lane in self._by_name if lane.startswith(f"{engine}@"))
        return named or ("",)

    def get(self, lane: str) -> Engine:
        """The engine of a lane, or of that name; also one that was on before, for what was begun.

        Raises:
            UserError: the owner switched it off, or took its relay away.
        """
        if lane in self._by_name:
            self._used[lane] = self._by_name[lane]
        if lane in self._used:
            return self._used[lane]
        engine, _at, relay = lane.partition("@")
        if engine in self._by_name:
            raise UserError(
                _("The relay “{relay}” that this job was sent to is not in use here any more.", relay=relay)
            )
        raise UserError(
            _(
                "{engine} is switched off here. This job is kept until it is on again.",
                engine=engine,
            )
        )

    def has(self, job: Job) -> bool:
        """Whether a job's engine is on at its relay."""
        return job.lane in self._by_name

    def is_engine_off(self, job: Job) -> bool:
        """Whether nothing can be done for a job because its engine is off."""
        is_at_relay = job.status is JobStatus.SUBMITTING and job.task_id is not None
        return job.engine not in self._by_name and (
            is_at_relay or job.status in (JobStatus.RECEIVED, JobStatus.RUNNING)
        )

    def is_relay_gone(self, job: Job) -> bool:
        """Whether a job's engine is on, but not at the relay that has its task."""
        return job.engine in self._by_name and not self.has(job)
