"""Running jobs: what a look at the relay's task means for each."""

import logging
from dataclasses import replace
from typing import assert_never

from bot.clock import Clock
from bot.domain.alerts import Alert, AlertKind, Level
from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.outcomes import Asks, Failed, Finished, Missing, Observation, Succeeded, Unread, Working
from bot.domain.requests import Action
from bot.domain.rules import has_answer
from bot.errors import RelayError
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.estimates import while_running
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.presenter import Presenter
from bot.jobs.reviews import Reviews
from bot.jobs.transitions import STOPPED, Transitions
from bot.language import _

logger = logging.getLogger(__name__)

STALE_S = 60.0  # how old a gateway's copy of a task may be


class Tracking:
    """Advances running jobs by what was seen of them."""

    def __init__(
        self,
        engines: ActiveEngines,
        live: LiveJobs,
        transitions: Transitions,
        reviews: Reviews,
        presenter: Presenter,
        clock: Clock,
    ) -> None:
        self._engines = engines
        self._live = live
        self._history = live.look_history
        self._transitions = transitions
        self._reviews = reviews
        self._presenter = presenter
        self._clock = clock

    async def advance(self, job: Job, observation: Observation) -> bool:
        """Take in one look at a running job; returns whether it must be looked at again."""
        current = self._live.running.get(job.id)
        if current is None:
            return False
        job = current  # it may have been stopped while the look was on its way
        await self._note(job, observation)
        match observation:
            case Working() if job.stopped:
                await self._stop_at_relay(job)
            case Working():
                self._show(job, observation)
            case Succeeded(result=result, settled=settled, lacks_film=lacks_film):
                has_waited = self._history.note_unsettled(job, lacks_film=lacks_film)
                if not settled and not has_waited:
                    return True
                await self._transitions.on_finished(job, Finished(result))
                return False
            case Failed():
                await self._transitions.on_finished(job, observation)
                return False
            case Asks(prefill=prefill):
                return await self._found_asking(job, prefill)
            case Missing():
                if self._history.note_missing(job):
                    return await self._ask_singly(job)
            case Unread():
                await self._not_seen(job)
            case _:
                assert_never(observation)
        if self._history.is_overdue(job):
            await self._transitions.end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.EXPIRED))
            return False
        return True

    def _show(self, job: Job, working: Working) -> None:
        """Show how far a job is; of what moderators look at first nobody sees a preview."""
        if self._reviews.applies(job.actor, job.place):
            working = replace(working, preview_url="")
        self._presenter.show(job, while_running(job, working, self._live, self._clock))

    async def _note(self, job: Job, observation: Observation) -> None:
        """Remember what looks in a row come to."""
        if not isinstance(observation, Unread):
            self._history.note_read(job)
            await self._presenter.resolve_alert(AlertKind.UNREADABLE, job.lane)
            if not isinstance(observation, Missing):
                self._history.note_found(job)
        if isinstance(observation, Working):
            self._history.note_working(job)

    async def _not_seen(self, job: Job) -> None:
        """A look failed: after a while the card says so, and the owner is told once when no look comes off at all."""
        if self._history.note_unread(job) and not job.stopped:
            self._presenter.show(job, Working(is_unread=True))
        if self._history.is_news(job.lane):
            sentence = _(
                "The relay's tasks for {engine} cannot be read, so running jobs are not followed and end at their "
                "deadline. Its answers are in the log.",
                engine=job.lane,
            )
            await self._presenter.alert_owner(Alert(AlertKind.UNREADABLE, Level.CRITICAL, sentence, job.lane))

    async def _stop_at_relay(self, job: Job) -> None:
        """Ask once for the task of a stopped job to be stopped, too; it is followed to its end all the same."""
        if not self._history.note_stopping(job):
            return
        try:
            await self._engines.get(job.lane).cancel(job)
        except RelayError as exc:
            logger.info("task not stopped job_id=%s reason=%s", job.id, exc)

    async def _ask_singly(self, job: Job) -> bool:
        """Lists leave tasks out for reasons of their own: only a look at the task itself can end it."""
        try:
            observation = await self._engines.get(job.lane).fetch(job)
        except RelayError as exc:
            logger.info("missing task not looked at job_id=%s reason=%s", job.id, exc)
            observation = Unread()
        if isinstance(observation, Missing):
            await self._transitions.end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.LOST))
            return False
        return await self.advance(job, observation)

    async def _found_asking(self, job: Job, prefill: str) -> bool:
        """A task stands in a modal although its submit looked plain: some gateways hide the question."""
        request = job.request
        is_answered = isinstance(request, Action) and request.is_answered
        if is_answered and self._clock.elapsed_s(job.began_at) < STALE_S:
            return True  # the gateway's copy may be older than our answer, which may have been charged
        if job.stopped:  # a question that nobody answers costs nothing
            await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)
            return False
        if isinstance(request, Action) and not is_answered and has_answer(request):
            received = await self._transitions.move_on(job, JobStatus.RECEIVED, {})
            self._live.forget(job.id)
            if received is not None:
                self._live.enqueue(received)
            return False
        await self._transitions.ask(job, prefill)
        return False
