"""The submit: a waiting job leaves once, marked before it does, and what the relay answers is taken in."""

import logging
from collections.abc import Awaitable
from typing import assert_never

from bot.cancellation import only_while
from bot.clock import Clock
from bot.domain.alerts import HOLD_ALERTS, Alert, AlertKind, Level
from bot.domain.budgets import Period
from bot.domain.job import Failure, FailureKind, Job, JobStatus, Token, Wait
from bot.domain.outcomes import (
    Accepted,
    Busy,
    Exists,
    Failed,
    Finished,
    NeedsInput,
    Refused,
    Resubmit,
    SubmitOutcome,
    Uncertain,
    Working,
)
from bot.domain.requests import Action, Request
from bot.domain.rules import as_sent, has_answer, is_at_its_relay, offers_of
from bot.errors import PictureError, StoppedError, UserError
from bot.jobs.access import Access
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.admission import Admission
from bot.jobs.budgets import renewal
from bot.jobs.estimates import while_running
from bot.jobs.job_metrics import SUBMIT, count_reserved, count_stage, count_wait
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.offers import REFUSED_FOR_S
from bot.jobs.outgoing_text import answered
from bot.jobs.policy import limit_sentence
from bot.jobs.presenter import Presenter
from bot.jobs.relay_choice import RelayChoice, offer_at, spent_sentence
from bot.jobs.sent_back import MOST_RETURNS
from bot.jobs.transitions import STOPPED, Transitions
from bot.language import Sentence, _
from bot.settings import Settings
from bot.storage.jobs import JobStore
from bot.storage.shared_limits import Caps, NoRoomError
from bot.storage.units import LimitReachedError

logger = logging.getLogger(__name__)

MARK_AGAIN_S = 5.0  # real seconds until a job is tried again whose mark the database refused
ROOM_AGAIN_S = 1.0  # real seconds until a job is tried again for which other processes leave no room
PROBE_S = 5.0  # real seconds between the tries of all processes at an engine that takes nothing
LEASE_AGAIN_S = 1.0  # real seconds until a job is tried again that the lease does not let leave


