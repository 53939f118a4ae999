"""Deliver results and end notices, with retries; the pictures of a result are fetched first."""

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

from bot.clock import Clock
from bot.domain.job import ENDED, Job, JobStatus, Place, Result, ResultImage, Token
from bot.domain.outcomes import NoPlace, Posted, Told
from bot.domain.upload_limits import FILES_LIMIT, limit_of_each
from bot.errors import PictureError, VaultError
from bot.jobs.delivery_queue import DeliveryQueue
from bot.jobs.flagged import FlaggedResults
from bot.jobs.groups import Groups
from bot.jobs.inputs import Inputs
from bot.jobs.job_metrics import POST, count_stage, tell_end
from bot.jobs.patient_writes import PatientWrites
from bot.jobs.presenter import Presenter
from bot.jobs.reviews import Reviews
from bot.jobs.stages import Lane, Stage, first_lane, last_lane, missing_shots, shots_of
from bot.jobs.transitions import moved_to
from bot.pictures.folder import Pictures
from bot.pictures.origins import origin_of
from bot.storage.jobs import JobStore

logger = logging.getLogger(__name__)

PICTURE_TRIES = 4
NOT_OVER = frozenset({JobStatus.RECEIVED, JobStatus.SUBMITTING, JobStatus.RUNNING})


class _NotYetError(Exception):
    """A step has to be tried again, for a reason that is known."""


