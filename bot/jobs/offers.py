"""What the relay said that it does not offer, for a while."""

from bot.clock import Clock

REFUSALS = 2  # in a row; a single one may be a slip of the relay's own
REFUSED_FOR_S = 10 * 60.0  # then it is tried again: owners and relays change their minds


class Offers:
    """Operations that the relay clearly refused as such, forgotten after a while or when one is taken."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refused: dict[str, tuple[int, float]] = {}  # how often in a row, and until when that counts
        self._told: set[str] = set()

    def refuse(self, offer: str) -> bool:
        """The relay does not know an operation; returns whether that is news that its owner should hear."""
        now = self._clock.monotonic()
        self._refused = {name: entry for name, entry in self._refused.items() if entry[1] > now}
        times, _until = self._refused.get(offer, (0, now))
        self._refused[offer] = times + 1, now + self._clock.real(REFUSED_FOR_S)
        is_news = times + 1 == REFUSALS and offer not in self._told
        if is_news:
            self._told.add(offer)
        return is_news

    def take(self, offer: str) -> None:
        """The relay took one."""
        self._refused.pop(offer, None)
        self._told.discard(offer)

    def is_refused(self, offer: str) -> bool:
        """Whether the relay does not offer it, as far as we know."""
        times, until = self._refused.get(offer, (0, 0.0))
        return times >= REFUSALS and self._clock.monotonic() < until
