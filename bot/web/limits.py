"""How much one link may ask of us."""

from dataclasses import dataclass

from bot.clock import Clock

BURST = 20.0  # requests at once; a person needs three to open the page and one to send
REFILL_PER_S = 0.5
REMEMBERED = 10_000  # links; the longest silent ones are forgotten first


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class LinkLimits:
    """A bucket of requests for every link, in memory: a restart fills them again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}

    def take(self, link_id: str) -> float:
        """Count one request; returns 0 when it may go on, else the seconds to wait."""
        now = self._clock.monotonic()
        bucket = self._buckets.pop(link_id, None) or _Bucket(BURST, now)
        self._buckets[link_id] = bucket  # now the last in order
        if len(self._buckets) > REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        bucket.left = min(BURST, bucket.left + (now - bucket.at) * REFILL_PER_S)
        bucket.at = now
        if bucket.left < 1:
            return (1 - bucket.left) / REFILL_PER_S
        bucket.left -= 1
        return 0.0
