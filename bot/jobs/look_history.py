"""What looks at running jobs have come to so far, and when the time of each is over."""

from bot.clock import Clock
from bot.domain.job import Job

UNREAD_FOR_S = 60.0  # a job's card says so when looks at it have failed for so long
BLIND_FOR_S = 180.0  # the owner is told when no look at a lane's jobs has come off for so long
MISSING_FOR_S = 120.0  # some relays know a task only a while after its submit
UNSETTLED_FOR_S = 15.0  # common gateways refresh their copy so often: what a success lacks comes with the next one
END_KNOWN_WITHIN_S = 20.0  # looks that are further apart do not tell when a task has ended
FILM_FOR_S = 300.0  # a film is made after the task's own success, and then copied to where it is fetched


class LookHistory:
    """Remembers of each job since when looks at it failed, missed its task or saw an incomplete success."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._unread_since: dict[str, float] = {}  # by job
        self._missing_since: dict[str, float] = {}
        self._unsettled_since: dict[str, float] = {}
        self._ends_at: dict[str, float] = {}
        self._working_at: dict[str, float] = {}
        self._blind_since: dict[str, float] = {}  # by lane
        self._told: set[str] = set()
        self._stopping: set[str] = set()  # jobs whose tasks the relay was asked to stop

    def begin(self, job: Job, life_s: float) -> None:
        """Note that a job has begun to run, for `life_s` seconds at most."""
        self._working_at[job.id] = now = self._clock.monotonic()
        self._ends_at[job.id] = now + self._clock.real(life_s)

    def is_overdue(self, job: Job) -> bool:
        """Whether a running job's time is over; a clock that is set anew changes nothing for jobs that we know."""
        now = self._clock.monotonic()
        rest_s = ((job.deadline_at or job.created_at) - self._clock.now()).total_seconds()
        return job.deadline_at is not None and now > self._ends_at.setdefault(job.id, now + rest_s)

    def note_read(self, job: Job) -> None:
        """Note that a look at a job came off, whatever it showed."""
        self._unread_since.pop(job.id, None)
        self._blind_since.pop(job.lane, None)
        self._told.discard(job.lane)

    def note_found(self, job: Job) -> None:
        """Note that a look showed a job's task."""
        self._missing_since.pop(job.id, None)

    def note_working(self, job: Job) -> None:
        """Note that a job's task still goes on."""
        self._unsettled_since.pop(job.id, None)
        self._working_at[job.id] = self._clock.monotonic()

    def saw_end(self, job: Job) -> bool:
        """Whether a job's task, which is over now, was not yet over only a short while ago."""
        since = self._working_at.get(job.id)
        limit_s = self._clock.real(END_KNOWN_WITHIN_S)
        return since is not None and self._clock.monotonic() - since <= limit_s

    def note_unread(self, job: Job) -> bool:
        """Note that a look at a job failed; returns whether that has gone on for so long that people should know."""
        now = self._clock.monotonic()
        self._blind_since.setdefault(job.lane, now)
        return now - self._unread_since.setdefault(job.id, now) >= self._clock.real(UNREAD_FOR_S)

    def note_missing(self, job: Job) -> bool:
        """Note that a list left a job's task out; returns whether that has gone on for so long that it may be lost."""
        now = self._clock.monotonic()
        return now - self._missing_since.setdefault(job.id, now) > self._clock.real(MISSING_FOR_S)

    def note_unsettled(self, job: Job, *, lacks_film: bool = False) -> bool:
        """Note that a success may lack something; returns whether it has lacked it too long for more to come."""
        now, patience_s = self._clock.monotonic(), FILM_FOR_S if lacks_film else UNSETTLED_FOR_S
        return now - self._unsettled_since.setdefault(job.id, now) >= self._clock.real(patience_s)

    def note_stopping(self, job: Job) -> bool:
        """Note that a stopped job's task still goes on; returns whether the relay is to be asked to stop it."""
        is_first = job.id not in self._stopping
        self._stopping.add(job.id)
        return is_first

    def is_news(self, lane: str) -> bool:
        """Whether no look at a lane's jobs has come off for long, which is told once."""
        since = self._blind_since.get(lane)
        if since is None or lane in self._told or self._clock.monotonic() - since < self._clock.real(BLIND_FOR_S):
            return False
        self._told.add(lane)
        return True

    def forget(self, job_id: str) -> None:
        """Forget a job that is over."""
        for kept in (self._unread_since, self._missing_since, self._unsettled_since, self._ends_at, self._working_at):
            kept.pop(job_id, None)
        self._stopping.discard(job_id)
