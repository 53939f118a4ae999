"""Jobs that the relay sends back while it takes others."""

from collections import Counter

from bot.domain.job import Job, Wait

# How often a job may come back although others were taken since its last try: credit and key are the same for all, so
# that such a refusal is about the job itself; a full queue may have had bad luck with it.
MOST_RETURNS = {Wait.CREDIT: 1, Wait.KEY: 1, Wait.QUEUE_FULL: 5}


class SentBack:
    """Counts how often each waiting job came back after others had been taken."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()  # by engine
        self._taken_before: dict[str, int] = {}  # by job: how many had been taken at its last return
        self._times: Counter[str] = Counter()

    def taken(self, job: Job) -> None:
        """The relay took a job."""
        self._taken[job.engine] += 1
        self.forget(job.id)

    def come_back(self, job: Job) -> int:
        """A job came back; returns how often it has, after others had been taken meanwhile."""
        taken = self._taken[job.engine]
        self._times[job.id] += taken > self._taken_before.get(job.id, taken)
        self._taken_before[job.id] = taken
        return self._times[job.id]

    def forget(self, job_id: str) -> None:
        """A job waits no more."""
        self._taken_before.pop(job_id, None)
        self._times.pop(job_id, None)