class Submission:
    """Sends waiting jobs, one at a time each, and never one of them twice."""

    def __init__(
        self,
        store: JobStore,
        engines: ActiveEngines,
        relays: RelayChoice,
        live: LiveJobs,
        transitions: Transitions,
        access: Access,
        admission: Admission,
        presenter: Presenter,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._store = store
        self._engines = engines
        self._relays = relays
        self._live = live
        self._transitions = transitions
        self._access = access
        self._admission = admission
        self._presenter = presenter
        self._settings = settings
        self._clock = clock
        self._limits = store.shared_limits
        self._lease = store.database.processes.lease
        self._unsent: set[str] = set()  # whose marks the database refused, as far as it says

    def show(self, job: Job, working: Working) -> None:
        """Show how a job stands that waits for its turn."""
        self._presenter.show(job, working)

    async def submit(self, job_id: str, relay: str = "") -> float | None:
        """Send one waiting job to a relay; returns seconds to hold all paid calls back that it cannot take now."""
        job = self._live.waiting.pop(job_id, None)
        if job is None:
            return None
        with self._live.working_on([job]):
            return await self._submit(job, relay)

    async def _submit(self, job: Job, relay: str) -> float | None:
        if not self._lease.holds(safely=True):  # the database is silent: another process may be about to take over
            self._live.enqueue(job, in_s=LEASE_AGAIN_S)
            return None
        if self._access.is_blocked(job.actor, job.place):
            await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)
            return None
        try:
            outgoing = await self._admission.at_submit(job)
        except UserError as exc:
            await self._transitions.end(job, JobStatus.REFUSED, _by_rule(job, exc.sentence))
            return None
        waiting = job.with_(request=outgoing.request, mode=outgoing.mode)
        job = waiting.with_(relay=relay)
        # The mark is durable before the paid call leaves: whatever happens from here, it is never sent twice.
        try:
            if job.lane in self._live.held and not await self._limits.take_turn(f"probe:{job.lane}", PROBE_S):
                self._live.enqueue(waiting, in_s=ROOM_AGAIN_S)  # another process tries whether it takes anything
                return ROOM_AGAIN_S
            sent = await self._marked(job)
        except LimitReachedError:
            await self._on_spent(job, waiting)
            return None
        except NoRoomError as exc:
            self._live.enqueue(waiting, in_s=ROOM_AGAIN_S)
            return ROOM_AGAIN_S if exc.is_for_all else None
        except Exception:
            self._unsent.add(job.id)
            self._live.enqueue(waiting, in_s=MARK_AGAIN_S)  # nothing was sent, and without the mark nothing is
            raise
        self._unsent.discard(job.id)
        if sent is None:
            if not self._lease.holds(safely=True):  # which is why it was not marked, if it is still ours
                self._live.enqueue(job, in_s=LEASE_AGAIN_S)
            return None
        self._presenter.show(sent, while_running(sent, Working(), self._live, self._clock))
        try:
            return await self._send(sent)
        finally:
            self._live.stopped_on_the_way.discard(job.id)

    async def _marked(self, job: Job) -> Job | None:
        mark = {
            "waiting_for": "",
            "request": as_sent(job),
            "mode": job.mode,
            "relay": job.relay,
            "submitted_at": self._clock.now(),
        }
        limits, most = self._settings.limits, self._relays.most_units(job.relay)
        caps = Caps(limits.max_running, limits.max_running_per_member, self._engines.followed)
        sent = await self._transitions.mark(job, caps, mark, most)
        if sent is None and job.id in self._unsent:
            # The database called the mark failed, and perhaps it stands all the same; nothing has left since.
            marked = job.with_(status=JobStatus.SUBMITTING)
            return await self._transitions.mark(marked, caps, mark, most)
        return sent

    async def _on_spent(self, job: Job, waiting: Job) -> None:
        """The relay of a job that still waits may not take as much today: another one may, or nobody does."""
        self._relays.note_spent(job.relay, job.units)
        if self._relays.others(job):
            self._live.enqueue(waiting)
            return
        sentence = spent_sentence(renewal(Period.DAY, self._clock.now().date().isoformat()))
        await self._transitions.end(job, JobStatus.REFUSED, _by_rule(job, sentence))

    async def _send(self, job: Job) -> float | None:
        begun = self._clock.monotonic()
        try:
            with only_while(lambda: job.id not in self._live.stopped_on_the_way):
                outcome = await self._engines.get(job.lane).submit(job)
        except StoppedError:  # before anything paid had left
            await self._transitions.end(job, JobStatus.CANCELLED, STOPPED)
            return None
        except PictureError as exc:
            detail = exc.sentence.render(job.actor.locale)
            outcome = Refused(Failure(kind=FailureKind.PICTURE, detail=detail))
        except Exception as exc:  # whatever it was, the call may have left
            logger.exception("submit went wrong job_id=%s", job.id)
            outcome = Uncertain(type(exc).__name__)
        count_stage(job, SUBMIT, self._clock.monotonic() - begun)
        was_held = job.lane in self._live.held
        rest_s = await self._submitted(job, outcome)
        if rest_s is not None:
            await self._let_others_know(self._limits.hold(job.lane, self._live.held[job.lane], rest_s))
        elif was_held and job.lane not in self._live.held:
            await self._let_others_know(self._limits.release(job.lane))
        return rest_s

    async def _let_others_know(self, telling: Awaitable[None]) -> None:
        """Tell other processes of a hold; what the database does not take now, they find out by themselves."""
        try:
            await telling
        except Exception as exc:  # noqa: BLE001 - whatever it has, this job's affairs are in order
            logger.warning("hold not told error=%s", type(exc).__name__)

    async def _submitted(self, job: Job, outcome: SubmitOutcome) -> float | None:
        logger.info("submit answered job_id=%s relay=%s outcome=%s", job.id, job.relay, type(outcome).__name__)
        if not isinstance(outcome, Busy | Uncertain):
            await self._release_hold(job.lane)
        if isinstance(outcome, Accepted | Exists | Finished | Failed | NeedsInput):
            self._live.sent_back.taken(job)
            count_wait(job)
            for offer in offers_of(job.request, job.mode):
                self._relays.offers.take(offer_at(offer, job.relay))
        match outcome:
            case Accepted(task_id=task_id) | Exists(task_id=task_id):
                await self._transitions.accept(job, task_id)
            case Finished() | Failed():
                await self._transitions.on_finished(job, outcome)
            case NeedsInput(task_id=task_id, prefill=prefill):
                return await self._on_modal(job.with_(task_id=task_id), prefill)
            case Resubmit(request=request):
                await self._start_over(job, request)
            case Refused(failure=failure):
                await self._on_refused(job, failure)
            case Busy():
                return await self._on_busy(job, outcome)
            case Uncertain():
                await self._on_uncertain(job, outcome)
            case _:
                assert_never(outcome)
        return None

    async def _on_refused(self, job: Job, failure: Failure) -> None:
        """A clear no; where it is the relay that does not offer this, another one may."""
        if failure.kind is not FailureKind.UNSUPPORTED:
            await self._transitions.end(job, JobStatus.REFUSED, failure)
            return
        self._live.sent_back.refuse(job)
        if self._relays.others(job):
            await self._go_elsewhere(job)
        else:
            await self._transitions.end(job, JobStatus.REFUSED, failure)
        offer, in_mode = offers_of(job.request, job.mode)
        await self._not_offered(offer_at(in_mode if failure.detail else offer, job.relay))

    async def _go_elsewhere(self, job: Job, in_s: float = 0.0) -> None:
        """Let another relay have a job that its own clearly did not take, in so many real seconds."""
        changes: dict[str, object] = {"waiting_for": "", "submitted_at": None, "relay": ""}
        back = await self._transitions.save(job, JobStatus.RECEIVED, changes)
        if back is not None and not self._transitions.was_stopped(back):
            logger.info("job goes to another relay job_id=%s from=%s", job.id, job.relay)
            self._live.enqueue(back, in_s=in_s)

    async def _on_uncertain(self, job: Job, outcome: Uncertain) -> None:
        if job.task_id is not None:
            await self._transitions.accept(job, job.task_id)  # a modal's answer: its task tells whether it arrived
            return
        failure = Failure(kind=FailureKind.STRANGE, detail=outcome.words) if outcome.was_answered else None
        await self._transitions.end(job, JobStatus.UNCERTAIN, failure)

    async def _start_over(self, job: Job, request: Request) -> None:
        """Send a job as another request, at that one's price: what it was asked for before was clearly refused."""
        try:
            outgoing = self._admission.looked_over(request, job.mode)
        except UserError as exc:
            await self._transitions.end(job, JobStatus.REFUSED, _by_rule(job, exc.sentence))
            return
        units, rules = self._admission.units(outgoing), self._admission.limits(job.actor, job.place)
        try:
            back = await self._transitions.write(
                job,
                lambda: self._store.start_over(job, outgoing, units, rules),
                lambda now: now.status is not JobStatus.SUBMITTING,
            )
        except LimitReachedError as exc:
            sentence = limit_sentence(self._settings, exc, units, job.created_at.date().isoformat())
            await self._transitions.end(job, JobStatus.REFUSED, _by_rule(job, sentence))
            return
        if back is not None and not self._transitions.was_stopped(back):
            count_reserved(back, units - job.units)
            self._live.enqueue(back)

    async def _not_offered(self, offer: str) -> None:
        """The relay does not know an operation; the owner hears of it, unless only a member's own model is unknown."""
        if self._relays.offers.refuse(offer) and "/" not in offer:
            sentence = _(
                "The relay answered twice that it does not offer {operation}. Members are told so for {minutes} "
                "minutes; then it is tried again.",
                operation=offer,
                minutes=round(REFUSED_FOR_S / 60),
            )
            await self._presenter.alert_owner(
                Alert(AlertKind.NOT_OFFERED, Level.INFO, sentence, offer, again_s=REFUSED_FOR_S)
            )

    async def _on_busy(self, job: Job, busy: Busy) -> float | None:
        """The relay took nothing: the job waits on or goes to another, and all others wait as long as the relay asks.

        What comes back although others were taken meanwhile holds nobody up any more, and does not come back for ever.
        """
        wait, rest_s = busy.wait, self._clock.real(busy.retry_after_s)
        times = self._live.sent_back.come_back(job, wait)
        others = self._relays.others(job)
        if not others and wait in MOST_RETURNS and times >= MOST_RETURNS[wait]:
            await self._transitions.end(job, JobStatus.REFUSED, Failure(kind=FailureKind.SENT_BACK, detail=wait))
            return None
        again_s = 0.0 if others and not times else rest_s
        if any(lane not in self._live.held for lane in others):
            await self._go_elsewhere(job, again_s)
        else:
            await self._wait_on(job, wait, again_s)
        if times:
            return None
        await self._hold(job.lane, wait)
        return rest_s

    async def _wait_on(self, job: Job, wait: Wait, again_s: float) -> None:
        """Let a job wait for the relay that sent it back, or for whichever takes something first."""
        relay = job.relay if is_at_its_relay(job) else ""
        changes: dict[str, object] = {"waiting_for": wait, "submitted_at": None, "relay": relay}
        back = await self._transitions.save(job, JobStatus.RECEIVED, changes)
        if back is not None and not self._transitions.was_stopped(back):
            self._live.enqueue(back, in_s=again_s)
            self._presenter.show(back, Working())

    async def _hold(self, lane: str, wait: Wait) -> None:
        self._live.held[lane] = wait
        if wait in _OWNER_ALERTS:
            kind, sentence = _OWNER_ALERTS[wait]
            await self._presenter.alert_owner(Alert(kind, Level.CRITICAL, sentence(lane), lane))

    async def _release_hold(self, lane: str) -> None:
        self._live.held.pop(lane, None)
        for kind in HOLD_ALERTS:
            await self._presenter.resolve_alert(kind, lane)

    async def _on_modal(self, job: Job, prefill: str) -> float | None:
        """The relay asks: answer with what was typed, unchanged where that was meant; else ask the author."""
        request = job.request
        if not isinstance(request, Action):
            # There is nothing to ask: the task itself tells what it is.
            await self._transitions.accept(job, job.task_id or "")
            return None
        if request.is_answered or not has_answer(request):
            await self._transitions.ask(job, prefill)
            return None
        # Both are durable before the answer leaves: a crash from here on finds the task and never answers it twice.
        answered = request.model_copy(update={"is_answered": True})
        mark = {"task_id": job.task_id, "request": answered}
        answering = await self._transitions.save(job, JobStatus.SUBMITTING, mark)
        if answering is None or self._transitions.was_stopped(answering):
            return None
        return await self._send(answering)

    async def answer(self, job: Job, text: str, token: Token) -> None:
        """Take the author's answer to the relay's question, and let the job be submitted with it.

        Raises:
            UserError: nothing is asked any more.
        """
        await self._access.check(job.actor, job.place)
        self._engines.get(job.lane)
        request = answered(self._settings, job, text)
        awaiting = job.with_(status=JobStatus.AWAITING_INPUT)
        changes = {"request": request, "token": token}
        received = await self._transitions.move_on(awaiting, JobStatus.RECEIVED, changes)
        if received is None:
            raise UserError(_("This question has been answered."))
        if self._store.ownership.is_ours(received):
            self._live.deliveries.discard(job.id)
            self._live.enqueue(received)


