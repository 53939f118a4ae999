"""Seeded numbers by name: the same seed and name give the same number, in any order and at any size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

SPAN = 2**64


def mix(*parts: int | str) -> int:
    """One well-spread 64-bit number out of several parts."""
    text = "/".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True)
class Dials:
    """A panel of named dials, each set by the seed and then pulled a little by every nudge.

    Nudges are what makes a family: dials that share the seed and differ by a weak nudge paint the same
    composition with small changes.
    """

    seed: int
    nudges: tuple[tuple[int, float], ...] = ()

    def __call__(self, name: str, low: float = 0.0, high: float = 1.0) -> float:
        """Where the named dial stands between `low` and `high`."""
        value = mix(self.seed, name) / SPAN
        for seed, strength in self.nudges:
            value += (mix(seed, name) / SPAN - value) * strength
        return low + (high - low) * value

    def pick(self, name: str, options: Sequence[T]) -> T:
        """One of the options; a nudge never changes which."""
        return options[mix(self.seed, name) % len(options)]

    def chance(self, name: str, probability: float) -> bool:
        """Whether the named thing is there; a nudge never changes it."""
        return mix(self.seed, name) / SPAN < probability

    def nudged(self, seed: int, strength: float) -> "Dials":
        """The same panel, pulled towards another seed by `strength` (0 = not at all, 1 = entirely)."""
        return replace(self, nudges=(*self.nudges, (seed, strength)))


class Relief:
    """A line of hills without end: fractal noise along x, between 0 and 1, for any x."""

    def __init__(self, dials: Dials, name: str, *, octaves: int = 4, sharp: float = 0.0) -> None:
        self._dials = dials
        self._name = name
        self._octaves = octaves
        self._sharp = sharp
        self._posts: dict[tuple[int, int], float] = {}

    def __call__(self, x: float) -> float:
        """The height at x; `sharp` folds the noise into crests and leaves the slopes straight."""
        total = weight = 0.0
        for octave in range(self._octaves):
            at = x * 2**octave + 37.3 * octave
            left = int(at // 1)
            step = at - left
            step += (step * step * (3 - 2 * step) - step) * (1 - self._sharp)
            height = self._post(octave, left) * (1 - step) + self._post(octave, left + 1) * step
            total += height / 2**octave
            weight += 1 / 2**octave
        return total / weight

    def _post(self, octave: int, index: int) -> float:
        key = (octave, index)
        if key not in self._posts:
            self._posts[key] = self._dials(f"{self._name}.{octave}.{index}")
        return self._posts[key]
