"""The engines that the owner has switched on."""

from collections.abc import Mapping, Sequence

from bot.domain.engine import Engine
from bot.domain.job import Job, JobStatus
from bot.errors import UserError
from bot.language import _


class ActiveEngines:
    """Engines by name; one that is off has none."""

    def __init__(self, by_name: Mapping[str, Engine]) -> None:
        self._by_name = by_name

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @property
    def names(self) -> Sequence[str]:
        """The names of the engines that are on."""
        return tuple(self._by_name)

    def get(self, name: str) -> Engine:
        """The engine of that name.

        Raises:
            UserError: the owner switched it off.
        """
        if name not in self._by_name:
            raise UserError(
                _(
                    "{engine} is switched off here. This job is kept until it is on again.",
                    engine=name,
                )
            )
        return self._by_name[name]

    def is_engine_off(self, job: Job) -> bool:
        """Whether nothing can be done for a job because its engine is off."""
        is_at_relay = job.status is JobStatus.SUBMITTING and job.task_id is not None
        return job.engine not in self._by_name and (
            is_at_relay or job.status in (JobStatus.RECEIVED, JobStatus.RUNNING)
        )