def _by_rule(job: Job, sentence: Sentence) -> Failure:
    return Failure(kind=FailureKind.RULE, detail=sentence.render(job.actor.locale))


def _out_of_credit(lane: str) -> Sentence:
    engine, _at, relay = lane.partition("@")
    if relay:
        return _(
            "The relay “{relay}” says that the account for {engine} is out of credit. New jobs go to your other relays;"
            " what was begun there waits until you top it up.",
            relay=relay,
            engine=engine,
        )
    return _(
        "The relay says that the account for {engine} is out of credit. Jobs wait until you top it up.", engine=engine
    )


def _key_refused(lane: str) -> Sentence:
    engine, _at, relay = lane.partition("@")
    if relay:
        return _(
            "The relay “{relay}” refuses its key for {engine}. New jobs go to your other relays; what was begun there"
            " waits until the key in RELAYS is right; after changing it use {command}, or restart the bot.",
            relay=relay,
            engine=engine,
            command="`/easel owner reload`",
        )
    return _(
        "The relay refuses the key for {engine}. Jobs wait until the key in the settings is right; after changing it"
        " use {command}, or restart the bot.",
        engine=engine,
        command="`/easel owner reload`",
    )


_OWNER_ALERTS = {Wait.CREDIT: (AlertKind.CREDIT, _out_of_credit), Wait.KEY: (AlertKind.KEY, _key_refused)}
