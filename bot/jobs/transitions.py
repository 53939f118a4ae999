"""The kernel: a job's status moves in the database and in the lists of `live_jobs` at the same time."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from bot.clock import Clock
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Place, Token
from bot.domain.outcomes import Failed, Finished, Working
from bot.domain.requests import Action, Mode
from bot.domain.rules import first_look_s, with_own_buttons, with_region
from bot.jobs.estimates import while_running
from bot.jobs.groups import Groups
from bot.jobs.inputs import Inputs
from bot.jobs.job_metrics import RUN, count_stage, tell_end
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.patient_writes import PatientWrites
from bot.jobs.preparation import Preparation
from bot.jobs.presenter import Presenter
from bot.storage.audit import Act
from bot.storage.jobs import JobStore
from bot.storage.shared_limits import Caps

logger = logging.getLogger(__name__)

DEADLINES_S = {Mode.TURBO: 15 * 60, Mode.FAST: 30 * 60, Mode.RELAX: 60 * 60}
MODAL_LIFE_S = 15 * 60.0
# How a job stands whose submit was on its way as another process took it over; nobody sends it again.
TAKEN_OVER = frozenset({JobStatus.SUBMITTING, JobStatus.UNCERTAIN})
FREE_ENDS = frozenset({JobStatus.REFUSED, JobStatus.FAILED, JobStatus.CANCELLED})
STOPPED = Failure(kind=FailureKind.STOPPED)


class Transitions:
    """What each turn in a job's life means, wherever it comes from.

    Every change is guarded by the status that is expected; whoever finds that a job had moved on gets None or False,
    and does nothing. Those that follow something that has happened outside (`save`, `write`, `accept`, `ask`, `end`,
    `on_finished`) are tried until the database takes them; `move_on` and `end_now` fail with it.
    """

    def __init__(
        self,
        store: JobStore,
        live: LiveJobs,
        groups: Groups,
        inputs: Inputs,
        preparation: Preparation,
        presenter: Presenter,
        clock: Clock,
    ) -> None:
        self._store = store
        self._live = live
        self._groups = groups
        self._inputs = inputs
        self._preparation = preparation
        self._presenter = presenter
        self._clock = clock
        self._patient = PatientWrites(store, clock)

    async def save(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """Write what a call to the relay came to; while the database refuses, it is held in memory and tried again."""
        saved = await self._patient.move(job, [job.status], status, **changes)
        if saved is None and job.status is JobStatus.SUBMITTING and status is not JobStatus.UNCERTAIN:
            return await self._save_late(job, status, changes)
        return saved

    async def _save_late(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """Tell what a paid call came to although another process took its job over, which could not know."""

        async def change() -> Job | None:
            now = await self._store.get(job.id)
            if now is None or now.status not in TAKEN_OVER or now.epoch == job.epoch:
                return None
            return await self._store.move(now, [now.status], status, **changes, **self._store.ownership.handed_on())

        return await self._patient.write(job, change, lambda now: now.status is status)

    async def write(
        self,
        job: Job,
        write: Callable[[], Awaitable[Job | None]],
        stands: Callable[[Job], bool] = lambda _now: True,
    ) -> Job | None:
        """Write something else as patiently; without `stands`, something that may be written twice.

        Raises:
            LimitReachedError: the change exceeds a limit.
        """
        return await self._patient.write(job, write, stands)

    async def move_on(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """Move a job towards a paid call; None when it had moved on, or was stopped, which ends it here."""
        moved = await self._store.move(job, [job.status], status, **changes)
        return None if moved is None or self.was_stopped(moved) else moved

    async def mark(
        self, job: Job, caps: Caps, changes: Mapping[str, object], most_of_relay: int | None = None
    ) -> Job | None:
        """Mark a job as submitted, as `move_on` does; `most_of_relay` are the units that its relay takes in a day.

        None also where another process goes on with it.

        Raises:
            NoRoomError: the relay has as many jobs as it may.
            LimitReachedError: the relay has as many units as it may.
        """
        if not self._store.ownership.is_ours(job):
            return None
        marked = await self._store.mark(job, caps, most_of_relay, **changes)
        return None if marked is None or self.was_stopped(marked) else marked

    def was_stopped(self, job: Job) -> bool:
        """Whether the database ended a job instead of moving it on, as its author had stopped it."""
        if job.status is not JobStatus.CANCELLED:
            return False
        self.on_ended(job)
        return True

    async def accept(self, job: Job, task_id: str, token: Token | None = None) -> bool:
        """Follow the relay's task of a job; False when the job had moved on."""
        logger.info("relay took job_id=%s task_id=%s", job.id, task_id)  # a trace, should the database refuse it
        changes: dict[str, object] = {
            "task_id": task_id,
            "submitted_at": self._clock.now(),
            "deadline_at": self._clock.after(DEADLINES_S[job.speed]),
            "failure": None,
            "told": True,
        } | ({"token": token} if token else {})
        running = await self.save(job, JobStatus.RUNNING, changes)
        if running is None:
            logger.error("accepted task without its job job_id=%s task_id=%s", job.id, task_id)
            return False
        if not self._store.ownership.is_ours(running):  # it hears of it, and follows the task
            return True
        self._live.deliveries.discard(running.id)
        self._live.running[running.id] = running
        self._live.look_history.begin(running, DEADLINES_S[running.speed])
        self._live.looks.put(running.id, self._clock.real(first_look_s(running)))
        if not running.stopped:
            self._presenter.show(running, while_running(running, Working(percent=0), self._live, self._clock))
        self._groups.changed(running.group_id)
        return True

    async def ask(self, job: Job, prefill: str) -> None:
        """Put the relay's question, with the text that it suggests, before the author; unanswered it lapses."""
        request = job.request
        if prefill and isinstance(request, Action) and request.answer is None:
            request = request.model_copy(update={"prompt": prefill})
        question = {
            "task_id": job.task_id,
            "deadline_at": self._clock.after(MODAL_LIFE_S),
            "told": False,
            "request": request,
        }
        asking = await self.save(job, JobStatus.AWAITING_INPUT, question)
        self._live.forget(job.id)
        if asking is not None and not self.was_stopped(asking):
            self._live.deliveries.schedule(asking, attempt=0)

    async def on_finished(self, job: Job, end: Finished | Failed) -> None:
        """Take in that the relay is done with a job."""
        if isinstance(end, Failed):
            await self._failed(job, end)
            return
        if end.result.is_empty:  # paid for, so that nothing invites to pay again
            await self.end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.EMPTY))
            return
        took_s = self._clock.elapsed_s(job.began_at)
        if job.status is JobStatus.SUBMITTING or self._live.look_history.saw_end(job):
            self._live.durations.note(job, took_s)
        result = end.result.model_copy(update={"took_s": took_s})
        result = with_region(with_own_buttons(job.request, result))
        posting = await self.save(job, JobStatus.POSTING, {"result": result})
        self._live.forget(job.id)
        if posting is not None:
            count_stage(posting, RUN, self._clock.real(took_s))
            self._live.deliveries.schedule(posting, attempt=0)

    async def _failed(self, job: Job, end: Failed) -> None:
        """Take in that nothing came of a task. Of one that was stopped on demand a part may have been charged."""
        if end.kind is not FailureKind.STOPPED:
            await self.end(job, JobStatus.FAILED, Failure(kind=end.kind, detail=end.reason))
        elif job.stopped:
            await self.end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.GIVEN_UP))
        else:
            await self.end(job, JobStatus.FAILED, Failure(kind=FailureKind.RELAY, detail=end.reason))

    async def end(self, job: Job, status: JobStatus, failure: Failure | None) -> bool:
        """End a job without a result and see to it that its author is told; False when it had moved on."""
        ended = await self.save(job, status, _as_ended(status, failure))
        if ended is not None:
            self.on_ended(ended)
        return ended is not None

    async def end_now(
        self, job: Job, expected: JobStatus, status: JobStatus, failure: Failure, act: Act | None = None
    ) -> bool:
        """End a job for somebody who waits for it, and who is told where the database refuses; see `JobStore.move`."""
        ended = await self._store.move(job, [expected], status, act, **_as_ended(status, failure))
        if ended is not None:
            self.on_ended(ended)
        return ended is not None

    def on_ended(self, job: Job, attempt: int = 0) -> None:
        """See to it that the author of a job that has ended is told; by its owner, if that is another process."""
        if not self._store.ownership.is_ours(job):
            return
        tell_end(job, self._clock)
        self._live.forget(job.id)
        self._preparation.stop(job.id)
        self._inputs.ended(job)
        self._groups.changed(job.group_id)
        self._live.deliveries.schedule(job, attempt=attempt)


def _as_ended(status: JobStatus, failure: Failure | None) -> dict[str, object]:
    # What may have been paid keeps its once-only button used up, unless somebody decides to pay again.
    freed: dict[str, object] = {"once_key": None} if status in FREE_ENDS else {}
    return {"failure": failure, "told": False} | freed


def moved_to(place: Place) -> dict[str, object]:
    """A job's new place as columns; what it replied to stays behind."""
    return {
        "place": place,
        "reply_to": None,
    }
