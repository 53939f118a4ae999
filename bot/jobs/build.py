"""Builds the parts of the jobs side, each from those below it, and the loops that keep them going."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.clock import Clock
from bot.domain.engine import Engine
from bot.jobs.access import Access, Members, NoMembers
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.admission import Admission
from bot.jobs.audience import Audience
from bot.jobs.bans import Bans
from bot.jobs.changes_elsewhere import ChangesElsewhere
from bot.jobs.claims import Claims
from bot.jobs.controls import JobControls
from bot.jobs.deliveries import Deliveries
from bot.jobs.delivery_worker import DeliveryWorker
from bot.jobs.dispatcher import Dispatcher
from bot.jobs.flagged import FlaggedResults
from bot.jobs.gates import Gates
from bot.jobs.groups import Groups
from bot.jobs.inputs import Inputs
from bot.jobs.intake import Intake
from bot.jobs.live_jobs import LiveJobs
from bot.jobs.moderation import Moderation
from bot.jobs.orphans import OrphanFinder
from bot.jobs.poller import Poller
from bot.jobs.preferences import Preferences
from bot.jobs.preparation import Preparation
from bot.jobs.presenter import Presenter
from bot.jobs.reasons_why import Reasons
from bot.jobs.recovery import Recovery
from bot.jobs.relay_choice import RelayChoice
from bot.jobs.reviews import Reviews
from bot.jobs.rulebook import Rulebook
from bot.jobs.stars import Stars
from bot.jobs.submission import Submission
from bot.jobs.tracking import Tracking
from bot.jobs.transitions import Transitions
from bot.jobs.unpaid_work import UnpaidWork
from bot.pictures.folder import Pictures
from bot.settings import Settings
from bot.storage.jobs import JobStore


@dataclass(frozen=True, slots=True)
class Jobs:
    """All that a job passes through, by name; whoever works with jobs is handed what it needs of it."""

    live: LiveJobs
    engines: ActiveEngines
    relays: RelayChoice
    moderation: Moderation
    rulebook: Rulebook
    bans: Bans
    reasons: Reasons
    access: Access
    unpaid: UnpaidWork
    inputs: Inputs
    groups: Groups
    transitions: Transitions
    admission: Admission
    intake: Intake
    submission: Submission
    tracking: Tracking
    recovery: Recovery
    flagged: FlaggedResults
    deliveries: Deliveries
    reviews: Reviews
    stars: Stars
    controls: JobControls


@dataclass(frozen=True, slots=True)
class JobLoops:
    """What works on the jobs in the background, until cancelled."""

    dispatcher: Dispatcher
    poller: Poller
    delivery_worker: DeliveryWorker
    orphan_finder: OrphanFinder
    claims: Claims
    changes_elsewhere: ChangesElsewhere


# Longer than a function should be, since it is a list: what stands on what.
def build_jobs(
    *,
    store: JobStore,
    engines: Mapping[str, Engine],
    pictures: Pictures,
    presenter: Presenter,
    settings: Settings,
    clock: Clock,
    pseudonym: Callable[[int], int],
    members: Members | None = None,
) -> Jobs:
    """Build the jobs side.

    `pseudonym` gives what stands for members who were erased. `members` knows who belongs to which server, and without
    it nobody does.
    """
    live, active = LiveJobs(clock), ActiveEngines(engines)
    moderation, preparation = Moderation(store), Preparation()
    store.database.processes.tell_waiting(lambda: sum(1 for _job in live.unpaused(moderation.is_paused)))
    rulebook, bans = Rulebook(store, clock), Bans(store, clock, pseudonym)
    gates = Gates(rulebook, store.notes)
    access = Access(settings, moderation, members or NoMembers(), gates, bans)
    relays = RelayChoice(active, live.sent_back, settings, clock)
    audience = Audience(Preferences(store, settings))
    admission = Admission(store, access, gates, audience, settings, clock, active, relays)
    flagged = FlaggedResults(store, rulebook)
    inputs = Inputs(pictures, store.picture_needs, settings, clock, presenter, store.database.machine)
    groups = Groups(store, presenter, live, clock)
    moves = Transitions(store, live, groups, inputs, preparation, presenter, clock)
    reviews = Reviews(store, live, moves, groups, rulebook, pictures, clock)
    recovery = Recovery(store, active, live, moves, groups, moderation, rulebook, bans, presenter, clock)
    return Jobs(
        live=live,
        engines=active,
        relays=relays,
        moderation=moderation,
        rulebook=rulebook,
        bans=bans,
        reasons=Reasons(settings, moderation, rulebook, bans, gates, admission, store, clock),
        access=access,
        unpaid=UnpaidWork(access, clock),
        inputs=inputs,
        groups=groups,
        transitions=moves,
        admission=admission,
        intake=Intake(store, live, moves, groups, inputs, preparation),
        submission=Submission(store, active, relays, live, moves, access, admission, presenter, settings, clock),
        tracking=Tracking(active, live, moves, reviews, presenter, clock),
        recovery=recovery,
        flagged=flagged,
        deliveries=Deliveries(
            store,
            live.deliveries,
            groups,
            inputs,
            reviews,
            pictures,
            presenter,
            flagged,
            clock,
            recover=recovery.recover,
            expire_question=recovery.expire_question,
        ),
        reviews=reviews,
        stars=Stars(store, clock),
        controls=JobControls(
            store, active, live, moves, groups, moderation, rulebook, bans, access, pictures, presenter
        ),
    )


def build_loops(jobs: Jobs, store: JobStore, settings: Settings, clock: Clock, chance: random.Random) -> JobLoops:
    """Build the background loops; `chance` spreads the pauses of looks that fail."""
    return JobLoops(
        dispatcher=Dispatcher(
            live=jobs.live,
            submission=jobs.submission,
            engines=jobs.engines,
            relays=jobs.relays,
            moderation=jobs.moderation,
            settings=settings,
            clock=clock,
        ),
        poller=Poller(
            live=jobs.live,
            tracking=jobs.tracking,
            engines=jobs.engines,
            answers_first=store.database.answers_first,
            clock=clock,
            chance=chance,
        ),
        delivery_worker=DeliveryWorker(jobs.deliveries),
        orphan_finder=OrphanFinder(
            store=store, live=jobs.live, recovery=jobs.recovery, groups=jobs.groups, engines=jobs.engines, clock=clock
        ),
        claims=Claims(database=store.database, recovery=jobs.recovery, chance=chance),
        changes_elsewhere=ChangesElsewhere(
            store=store,
            live=jobs.live,
            recovery=jobs.recovery,
            transitions=jobs.transitions,
            groups=jobs.groups,
            controls=jobs.controls,
            engines=jobs.engines,
            clock=clock,
        ),
    )
