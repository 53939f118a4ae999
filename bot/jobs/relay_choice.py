"""Which relay a waiting job is sent to: whose turn it is among those that may take it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bot.clock import Clock
from bot.domain.feature_names import SPEEDS
from bot.domain.job import Job
from bot.domain.lanes import lane_of, relay_of_lane
from bot.domain.requests import Mode, Request
from bot.domain.rules import MIDJOURNEY, engine_of, offers_of, task_relay
from bot.errors import UserError
from bot.jobs.active_engines import ActiveEngines
from bot.jobs.offers import Offers
from bot.jobs.sent_back import SentBack
from bot.language import Sentence, _
from bot.settings import Relay, Settings

SPENT_FOR_S = 30.0  # real seconds until a relay whose units are used up is asked about again: some may be given back
GONE = _(
    "The relay that made this picture is not in use here any more, so its buttons no longer work. You can run the"
    " prompt again."
)


class RelayChoice:
    """Knows what each relay takes: by the owner's settings, by what it refused, and by what it has used up.

    What names a task goes to the relay that has it, and to no other.
    """

    def __init__(self, engines: ActiveEngines, sent_back: SentBack, settings: Settings, clock: Clock) -> None:
        self.offers = Offers(clock)
        self._engines = engines
        self._sent_back = sent_back
        self._clock = clock
        self._settings = settings
        self._turns = Counter[str]()
        self._spent: dict[str, tuple[int, float]] = {}  # by relay: the fewest units that did not fit, and until when

    @property
    def _relays(self) -> Mapping[str, Relay]:
        """Several relays by their names; none where there is one alone."""
        return {relay.name: relay for relay in self._settings.relay.relays}

    def check(self, request: Request, mode: Mode | None) -> None:
        """Refuse what no relay takes that it may be sent to.

        Raises:
            UserError: none does.
        """
        relays, speed = self._at(request), mode or Mode.FAST
        if not relays:
            raise UserError(GONE)
        offer, in_mode = offers_of(request, mode)
        offering = [relay for relay in relays if not self.offers.is_refused(offer_at(offer, relay))]
        if not offering:
            raise UserError(_("The relay does not offer this."))
        engine = engine_of(request)
        if not any(
            self._takes(relay, engine, speed) and not self.offers.is_refused(offer_at(in_mode, relay))
            for relay in offering
        ):
            raise UserError(_("The relay does not offer this, or not in {mode} mode.", mode=SPEEDS[speed]))

    def lanes(self, job: Job) -> Sequence[str]:
        """Return where a waiting job may be sent; nowhere only where the relay that it needs is gone.

        What is known against a relay keeps the job from it only as long as there is another.
        """
        if not self._relays and not job.relay and not task_relay(job.request):
            return (job.engine,)
        relays = self._of(job)
        if len(relays) > 1:
            offers = offers_of(job.request, job.mode)
            against: tuple[Callable[[str], bool], ...] = (
                lambda relay: any(self.offers.is_refused(offer_at(offer, relay)) for offer in offers),
                lambda relay: self._sent_back.is_unwanted(job, lane_of(job.engine, relay)),
                lambda relay: self.is_spent(relay, job.units),
            )
            for is_against in against:
                relays = [relay for relay in relays if not is_against(relay)] or relays
        return [lane_of(job.engine, relay) for relay in relays]

    def others(self, job: Job) -> list[str]:
        """Return the lanes besides its own that a job may still be sent to which its relay did not take."""
        lanes = [lane_of(job.engine, relay) for relay in self._of(job) if not self.is_spent(relay, job.units)]
        return [lane for lane in lanes if lane != job.lane and not self._sent_back.is_unwanted(job, lane)]

    def next_of(self, lanes: Sequence[str]) -> str:
        """Return whose turn it is, by the relays' weights: evenly mixed, however long one of them was away."""
        if len(lanes) == 1:
            return lanes[0]
        weights = {lane: self._weight(relay_of_lane(lane)) for lane in lanes}
        for lane, weight in weights.items():
            self._turns[lane] += weight
        first = max(lanes, key=lambda lane: self._turns[lane])
        self._turns[first] -= sum(weights.values())
        return first

    def most_units(self, relay: str) -> int | None:
        """Return the units that a relay may take in a day; None where that is not limited."""
        return self._relays[relay].units_per_day if relay in self._relays else None

    def note_spent(self, relay: str, units: int) -> None:
        """Note that so many units were more than a relay may still take today."""
        known = self._spent[relay][0] if self.is_spent(relay, units) else units
        self._spent[relay] = min(known, units), self._clock.monotonic() + SPENT_FOR_S

    def is_spent(self, relay: str, units: int) -> bool:
        """Whether so many units are more than a relay may still take today, as far as we know."""
        fewest, until = self._spent.get(relay, (0, 0.0))
        return units >= fewest and self._clock.monotonic() < until

    def _at(self, request: Request) -> Sequence[str]:
        """The relays that a request may go to: all that take new jobs, or the one that has the task that it names."""
        relays, own = self._engines.relays_of(engine_of(request)), task_relay(request)
        if own is not None:
            return [relay for relay in relays if relay == own] if own else relays[:1]
        return [relay for relay in relays if self._weight(relay)]

    def _of(self, job: Job) -> Sequence[str]:
        """The same for a job, which may have its task already, in its speed."""
        if job.task_id is not None and job.relay:
            return [job.relay] if self._engines.has(job) else []
        relays = self._at(job.request)
        return [relay for relay in relays if self._takes(relay, job.engine, job.speed)] or relays

    def _takes(self, relay: str, engine: str, speed: Mode) -> bool:
        """Whether a relay takes a speed, by the owner's settings; only Midjourney's tasks have one."""
        return engine != MIDJOURNEY or relay not in self._relays or speed in self._relays[relay].modes

    def _weight(self, relay: str) -> int:
        return self._relays[relay].weight if relay in self._relays else 1


def offer_at(offer: str, relay: str) -> str:
    """Return what `Offers` calls an offer of a relay."""
    return f"{offer} at {relay}" if relay else offer


def spent_sentence(renewal: Sentence) -> Sentence:
    """Tell that no relay may take a job today."""
    return _("The owner's budget for the relays is used up for today. {renewal}", renewal=renewal)
