"""What each turn in a job's life means; with `policy` and `admission`, the only place that decides anything."""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.cancellation import only_while
from bot.clock import Clock
from bot.delay_queue import DelayQueue
from bot.domain.engine import Engine
from bot.domain.job import GOING_ON, Failure, FailureKind, Group, Job, JobStatus, Place, Token, Wait
from bot.domain.outcomes import (
    Accepted,
    Asks,
    Busy,
    Exists,
    Failed,
    Finished,
    Found,
    Missing,
    NeedsInput,
    NoList,
    NotListed,
    Observation,
    Refused,
    Resubmit,
    Search,
    SubmitOutcome,
    Succeeded,
    Uncertain,
    Unread,
    Working,
)
from bot.domain.requests import Action, Mode, Request
from bot.domain.rules import (
    OWN_GRID_BUTTONS,
    as_sent,
    first_look_s,
    has_answer,
    is_grid,
    kept_pictures,
    offer_of,
    without_words,
)
from bot.errors import PictureError, RelayError, RelayUnclearError, StoppedError, UserError
from bot.jobs.access import Access, Members, NoMembers
from bot.jobs.admission import Admission
from bot.jobs.deliveries import Deliveries, Presenter, moved_to
from bot.jobs.inputs import Inputs
from bot.jobs.look_failures import LookFailures
from bot.jobs.moderation import Moderation
from bot.jobs.offers import REFUSED_FOR_S
from bot.jobs.patient_writes import PatientWrites
from bot.jobs.policy import limit_sentence, limits
from bot.jobs.preparation import Preparation
from bot.jobs.running import RunningJobs
from bot.jobs.sent_back import MOST_RETURNS, SentBack
from bot.jobs.unpaid_work import UnpaidWork
from bot.lanes import PlacesOf
from bot.language import Sentence, _
from bot.pictures.cache import Cache
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.storage.units import LimitReachedError

logger = logging.getLogger(__name__)


DEADLINES_S = {Mode.TURBO: 15 * 60, Mode.FAST: 30 * 60, Mode.RELAX: 60 * 60}
ROUND_S = 2.0  # looks are due at multiples of this, so that one call serves many jobs
MISSING_FOR_S = 120.0  # some relays know a task only a while after its submit
UNSETTLED_FOR_S = 15.0  # common gateways refresh their copy so often: what a success lacks comes with the next one
SEEDS_KEPT = 2_000
MODAL_LIFE_S = 15 * 60.0
LOOK_UP_FOR_S, LOOK_UP_EVERY_S = 75.0, 10.0  # a gateway takes up to 60 s for a submit that we gave up on
STALE_S = 60.0  # how old a gateway's copy of a task may be
PREPARED_AT_ONCE = 2  # orders of one member whose pictures are made ready
MARK_AGAIN_S = 5.0  # real seconds until a job is tried again whose mark the database refused
FREE_ENDS = frozenset({JobStatus.REFUSED, JobStatus.FAILED, JobStatus.CANCELLED})
OWNER_WAITS = frozenset({Wait.CREDIT, Wait.KEY})


@dataclass(frozen=True, slots=True)
class Prepared:
    """Pictures made ready for a submit, and the doubt that must be asked about first."""

    keys: Sequence[str]
    doubt: FailureKind | None = None


Prepare = Callable[[Job], Awaitable[Prepared]]


