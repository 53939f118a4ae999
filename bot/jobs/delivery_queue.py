"""The jobs that owe somebody something, and how often that was tried."""

from datetime import datetime

from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.job import Job

LONGEST_PAUSE_S = 60.0


class DeliveryQueue(DelayQueue):
    """Job ids with the moment of their next try; a job's tries are counted until it is settled."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._attempts: dict[str, int] = {}
        self._owed_since: dict[str, float] = {}
        self.restored_until: datetime | None = None  # when the last job was made that came out of a backup

    def is_restored(self, job: Job) -> bool:
        """Whether a job came out of a backup, so that what came of it may have been posted since then."""
        return self.restored_until is not None and job.created_at <= self.restored_until

    def schedule(self, job: Job, *, attempt: int) -> None:
        """Deliver as soon as possible; `attempt` is 0 only if it is certain that nothing was tried before.

        That is never certain of a job that came out of a backup.
        """
        self._attempts[job.id] = max(attempt, 1) if self.is_restored(job) else attempt
        self._owed_since.setdefault(job.id, self._clock.monotonic())
        self.put(job.id)

    def pick_up(self, job_id: str) -> None:
        """Deliver what an earlier try, of this process or of one before, may have left undone."""
        if job_id not in self:
            self._attempts.setdefault(job_id, 1)
            self._owed_since.setdefault(job_id, self._clock.monotonic())
            self.put(job_id)

    def attempt(self, job_id: str) -> int:
        """How many tries a job has behind it."""
        return self._attempts.get(job_id, 0)

    def retry_later(self, job_id: str) -> None:
        """Try a job again, after a pause that doubles with each try, up to a minute."""
        attempt = self.attempt(job_id)
        self._attempts[job_id] = attempt + 1
        self.put(job_id, min(2.0 ** min(attempt, 6), LONGEST_PAUSE_S))

    def settle(self, job_id: str) -> None:
        """Forget the tries of a job that owes nothing any more."""
        self._attempts.pop(job_id, None)
        self._owed_since.pop(job_id, None)

    def owed_for_s(self, job_id: str) -> float:
        """For how many real seconds a job has been in debt here."""
        now = self._clock.monotonic()
        return now - self._owed_since.get(job_id, now)

    def oldest_s(self) -> float:
        """For how many real seconds the first of them has been."""
        now = self._clock.monotonic()
        return now - min(self._owed_since.values(), default=now)
