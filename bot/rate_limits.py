"""How often something may happen, for each of many who do not know each other."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.clock import Clock

REMEMBERED = 10_000  # buckets; the longest silent ones are forgotten first

Key = TypeVar("Key", bound=Hashable)


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class RateLimits(Generic[Key]):
    """A bucket for every key, in memory: a restart fills them again."""

    def __init__(self, clock: Clock, burst: float, refill_per_s: float) -> None:
        """`burst` may happen at once; so much is given back in each second, of which `TIME_SCALE` makes more."""
        self._clock = clock
        self._burst = burst
        self._refill_per_s = refill_per_s
        self._buckets: dict[Key, _Bucket] = {}

    def take(self, key: Key, size: float = 1.0) -> float:
        """Count one, or a part of one; returns 0 when it may go on, else the seconds to wait."""
        now = self._clock.monotonic()
        bucket = self._buckets.pop(key, None) or _Bucket(self._burst, now)
        self._buckets[key] = bucket  # now the last in order
        if len(self._buckets) > REMEMBERED:
            del self._buckets[next(iter(self._buckets))]
        bucket.left = min(self._burst, bucket.left + (now - bucket.at) * self._clock.scale * self._refill_per_s)
        bucket.at = now
        if bucket.left < size:
            return (size - bucket.left) / self._refill_per_s
        bucket.left -= size
        return 0.0
