"""What was broken off or given up: jobs are taken up after a start, and those of unknown outcome looked up."""

import logging

from bot.clock import Clock
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Token
from bot.domain.outcomes import Found, NoList, NotListed, Search, Working
from bot.domain.requests import Action
from bot.errors import RelayError, UserError
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.bans import Bans
from bot.jobs.groups import Groups
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.jobs.presenter import Presenter
from bot.jobs.rulebook import Rulebook
from bot.jobs.transitions import STOPPED, Transitions
from bot.language import _
from bot.storage import restored
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

CLAIMED_AT_START, CLAIMED_AT_ONCE = 20_000, 200
RELAY_GONE = _(
    "The relay that worked on this is not in use here any more, so nobody can fetch the picture. It may have been"
    " charged. Press Look again once the owner has put the relay back."
)
LOOK_UP_FOR_S, LOOK_UP_EVERY_S = 75.0, 10.0  # a gateway takes up to 60 s for a submit that we gave up on


class Recovery:
    """Puts jobs back where they belong; nothing that may have been paid is sent again."""

    def __init__(
        self,
        store: JobStore,
        engines: ActiveEngines,
        live: LiveJobs,
        transitions: Transitions,
        groups: Groups,
        moderation: Moderation,
        rulebook: Rulebook,
        bans: Bans,
        presenter: Presenter,
        clock: Clock,
    ) -> None:
        self._store = store
        self._engines = engines
        self._live = live
        self._transitions = transitions
        self._groups = groups
        self._moderation = moderation
        self._rulebook = rulebook
        self._bans = bans
        self._presenter = presenter
        self._clock = clock

    async def resume(self) -> None:
        """Pick up every unfinished job after a start that no other process works on."""
        self._live.deliveries.restored_until = await restored.take_in(self._store.database)
        await self._moderation.load()
        await self._rulebook.load()
        await self._bans.load()
        while len((await self._store.ownership.claim(CLAIMED_AT_START)).job_ids) == CLAIMED_AT_START:
            pass
        await self._groups.load()
        for job in await self._store.unfinished():
            if self._engines.is_engine_off(job):
                logger.warning("job is kept until its engine is on job_id=%s engine=%s", job.id, job.engine)
            elif self._engines.is_relay_gone(job):
                logger.warning("RELAYS names the relay of a job no more job_id=%s relay=%s", job.id, job.relay)
            await self.pick_up(job)

    async def take_over(self) -> int:
        """Pick up jobs of processes that are gone; returns how many, at most `CLAIMED_AT_ONCE`."""
        claimed = await self._store.ownership.claim(CLAIMED_AT_ONCE)
        for group in claimed.groups:
            self._groups.pick_up(group)
        jobs = await self._store.of_ids(claimed.job_ids)
        for job in sorted(jobs, key=lambda job: job.created_at):
            await self.pick_up(job)
        return len(jobs)

    async def pick_up(self, job: Job) -> None:
        """Put a job that stands in no list where it belongs; what may have been sent is not sent again."""
        if self._engines.is_engine_off(job):
            return
        match job.status:
            case JobStatus.RECEIVED | JobStatus.AWAITING_INPUT if job.stopped:
                await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)
            case JobStatus.RECEIVED if not self.may_start(job):
                await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)
            case JobStatus.RECEIVED:
                self._live.enqueue(job)
            case JobStatus.SUBMITTING | JobStatus.RUNNING if job.task_id and self._engines.is_relay_gone(job):
                failure = Failure(kind=FailureKind.RULE, detail=RELAY_GONE.render(job.actor.locale))
                await self._transitions.end(job, JobStatus.EXPIRED, failure)
            case JobStatus.SUBMITTING if job.task_id is not None:
                # The answer to a modal was on its way: the task itself tells whether it arrived.
                await self._transitions.accept(job, job.task_id)
            case JobStatus.SUBMITTING if isinstance(job.request, Action) and job.request.original:
                # Nothing was paid: its picture was being fetched, and the relay is asked only once that is given up.
                back = await self._transitions.save(job, JobStatus.RECEIVED, {"submitted_at": None})
                if back is not None and not self._transitions.was_stopped(back):
                    self._live.enqueue(back)
            case JobStatus.SUBMITTING:
                await self._transitions.end(job, JobStatus.UNCERTAIN, None)  # looked up before its author is told
            case JobStatus.RUNNING:
                self._live.running[job.id] = job
                self._live.looks.put(job.id)
                if job.stopped:  # its card may not have got to say so
                    self._presenter.show(job, Working())
            case _:
                # Somebody may have got far with it: traces are searched before anything is posted again.
                self._live.deliveries.pick_up(job.id)

    def may_start(self, job: Job) -> bool:
        """Whether people can see that a job is there, by its own card or its group's, and its pictures are ready."""
        return (job.card_id is not None or self._groups.is_open(job.group_id)) and not job.lacks_pictures

    async def recover(self, job: Job) -> bool:
        """Look a job of unknown outcome up at the relay; True when there is nothing to tell (yet).

        A relay may charge a submit late whose answer was lost: it is asked again.
        """
        if not self._engines.has(job):
            return False
        found = await self._search(job)
        if isinstance(found, Found):
            return await self._transitions.accept(job, found.task_id)
        age_s = self._clock.elapsed_s(job.began_at)
        if isinstance(found, NotListed) and 0 <= age_s < LOOK_UP_FOR_S:
            self._live.deliveries.put(job.id, self._clock.real(LOOK_UP_EVERY_S))
            return True
        return False

    async def _search(self, job: Job) -> Search:
        """A job of unknown outcome in the relay's recent tasks."""
        try:
            return await self._engines.get(job.lane).find(job)
        except RelayError as exc:
            logger.info("recent tasks not read job_id=%s reason=%s", job.id, exc)
            return NotListed()

    async def retry_recovery(self, job: Job, token: Token | None) -> bool:
        """Look after a job that was given up: timed out, or of unknown outcome; returns whether it runs.

        The token of a press reaches the card, which can change again from here on.

        Raises:
            UserError: it is neither, its engine is off, or nobody can look.
        """
        self._engines.get(job.lane)
        match job.status:
            case JobStatus.EXPIRED if job.task_id is not None and not _is_unanswered(job):
                return await self._transitions.accept(job, job.task_id, token)
            case JobStatus.UNCERTAIN:
                if token is not None:
                    await self._store.refresh_token(job.id, token)
                return await self._searched_again(job)
            case _:
                raise UserError(_("There is nothing left to check."))

    async def _searched_again(self, job: Job) -> bool:
        try:
            found = await self._engines.get(job.lane).find(job)
        except RelayError as exc:
            logger.info("recent tasks not read job_id=%s reason=%s", job.id, exc)
            raise UserError(_("The relay cannot be read right now. Please look again later.")) from exc
        if isinstance(found, NoList):
            raise UserError(
                _(
                    "This relay has no list of recent tasks, so nothing can be looked up. The owner may find it at the "
                    "relay."
                )
            )
        return isinstance(found, Found) and await self._transitions.accept(job, found.task_id)

    async def on_callback(self, job_id: str, task_id: str) -> None:
        """Somebody says that a job's task has changed: look at it now, and believe only what is seen.

        For a job of unknown outcome the named task is a candidate, taken only if it carries the job's id.
        """
        if job_id in self._live.running:
            self._live.looks.put(job_id)
            return
        job = await self._store.get(job_id) if task_id else None
        if job is not None and job.status is JobStatus.RUNNING:
            await self._store.ownership.touch(job)
        if job is None or job.status is not JobStatus.UNCERTAIN or not self._engines.has(job):
            return
        try:
            found = await self._engines.get(job.lane).recognise(job, task_id)
        except RelayError as exc:
            logger.info("candidate not looked at job_id=%s reason=%s", job.id, exc)
            return
        if isinstance(found, Found):
            await self._transitions.accept(job, found.task_id)

    async def expire_question(self, job: Job) -> None:
        """End a question that nobody answered in time."""
        await self._transitions.end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.UNANSWERED))


def _is_unanswered(job: Job) -> bool:
    """Whether the relay's question lapsed: its task was never begun, and its units were given back."""
    return job.failure is not None and job.failure.kind is FailureKind.UNANSWERED