class JobService:
    """Submits, advances, delivers and stops what was admitted.

    What waits stands in three lists, by job id: `queue` (to be submitted), `looks` (running) and `deliveries`. The
    database has the same truth; the lists are rebuilt from it at the start.
    """

    def __init__(
        self,
        *,
        store: JobStore,
        engines: Mapping[str, Engine],
        pictures: Pictures,
        presenter: Presenter,
        settings: Settings,
        clock: Clock,
        members: Members | None = None,
    ) -> None:
        """`members` knows who belongs to which server; without it, nobody does."""
        self.store = store
        self.pictures = pictures
        self._engines = engines
        self._presenter = presenter
        self.settings = settings
        self._clock = clock
        self.queue = DelayQueue(clock)
        self.looks = DelayQueue(clock, step_s=clock.real(ROUND_S))
        self.running = RunningJobs()
        self.waiting: dict[str, Job] = {}
        self.held: dict[str, Wait] = {}  # engines that take nothing now, and why
        self._unsettled_since: dict[str, float] = {}
        self._missing_since: dict[str, float] = {}
        self._sight = LookFailures(clock)
        self._returns = SentBack()
        self._ends: dict[str, float] = {}
        self._alerted: set[Wait] = set()
        self._in_hand: set[str] = set()
        self._unsent: set[str] = set()  # whose marks the database refused, as far as it says
        self._patient = PatientWrites(store, clock)
        self._preparing = Preparation()
        self._seeds = Cache[str, str](SEEDS_KEPT)
        self._stopped_on_the_way: set[str] = set()  # stopped while their submits are being made
        self.moderation = Moderation(store)
        self.access = Access(settings, self.moderation, members or NoMembers())
        self.unpaid = UnpaidWork(self.access, clock)
        self.admission = Admission(store, self.access, settings, clock, engines)
        self.inputs = Inputs(pictures, store.needs, settings, clock, presenter.alert_owner)
        self._preparing_of = PlacesOf(PREPARED_AT_ONCE)
        self.deliveries = Deliveries(store, pictures, presenter, clock, self, self.inputs)
        self.groups = self.deliveries.groups

    @property
    def engine_names(self) -> Sequence[str]:
        """The engines that are on."""
        return tuple(self._engines)

    def engine(self, name: str) -> Engine:
        """The engine of that name.

        Raises:
            UserError: the owner switched it off.
        """
        if name not in self._engines:
            raise UserError(
                _(
                    "The owner of this bot has switched {engine} off. This job is kept until it is on again.",
                    engine=name,
                )
            )
        return self._engines[name]

    # The start and the way in.

    async def resume(self) -> None:
        """Pick up every unfinished job after a start; nothing that may have been paid is sent again."""
        await self.moderation.load()
        await self.groups.load()
        for job in await self.store.unfinished():
            if self.rests(job):
                logger.warning("job is kept until its engine is on job_id=%s engine=%s", job.id, job.engine)
            await self.pick_up(job)

    async def pick_up(self, job: Job) -> None:
        """Put a job that stands in no list where it belongs; what may have been sent is not sent again."""
        if self.rests(job):
            return
        match job.status:
            case JobStatus.RECEIVED | JobStatus.AWAITING_INPUT if job.stopped:
                await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))
            case JobStatus.RECEIVED if not self._is_shown(job) or job.lacks_pictures:
                await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))
            case JobStatus.RECEIVED:
                self._enqueue(job)
            case JobStatus.SUBMITTING if job.task_id is not None:
                # The answer to a modal was on its way: the task itself tells whether it arrived.
                await self._accepted(job, job.task_id)
            case JobStatus.SUBMITTING:
                await self._end(job, JobStatus.UNCERTAIN, None)  # looked up before its author is told
            case JobStatus.RUNNING:
                self.running[job.id] = job
                self.looks.put(job.id)
                if job.stopped:  # its card may not have got to say so
                    self._presenter.show(job, Working())
            case _:
                # Somebody may have got far with it: traces are searched before anything is posted again.
                self.deliveries.pick_up(job.id)

    def holds(self, job_id: str, status: JobStatus) -> bool:
        """Whether a job of this status stands in the list where such jobs belong, or is being worked on."""
        if job_id in self._in_hand:
            return True
        match status:
            case JobStatus.RECEIVED | JobStatus.SUBMITTING:  # a mark may stand that the database called failed
                return job_id in self.waiting
            case JobStatus.RUNNING:
                return job_id in self.running and (job_id in self.looks or job_id in self.looks.in_hand)
            case _:
                return job_id in self.deliveries.due or job_id in self.deliveries.due.in_hand

    def let_go(self, job_id: str) -> None:
        """Forget a job that goes on nowhere, although our lists say so."""
        if job_id not in self._in_hand:
            self._forget(job_id)

    @contextlib.contextmanager
    def _working_on(self, jobs: Sequence[Job]) -> Iterator[None]:
        """Keep jobs from being taken for forgotten while they stand in no list."""
        ids = {job.id for job in jobs}
        self._in_hand |= ids
        try:
            yield
        finally:
            self._in_hand -= ids

    def rests(self, job: Job) -> bool:
        """Whether nothing can be done for a job because its engine is off."""
        is_at_relay = job.status is JobStatus.SUBMITTING and job.task_id is not None
        return job.engine not in self._engines and (
            is_at_relay or job.status in (JobStatus.RECEIVED, JobStatus.RUNNING)
        )

    def _is_shown(self, job: Job) -> bool:
        """Whether people can see that a job is there: by its own card, or by its group's."""
        return job.card_id is not None or self.groups.is_open(job.group_id)

    async def group_shown(
        self, group: Group, members: Sequence[Job], card_id: int, prepare: Prepare | None = None
    ) -> None:
        """A group's card stands: make the pictures ready that all its jobs go by, then let them be submitted."""
        # As for a single job: a start sends nothing without its pictures.
        waiting_for = Wait.PICTURES if prepare else ""
        with self._working_on(members):
            await self._written(
                members[0], lambda: self.store.groups.card_shown(group.id, card_id, waiting_for=waiting_for)
            )
            self.groups.begin(replace(group, card_id=card_id))
            members = [job.with_(reply_to=card_id) for job in members]
            if prepare is not None:
                prepared = await self._prepared(members, prepare)
                if prepared is None:
                    return
                ready = [await self._with_pictures(job, prepared) for job in members]
                members = [job for job in ready if job is not None]
            for job in members:
                self._enqueue(job)

    async def withdraw_group(self, group: Group, members: Sequence[Job]) -> None:
        """A group's card did not appear, as far as we know: nothing starts, nothing is spent."""
        for job in members:
            await self.withdraw(job)
        self.groups.begin(group)
        self.groups.changed(group.id)

    async def cancel_rest(self, group_id: str) -> int:
        """Stop what still goes on of a group, each job as `cancel` does; returns how many that were."""
        board = await self.store.groups.get(group_id)
        stopped = 0
        for job in board.jobs if board else ():
            if job.status in GOING_ON and not job.stopped:
                with contextlib.suppress(UserError):  # it was over a moment ago
                    await self.cancel(job)
                    stopped += 1
        self.groups.changed(group_id)
        return stopped

    async def card_shown(self, job: Job, card_id: int, prepare: Prepare | None = None) -> None:
        """The card stands: make the pictures ready, then let the job be submitted.

        A picture that is no use, or a mask that needs a second thought, ends the job before anything is spent.
        """
        # A start finds by `waiting_for` that the pictures are not all there, and sends nothing without them.
        waiting_for = Wait.PICTURES if prepare else ""
        with self._working_on([job]):
            shown = await self._written(job, lambda: self.store.card_shown(job.id, card_id, waiting_for=waiting_for))
            if shown is None:
                return
            if shown.replaces is not None:
                self.deliveries.due.put(shown.replaces)  # its card says from now on where the other stands
            if shown.status is not JobStatus.RECEIVED:
                self._ended(shown)
                return
            job = shown
            if prepare is not None:
                prepared = await self._prepared([job], prepare)
                if prepared is None:
                    return
                ready = await self._with_pictures(job, prepared)
                if ready is None:
                    return
                job = ready
                if prepared.doubt is not None:
                    await self._end(job, JobStatus.REFUSED, Failure(kind=prepared.doubt))
                    return
            self._enqueue(job)

    async def _prepared(self, members: Sequence[Job], prepare: Prepare) -> Prepared | None:
        """The pictures that jobs go by, kept under the first one's name; None when all have ended without them."""
        first = members[0]
        try:
            return await self._preparing.run([job.id for job in members], self._made_ready(first, prepare))
        except PictureError as exc:
            detail = exc.sentence.render(first.actor.locale)
            failure = Failure(kind=FailureKind.PICTURE, detail=detail)
            for job in members:
                await self._end(job, JobStatus.REFUSED, failure)
            return None
        except Exception:
            for job in members:
                await self._end(job, JobStatus.FAILED, Failure(kind=FailureKind.RELAY))
            raise

    async def _made_ready(self, job: Job, prepare: Prepare) -> Prepared:
        """Take pictures in where there is room for them; a member who brings many waits behind themselves alone."""
        async with self._preparing_of.one(job.actor.id):
            await self.inputs.check(job.actor)
            return await prepare(job)

    async def _with_pictures(self, job: Job, prepared: Prepared) -> Job | None:
        """The job with its pictures; None where it ended while they were made ready, and then they go."""
        request = job.request.model_copy(update={"pictures": tuple(prepared.keys)})
        ready = await self._patient.move(job, [JobStatus.RECEIVED], JobStatus.RECEIVED, request=request, waiting_for="")
        if ready is None and (ended := await self.store.get(job.id)) is not None:
            self.inputs.ended(ended.with_(request=request))
        return ready

    async def withdraw(self, job: Job) -> None:
        """The card did not appear, as far as we know: nothing starts, nothing is spent."""
        await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))

    async def move_to(self, job: Job, place: Place) -> Job:
        """Give a job whose card is not shown yet another place, which no token of the old one reaches."""
        await self.store.update(job.id, token=None, **moved_to(place))
        return job.with_(place=place, reply_to=None, token=None)

    async def cancel(self, job: Job) -> JobStatus:
        """Stop a job: for good before it was sent, else only following it; returns where it stood.

        Raises:
            UserError: it is over.
        """
        while True:
            for free in (JobStatus.RECEIVED, JobStatus.AWAITING_INPUT):
                if await self._end_now(job, free, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED)):
                    return free
            for status in (JobStatus.SUBMITTING, JobStatus.RUNNING):
                stopped = await self.store.move(job, [status], status, stopped=True)
                if stopped is not None:
                    if status is JobStatus.SUBMITTING:
                        self._stopped_on_the_way.add(job.id)
                    if job.id in self.running:
                        self.running[job.id] = stopped
                    self._presenter.show(stopped, Working())
                    self.groups.changed(stopped.group_id)
                    return status
            # A job that a busy relay sends back goes to and fro, and may have been elsewhere each time.
            now = await self.store.get(job.id)
            if now is None or now.status not in GOING_ON - {JobStatus.POSTING}:
                raise UserError(_("This job is already over."))

    def position(self, job_id: str) -> int | None:
        """How many jobs stand before this one in our queue; None when it does not wait."""
        return list(self.waiting).index(job_id) if job_id in self.waiting else None

    # The submit.

    async def submit(self, job_id: str) -> float | None:
        """Send one waiting job; returns seconds to hold all paid calls back, if the relay cannot take any now."""
        job = self.waiting.pop(job_id, None)
        if job is None:
            return None
        with self._working_on([job]):
            return await self._submit(job)

    async def _submit(self, job: Job) -> float | None:
        if self.access.is_blocked(job.actor, job.place):
            await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))
            return None
        try:
            outgoing = await self.admission.at_submit(job)
        except UserError as exc:
            await self._end(job, JobStatus.REFUSED, _by_rule(job, exc.sentence))
            return None
        job = job.with_(request=outgoing.request, mode=outgoing.mode)
        # The mark is durable before the paid call leaves: whatever happens from here, it is never sent twice.
        try:
            sent = await self._marked(job)
        except Exception:
            self._unsent.add(job.id)
            self._enqueue(job, in_s=MARK_AGAIN_S)  # nothing was sent, and without the mark nothing is
            raise
        self._unsent.discard(job.id)
        if sent is None:
            return None
        self._presenter.show(sent, Working())
        try:
            return await self._send(sent)
        finally:
            self._stopped_on_the_way.discard(job.id)

    async def _marked(self, job: Job) -> Job | None:
        mark = {
            "waiting_for": "",
            "request": as_sent(job),
            "mode": job.mode,
            "submitted_at": self._clock.now(),
        }
        sent = await self._onwards(job, JobStatus.SUBMITTING, mark)
        if sent is None and job.id in self._unsent:
            # The database called the mark failed, and perhaps it stands all the same; nothing has left since.
            return await self._onwards(job.with_(status=JobStatus.SUBMITTING), JobStatus.SUBMITTING, mark)
        return sent

    async def _send(self, job: Job) -> float | None:
        try:
            with only_while(lambda: job.id not in self._stopped_on_the_way):
                outcome = await self.engine(job.engine).submit(job)
        except StoppedError:  # before anything paid had left
            await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))
            return None
        except PictureError as exc:
            detail = exc.sentence.render(job.actor.locale)
            outcome = Refused(Failure(kind=FailureKind.PICTURE, detail=detail))
        except Exception as exc:  # whatever it was, the call may have left
            logger.exception("submit went wrong job_id=%s", job.id)
            outcome = Uncertain(type(exc).__name__)
        return await self._submitted(job, outcome)

    async def _submitted(self, job: Job, outcome: SubmitOutcome) -> float | None:
        logger.info("submit answered job_id=%s outcome=%s", job.id, type(outcome).__name__)
        if not isinstance(outcome, Busy | Uncertain):
            self._takes_jobs(job.engine)
        if isinstance(outcome, Accepted | Exists | Finished | Failed | NeedsInput):
            self._returns.taken(job)
            self.admission.offers.take(offer_of(job.request))
        match outcome:
            case Accepted(task_id=task_id) | Exists(task_id=task_id):
                await self._accepted(job, task_id)
            case Finished() | Failed():
                await self._came_back(job, outcome)
            case NeedsInput(task_id=task_id, prefill=prefill):
                return await self._modal_opened(job.with_(task_id=task_id), prefill)
            case Resubmit(request=request):
                await self._start_over(job, request)
            case Refused(failure=failure):
                await self._end(job, JobStatus.REFUSED, failure)
                if failure.kind is FailureKind.UNSUPPORTED:
                    await self._not_offered(job.request)
            case Busy():
                return await self._sent_back(job, outcome)
            case Uncertain() if job.task_id is not None:
                await self._accepted(job, job.task_id)  # a modal's answer: its task tells whether it arrived
            case Uncertain(was_answered=was_answered):
                await self._end(job, JobStatus.UNCERTAIN, Failure(kind=FailureKind.STRANGE) if was_answered else None)
            case _:
                assert_never(outcome)
        return None

    async def _start_over(self, job: Job, request: Request) -> None:
        """Send a job as another request, at that one's price: what it was asked for before was clearly refused."""
        try:
            outgoing = self.admission.looked_over(request, job.mode)
        except UserError as exc:
            await self._end(job, JobStatus.REFUSED, _by_rule(job, exc.sentence))
            return
        units, rules = self.admission.units(outgoing), limits(self.settings)
        try:
            back = await self._patient.write(
                job,
                lambda: self.store.start_over(job, outgoing, units, rules),
                lambda now: now.status is not JobStatus.SUBMITTING,
            )
        except LimitReachedError as exc:
            await self._end(job, JobStatus.REFUSED, _by_rule(job, limit_sentence(self.settings, exc.limit, units)))
            return
        if back is not None and not self._was_stopped(back):
            self._enqueue(back)

    async def _not_offered(self, request: Request) -> None:
        """The relay does not know an operation; the owner hears of it, unless only a member's own model is unknown."""
        offer = offer_of(request)
        if self.admission.offers.refuse(offer) and "/" not in offer:
            await self._presenter.alert_owner(
                _(
                    "The relay refused {operation} twice as something that it does not offer. Members are told so for"
                    " {minutes} minutes; then it is tried again.",
                    operation=offer,
                    minutes=round(REFUSED_FOR_S / 60),
                )
            )

    async def _sent_back(self, job: Job, busy: Busy) -> float | None:
        """The relay took nothing: the job waits on, and so do all others, as long as the relay asks.

        What comes back although others were taken meanwhile holds nobody up any more, and does not come back for ever.
        """
        wait, rest_s = busy.wait, self._clock.real(busy.retry_after_s)
        times = self._returns.come_back(job)
        if wait in MOST_RETURNS and times >= MOST_RETURNS[wait]:
            await self._end(job, JobStatus.REFUSED, Failure(kind=FailureKind.SENT_BACK, detail=wait))
            return None
        back = await self._saved(job, JobStatus.RECEIVED, {"waiting_for": wait, "submitted_at": None})
        if back is not None and not self._was_stopped(back):
            self._enqueue(back, in_s=rest_s)
            self._presenter.show(back, Working())
        if times:
            return None
        await self._hold(job.engine, wait)
        return rest_s

    async def _modal_opened(self, job: Job, prefill: str) -> float | None:
        """The relay asks: answer with what was typed, unchanged where that was meant; else ask the author."""
        request = job.request
        if not isinstance(request, Action):
            await self._accepted(job, job.task_id or "")  # there is nothing to ask: the task itself tells what it is
            return None
        if request.is_answered or not has_answer(request):
            await self._ask(job, prefill)
            return None
        # Both are durable before the answer leaves: a crash from here on finds the task and never answers it twice.
        answered = request.model_copy(update={"is_answered": True})
        answering = await self._saved(job, JobStatus.SUBMITTING, {"task_id": job.task_id, "request": answered})
        if answering is None or self._was_stopped(answering):
            return None
        return await self._send(answering)

    async def _ask(self, job: Job, prefill: str) -> None:
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
        asking = await self._saved(job, JobStatus.AWAITING_INPUT, question)
        self._forget(job.id)
        if asking is not None and not self._was_stopped(asking):
            self.deliveries.soon(asking, attempt=0)

    async def answer(self, job: Job, text: str, token: Token) -> None:
        """The author answered the relay's question.

        Raises:
            UserError: nothing is asked any more.
        """
        await self.access.check(job.actor, job.place)
        self.engine(job.engine)
        request = self.admission.answered(job, text)
        awaiting = job.with_(status=JobStatus.AWAITING_INPUT)
        received = await self._onwards(awaiting, JobStatus.RECEIVED, {"request": request, "token": token})
        if received is None:
            raise UserError(_("Nothing is asked here any more."))
        self.deliveries.due.discard(job.id)
        self._enqueue(received)

    async def _accepted(self, job: Job, task_id: str, token: Token | None = None) -> bool:
        logger.info("relay took job_id=%s task_id=%s", job.id, task_id)  # a trace, should the database refuse it
        changes: dict[str, object] = {
            "task_id": task_id,
            "submitted_at": self._clock.now(),
            "deadline_at": self._clock.after(DEADLINES_S[job.speed]),
            "failure": None,
            "told": True,
        } | ({"token": token} if token else {})
        running = await self._saved(job, JobStatus.RUNNING, changes)
        if running is None:
            logger.error("accepted task without its job job_id=%s task_id=%s", job.id, task_id)
            return False
        self.deliveries.due.discard(running.id)
        self.running[running.id] = running
        self._ends[running.id] = self._clock.monotonic() + self._clock.real(DEADLINES_S[running.speed])
        self.looks.put(running.id, self._clock.real(first_look_s(running)))
        if not running.stopped:
            self._presenter.show(running, Working(percent=0))
        self.groups.changed(running.group_id)
        return True

    async def _saved(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """Write what a call to the relay came to; while the database refuses, it is held in memory and tried again."""
        return await self._patient.move(job, [job.status], status, **changes)

    async def _written(self, job: Job, write: Callable[[], Awaitable[Job | None]]) -> Job | None:
        """Write something that may be written twice."""
        return await self._patient.write(job, write, lambda _now: True)

    async def _hold(self, engine: str, wait: Wait) -> None:
        self.held[engine] = wait
        if wait in OWNER_WAITS and wait not in self._alerted:
            self._alerted.add(wait)
            await self._presenter.alert_owner(_OWNER_ALERTS[wait])

    def _takes_jobs(self, engine: str) -> None:
        self.held.pop(engine, None)
        self._alerted.intersection_update(self.held.values())

    # The looks.

    async def advance(self, job: Job, observation: Observation) -> bool:
        """Take in one look at a running job; returns whether it must be looked at again."""
        current = self.running.get(job.id)
        if current is None:
            return False
        job = current  # it may have been stopped while the look was on its way
        self._note(job, observation)
        match observation:
            case Working():
                if not job.stopped:
                    self._presenter.show(job, observation)
                self._unsettled_since.pop(job.id, None)
            case Succeeded(result=result, settled=settled):
                since = self._unsettled_since.setdefault(job.id, self._clock.monotonic())
                if not settled and self._clock.monotonic() - since < self._clock.real(UNSETTLED_FOR_S):
                    return True
                await self._came_back(job, Finished(result))
                return False
            case Failed():
                await self._came_back(job, observation)
                return False
            case Asks(prefill=prefill):
                return await self._found_asking(job, prefill)
            case Missing():
                since = self._missing_since.setdefault(job.id, self._clock.monotonic())
                if self._clock.monotonic() - since > self._clock.real(MISSING_FOR_S):
                    return await self._ask_singly(job)
            case Unread():
                await self._not_seen(job)
            case _:
                assert_never(observation)
        if self._is_overdue(job):
            await self._end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.EXPIRED))
            return False
        return True

    def _note(self, job: Job, observation: Observation) -> None:
        """What looks in a row come to."""
        if not isinstance(observation, Unread):
            self._sight.seen(job)
            if not isinstance(observation, Missing):
                self._missing_since.pop(job.id, None)

    async def _not_seen(self, job: Job) -> None:
        """A look failed: after a while the card says so, and the owner is told once when no look comes off at all."""
        if self._sight.unseen(job) and not job.stopped:
            self._presenter.show(job, Working(is_unread=True))
        if self._sight.is_news(job.engine):
            await self._presenter.alert_owner(
                _(
                    "The relay's tasks for {engine} cannot be read: running jobs are not followed, and end at their"
                    " deadline. The log has what it answered.",
                    engine=job.engine,
                )
            )

    async def _ask_singly(self, job: Job) -> bool:
        """Lists leave tasks out for reasons of their own: only a look at the task itself can end it."""
        try:
            observation = await self.engine(job.engine).fetch(job)
        except RelayError as exc:
            logger.info("missing task not looked at job_id=%s reason=%s", job.id, exc)
            observation = Unread()
        if isinstance(observation, Missing):
            await self._end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.LOST))
            return False
        return await self.advance(job, observation)

    async def _found_asking(self, job: Job, prefill: str) -> bool:
        """A task stands in a modal although its submit looked plain: some gateways hide the question."""
        request = job.request
        if job.stopped:  # a question that nobody answers costs nothing
            await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))
            return False
        if isinstance(request, Action) and not request.is_answered and has_answer(request):
            received = await self._onwards(job, JobStatus.RECEIVED, {})
            self._forget(job.id)
            if received is not None:
                self._enqueue(received)
            return False
        if isinstance(request, Action) and request.is_answered and self._age_s(job) < STALE_S:
            return True  # the gateway's copy may be older than our answer
        await self._ask(job, prefill)
        return False

    async def _came_back(self, job: Job, end: Finished | Failed) -> None:
        """The relay is done with a job."""
        if isinstance(end, Failed):
            await self._end(job, JobStatus.FAILED, Failure(kind=end.kind, detail=end.reason))
            return
        if end.result.is_empty:  # paid for, so that nothing invites to pay again
            await self._end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.EMPTY))
            return
        result = end.result.model_copy(update={"took_s": self._age_s(job)})
        if not result.buttons and is_grid(job.request):
            result = result.model_copy(update={"buttons": OWN_GRID_BUTTONS})
        posting = await self._saved(job, JobStatus.POSTING, {"result": result})
        self._forget(job.id)
        if posting is not None:
            self.deliveries.soon(posting, attempt=0)

    def _is_overdue(self, job: Job) -> bool:
        """Whether a running job's time is over; a clock that is set anew changes nothing for jobs that we know."""
        now = self._clock.monotonic()
        rest_s = ((job.deadline_at or job.created_at) - self._clock.now()).total_seconds()
        return job.deadline_at is not None and now > self._ends.setdefault(job.id, now + rest_s)

    def _age_s(self, job: Job) -> float:
        since = job.submitted_at or job.created_at
        return (self._clock.now() - since).total_seconds() * self._clock.scale

    # What was given up, or asked.

    async def look_up(self, job: Job) -> bool:
        """See `DeliveryCallbacks`. A relay may charge a submit late whose answer was lost: it is asked again."""
        if job.engine not in self._engines:
            return False
        found = await self._search(job)
        if isinstance(found, Found):
            return await self._accepted(job, found.task_id)
        if isinstance(found, NotListed) and 0 <= self._age_s(job) < LOOK_UP_FOR_S:
            self.deliveries.due.put(job.id, self._clock.real(LOOK_UP_EVERY_S))
            return True
        return False

    async def _search(self, job: Job) -> Search:
        """A job of unknown outcome in the relay's recent tasks."""
        try:
            return await self.engine(job.engine).find(job)
        except RelayError as exc:
            logger.info("recent tasks not read job_id=%s reason=%s", job.id, exc)
            return NotListed()

    async def look_again(self, job: Job, token: Token) -> bool:
        """Look after a job that was given up: timed out, or of unknown outcome; returns whether it runs.

        The token of the press reaches the card, which can change again from here on.

        Raises:
            UserError: it is neither, its engine is off, or nobody can look.
        """
        self.engine(job.engine)
        match job.status:
            case JobStatus.EXPIRED if job.task_id is not None and not _is_unanswered(job):
                return await self._accepted(job, job.task_id, token)
            case JobStatus.UNCERTAIN:
                await self.store.refresh_token(job.id, token)
                return await self._searched_again(job)
            case _:
                raise UserError(_("There is nothing to look for."))

    async def _searched_again(self, job: Job) -> bool:
        try:
            found = await self.engine(job.engine).find(job)
        except RelayError as exc:
            logger.info("recent tasks not read job_id=%s reason=%s", job.id, exc)
            raise UserError(_("The relay cannot be read just now. Please look again later.")) from exc
        if isinstance(found, NoList):
            raise UserError(
                _("This relay has no list of recent tasks, so nothing can be looked up. The owner may see it there.")
            )
        return isinstance(found, Found) and await self._accepted(job, found.task_id)

    async def lapse(self, job: Job) -> None:
        """See `DeliveryCallbacks`."""
        await self._end(job, JobStatus.EXPIRED, Failure(kind=FailureKind.UNANSWERED))

    async def fresh_token(self, job: Job, token: Token) -> bool:
        """A press on a card gave us another quarter of an hour; False when the job is over.

        Raises:
            UserError: nothing can be done for it, as its engine is off.
        """
        if self.rests(job):
            self.engine(job.engine)
        if not await self.store.refresh_token(job.id, token):
            return False
        if job.id in self.running:  # which may know more than the job that was pressed
            self.running[job.id] = self.running[job.id].with_(token=token)
            self.looks.put(job.id)
        elif job.id in self.waiting:
            self.waiting[job.id] = self.waiting[job.id].with_(token=token)
            self._presenter.show(self.waiting[job.id], Working())
        else:
            self.deliveries.due.put(job.id)
        return True

    async def remove(self, job: Job) -> None:
        """Take a posted job away for good: its buttons refuse from now on, its words and pictures are deleted.

        Raises:
            UserError: it is not a posted result.
        """
        removed = await self.store.move(job, [JobStatus.DONE], JobStatus.REMOVED, once_key=None)
        if removed is None:
            raise UserError(_("Only a finished picture can be removed."))
        await self.store.forgetting.blank(job.id, without_words(removed.request))
        await self.pictures.remove(kept_pictures(removed.request, removed.result) - await self.store.needed_pictures())

    async def seed(self, job: Job) -> str:
        """The seed of a finished job; raises `RelayError`."""

        async def ask() -> str:
            seed = await self.engine(job.engine).seed(job)
            if not seed:
                raise RelayUnclearError("no seed")
            return seed

        return await self._seeds.get(job.id, ask)

    async def block(self, guild_id: int, user_id: int) -> None:
        """Block a member in a server, and stop what waits of theirs there."""
        await self.moderation.block(guild_id, user_id)
        for job in list(self.waiting.values()):
            if job.actor.id == user_id and self.access.is_blocked(job.actor, job.place):
                await self._end(job, JobStatus.CANCELLED, Failure(kind=FailureKind.STOPPED))

    async def hint(self, job_id: str, task_id: str) -> None:
        """Somebody says that a job's task has changed: look at it now, and believe only what is seen.

        For a job of unknown outcome the named task is a candidate, taken only if it carries the job's id.
        """
        if job_id in self.running:
            self.looks.put(job_id)
            return
        job = await self.store.get(job_id) if task_id else None
        if job is None or job.status is not JobStatus.UNCERTAIN or job.engine not in self._engines:
            return
        try:
            found = await self.engine(job.engine).recognise(job, task_id)
        except RelayError as exc:
            logger.info("candidate not looked at job_id=%s reason=%s", job.id, exc)
            return
        if isinstance(found, Found):
            await self._accepted(job, found.task_id)

    async def drop(self, job: Job) -> None:
        """An uncertain job's author wants no more of it; it may have been charged, so its units stay spent.

        Raises:
            UserError: it is not uncertain any more.
        """
        given_up = Failure(kind=FailureKind.GIVEN_UP)
        if not await self._end_now(job, JobStatus.UNCERTAIN, JobStatus.CANCELLED, given_up):
            raise UserError(_("This job is already over."))

    # Shared steps.

    def _enqueue(self, job: Job, in_s: float = 0.0) -> None:
        self.waiting[job.id] = job
        self.queue.put(job.id, in_s)

    def _forget(self, job_id: str) -> None:
        self.running.pop(job_id, None)
        self.waiting.pop(job_id, None)
        self._unsettled_since.pop(job_id, None)
        self._missing_since.pop(job_id, None)
        self._sight.forget(job_id)
        self._returns.forget(job_id)
        self._ends.pop(job_id, None)
        self.looks.discard(job_id)
        self.queue.discard(job_id)
        self.queue.poke()  # a place may be free

    async def _onwards(self, job: Job, status: JobStatus, changes: Mapping[str, object]) -> Job | None:
        """Move a job towards a paid call; None when it had moved on, or was stopped, which ends it here."""
        moved = await self.store.move(job, [job.status], status, **changes)
        return None if moved is None or self._was_stopped(moved) else moved

    def _was_stopped(self, job: Job) -> bool:
        """Whether the database ended a job instead of moving it on, as its author had stopped it."""
        if job.status is not JobStatus.CANCELLED:
            return False
        self._ended(job)
        return True

    async def _end(self, job: Job, status: JobStatus, failure: Failure | None) -> bool:
        """End a job without a result and see to it that its author is told; False when it had moved on."""
        ended = await self._saved(job, status, _as_ended(status, failure))
        if ended is not None:
            self._ended(ended)
        return ended is not None

    async def _end_now(self, job: Job, expected: JobStatus, status: JobStatus, failure: Failure) -> bool:
        """End a job for somebody who waits for it, and who is told where the database refuses."""
        ended = await self.store.move(job, [expected], status, **_as_ended(status, failure))
        if ended is not None:
            self._ended(ended)
        return ended is not None

    def _ended(self, job: Job) -> None:
        """See to it that the author of a job that has ended is told."""
        logger.info("job ended job_id=%s status=%s kind=%s", job.id, job.status, job.failure and job.failure.kind)
        self._forget(job.id)
        self._preparing.stop(job.id)
        self.inputs.ended(job)
        self.groups.changed(job.group_id)
        self.deliveries.soon(job, attempt=0)


def _as_ended(status: JobStatus, failure: Failure | None) -> dict[str, object]:
    # What may have been paid keeps its once-only button used up, unless somebody decides to pay again.
    freed: dict[str, object] = {"once_key": None} if status in FREE_ENDS else {}
    return {"failure": failure, "told": False} | freed


def _is_unanswered(job: Job) -> bool:
    """Whether the relay's question lapsed: its task was never begun, and its units were given back."""
    return job.failure is not None and job.failure.kind is FailureKind.UNANSWERED


def _by_rule(job: Job, sentence: Sentence) -> Failure:
    return Failure(kind=FailureKind.RULE, detail=sentence.render(job.actor.locale))


_OWNER_ALERTS = {
    Wait.CREDIT: _("The relay says that the account is out of credit. Jobs wait until you top it up."),
    Wait.KEY: _(
        "The relay refuses the key. Jobs wait until RELAY_API_KEY is right; restart the bot after changing it."
    ),
}