class Deliveries:
    """Jobs that owe somebody something, in `due` by their ids; each is tried until it is settled."""

    def __init__(
        self,
        store: JobStore,
        queue: DeliveryQueue,
        groups: Groups,
        inputs: Inputs,
        reviews: Reviews,
        pictures: Pictures,
        presenter: Presenter,
        flagged: FlaggedResults,
        clock: Clock,
        *,
        recover: Callable[[Job], Awaitable[bool]],
        expire_question: Callable[[Job], Awaitable[None]],
    ) -> None:
        """`recover` looks a job of unknown outcome up, and is True when there is nothing to tell (yet).

        `expire_question` ends a question that nobody answered in time.
        """
        self.due = queue
        self._store = store
        self._groups = groups
        self._inputs = inputs
        self._reviews = reviews
        self._pictures = pictures
        self._presenter = presenter
        self._flagged = flagged
        self._clock = clock
        self._recover = recover
        self._expire_question = expire_question
        self._patient = PatientWrites(store, clock)

    async def lanes(self, job_ids: Collection[str]) -> Mapping[str, Lane]:
        """Where each of these jobs waits for the first step of what it still owes; some owe nothing any more."""
        try:
            jobs = await self._store.of_ids(job_ids)
        except Exception:
            logger.exception("deliveries not read count=%d", len(job_ids))
            for job_id in job_ids:
                self.due.retry_later(job_id)
            return {}
        jobs = [job for job in jobs if self._is_owed(job)]
        for job_id in set(job_ids) - {job.id for job in jobs}:
            self.due.settle(job_id)
        return {job.id: first_lane(job, wants_pictures=self.due.attempt(job.id) <= PICTURE_TRIES) for job in jobs}

    def _is_owed(self, job: Job) -> bool:
        """Whether this process owes somebody something for a job."""
        return not _owes_nothing(job) and self._store.ownership.is_ours(job)

    async def step(self, job_id: str, lane: Lane) -> Lane | None:
        """Take a job's next step, as far as its lane goes.

        Returns:
            The lane of the step after that; None when the job is settled, or comes back to `due` by itself.
        """
        attempt = self.due.attempt(job_id)
        try:
            job = await self._store.get(job_id)
            after = None if job is None or not self._is_owed(job) else await self._step(job, lane, attempt)
        except (_NotYetError, VaultError):
            self.due.retry_later(job_id)
        except Exception:  # one job's trouble must never stop the others; it is tried again, later and later
            logger.exception("delivery failed job_id=%s attempt=%d", job_id, attempt)
            self.due.retry_later(job_id)
        else:
            if after is None:
                self.due.settle(job_id)
            return after
        return None

    async def deliver(self, job_id: str) -> None:
        """Make one try at all that a job still owes: its picture, its message, its bad news."""
        lane = (await self.lanes([job_id])).get(job_id)
        while lane is not None:
            lane = await self.step(job_id, lane)

    async def _step(self, job: Job, lane: Lane, attempt: int) -> Lane | None:
        if job.status is JobStatus.AWAITING_INPUT and job.told:
            await self._expire_when_due(job)
            return None
        if lane.stage is Stage.LOOK_UP:
            is_found = job.status is JobStatus.UNCERTAIN and await self._recover(job)
            return None if is_found else last_lane(job)
        if job.status is not JobStatus.POSTING:
            return await self._say(job, attempt)
        if lane.stage is Stage.FETCH:
            job = await self._with_pictures(job, attempt)
        if job.stopped:  # nothing comes of it any more: its card must have said so by now, whatever became of edits
            ended = await self._store.move(job, [JobStatus.POSTING], JobStatus.UNDELIVERABLE, told=False)
            return None if ended is None else last_lane(ended)
        if await self._reviews.is_needed(job):
            waiting = await self._reviews.ask(job)
            return None if waiting is None else last_lane(waiting)
        job = await self._flagged.apply(job)
        if self._groups.collect(job):
            return None
        if lane != last_lane(job):
            await self._prepare(job)
            return last_lane(job)
        return await self._say(job, attempt)

    async def _prepare(self, job: Job) -> None:
        """Make what takes long to become small enough, before the job's turn in its channel comes."""
        shots = shots_of(job)[:FILES_LIMIT]
        limit = limit_of_each(await self._presenter.upload_limit(job.place), len(shots))
        for shot in shots:
            if shot.picture is not None:
                await self._pictures.prepare(shot.picture, limit, origin=origin_of(job.request))

    async def _say(self, job: Job, attempt: int) -> Lane | None:
        """Post a job's result, or tell how it ended.

        Returns:
            The lane of what is left to say: what is posted is told as done, and its channel does not wait for that.

        Raises:
            _NotYetError: the lease has ended, so that another process may be about to do the same.
        """
        if not self._store.database.processes.lease.holds():
            raise _NotYetError
        match await self._presenter.post(job, attempt):
            case Posted() as posted:
                done = await self._posted(job, posted)
                return None if done is None else last_lane(done)
            case Told(card_id=card_id):
                await self._patient.write(job, lambda: self._store.told(job, card_id), lambda _now: True)
                if job.status is JobStatus.AWAITING_INPUT:
                    await self._expire_when_due(job)
                else:
                    self._groups.changed(job.group_id)  # which waits for what is still searched for
            case NoPlace():
                kept = await self._patient.write(
                    job, lambda: self._store.unposted(job), lambda now: now.status is JobStatus.UNDELIVERABLE
                )
                if kept is None:
                    raise _NotYetError
                self._groups.changed(job.group_id)
                logger.warning("result has no place job_id=%s", job.id)
                return None if kept.told else last_lane(kept)
        return None

    async def _posted(self, job: Job, posted: Posted) -> Job | None:
        """Keep where a result stands; returns the job as it is now, None where somebody else was faster."""
        # Not yet told: the card still has to go, also if we die right here.
        done = await self._patient.move(
            job,
            [JobStatus.POSTING],
            JobStatus.DONE,
            result_message_id=posted.message_id,
            told=False,
            **(moved_to(posted.place) if posted.place else {}),
        )
        self._groups.changed(job.group_id)
        if done is not None:
            count_stage(done, POST, self.due.owed_for_s(done.id))
            tell_end(done, self._clock)
            await self._spare_room(done)
        return done

    async def _spare_room(self, job: Job) -> None:
        """Keep nothing of a result that is posted while the disk is nearly full: the message has it."""
        made = [shot.picture for shot in shots_of(job) if shot.picture is not None]
        if made and await self._inputs.is_low():
            await self._pictures.stock.make_room(made)

    async def _expire_when_due(self, job: Job) -> None:
        """End a question that nobody answered in time, or come back when its time is over."""
        rest_s = ((job.deadline_at or job.created_at) - self._clock.now()).total_seconds()
        if rest_s > 0:
            self.due.put(job.id, rest_s)
        else:
            await self._expire_question(job)

    async def _with_pictures(self, job: Job, attempt: int) -> Job:
        """The job with its originals kept; without one after the last try.

        Raises:
            _NotYetError: one of them could not be had, and is tried again.
        """
        result, shots = job.result or Result(), shots_of(job)
        kept = [await self._kept(job, number, shot, attempt >= PICTURE_TRIES) for number, shot in enumerate(shots)]
        if kept and kept != shots:
            result = result.model_copy(update={"picture": kept[0].picture, "more": tuple(kept[1:])})
            await self._store.update(job, result=result)
            job = job.with_(result=result)
        # Tries that our own disk made fail do not count: they end before this.
        if attempt < PICTURE_TRIES and missing_shots(job):
            raise _NotYetError
        return job

    async def _kept(self, job: Job, number: int, shot: ResultImage, at_last: bool) -> ResultImage:  # noqa: FBT001 - of one caller
        """One of a job's pictures, kept if it can be had now."""
        if shot.picture is not None:
            return shot
        try:
            name = f"{job.id}-{number}" if number else job.id
            key = await self._pictures.keep_original(name, shot.image_url, at_last=at_last, at_any_rate=at_last)
        except PictureError as exc:
            logger.warning("original not kept job_id=%s number=%d reason=%s", job.id, number, exc)
            return shot
        return shot.model_copy(update={"picture": key})

    async def keep_original(self, job: Job, address: str) -> str:
        """Fetch and keep the first picture of a finished job; returns its key.

        Raises:
            PictureError: not to be had, or not a picture.
        """
        key = await self._pictures.keep_original(job.id, address, at_any_rate=True)
        result = (job.result or Result()).model_copy(update={"picture": key})
        await self._store.update(job, result=result)
        return key

    async def show_here(self, job: Job, place: Place, token: Token, card_id: int) -> None:
        """Deliver a kept result to another place, where its author asked for it."""
        moved = await self._store.move(
            job,
            [JobStatus.UNDELIVERABLE],
            JobStatus.POSTING,
            token=token,
            card_id=card_id,
            stopped=False,
            result=job.result and job.result.model_copy(update={"is_diverted": False}),
            **moved_to(place),
        )
        if moved is not None:
            self.due.schedule(moved, attempt=0)


def _owes_nothing(job: Job) -> bool:
    return job.status in NOT_OVER or (job.told and job.status in (*ENDED, JobStatus.UNDELIVERABLE))
