"""Jobs that a relay sends back while it takes others."""

from collections import Counter
from dataclasses import dataclass, field

from bot.domain.job import Job, Wait

# How often a job may come back although others were taken since its last try: credit and key are the same for all, so
# that such a refusal is about the job itself; a full queue may have had bad luck with it.
MOST_RETURNS = {Wait.CREDIT: 1, Wait.KEY: 1, Wait.QUEUE_FULL: 5}


@dataclass(slots=True)
class _Returns:
    """How one job fared, by lane."""

    taken_before: dict[str, int] = field(default_factory=dict)  # how many had been taken at its last return
    times: Counter[str] = field(default_factory=Counter)
    unwanted: set[str] = field(default_factory=set)


class SentBack:
    """Counts how often each waiting job came back from each relay after others had been taken there."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()  # by lane
        self._returns: dict[str, _Returns] = {}  # by job

    def taken(self, job: Job) -> None:
        """A relay took a job."""
        self._taken[job.lane] += 1
        self.forget(job.id)

    def come_back(self, job: Job, wait: Wait | None = None) -> int:
        """A job came back; returns how often it has, after others had been taken meanwhile.

        Its relay is not tried with it again once that is as often as a `wait` allows.
        """
        returns, taken = self._returns.setdefault(job.id, _Returns()), self._taken[job.lane]
        returns.times[job.lane] += taken > returns.taken_before.get(job.lane, taken)
        returns.taken_before[job.lane] = taken
        times = returns.times[job.lane]
        if wait in MOST_RETURNS and times >= MOST_RETURNS[wait]:
            returns.unwanted.add(job.lane)
        return times

    def refuse(self, job: Job) -> None:
        """A relay does not offer what a job asks for."""
        self._returns.setdefault(job.id, _Returns()).unwanted.add(job.lane)

    def is_unwanted(self, job: Job, lane: str) -> bool:
        """Whether a job need not be sent there again."""
        return job.id in self._returns and lane in self._returns[job.id].unwanted

    def forget(self, job_id: str) -> None:
        """A job waits no more."""
        self._returns.pop(job_id, None)
