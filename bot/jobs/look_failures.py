"""Since when running jobs, and all jobs of an engine, could not be looked at."""

from bot.clock import Clock
from bot.domain.job import Job

UNREAD_FOR_S = 60.0  # a job's card says so when looks at it have failed for so long
BLIND_FOR_S = 180.0  # the owner is told when no look at an engine's jobs has come off for so long


class LookFailures:
    """Remembers failed looks until one comes off."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unread_since: dict[str, float] = {}  # by job
        self._blind_since: dict[str, float] = {}  # by engine
        self._told: set[str] = set()

    def seen(self, job: Job) -> None:
        """A look at a job came off."""
        self._unread_since.pop(job.id, None)
        self._blind_since.pop(job.engine, None)
        self._told.discard(job.engine)

    def unseen(self, job: Job) -> bool:
        """A look at a job failed; returns whether that has gone on for so long that people should know."""
        now = self._clock.monotonic()
        self._blind_since.setdefault(job.engine, now)
        return now - self._unread_since.setdefault(job.id, now) >= self._clock.real(UNREAD_FOR_S)

    def is_news(self, engine: str) -> bool:
        """Whether no look at an engine's jobs has come off for long, which is told once."""
        since = self._blind_since.get(engine)
        if since is None or engine in self._told or self._clock.monotonic() - since < self._clock.real(BLIND_FOR_S):
            return False
        self._told.add(engine)
        return True

    def forget(self, job_id: str) -> None:
        """A job is over."""
        self._unread_since.pop(job_id, None)
