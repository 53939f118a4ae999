"""What a film's preview looks like: how many pixels, how many bits a second and how long, so that it fits a limit."""

import math
from dataclasses import dataclass

LONGEST_S = 60.0  # of a preview; relays' films have 5 to 21 s
MOST_FPS = 30.0
MOST_PIXELS = 1280 * 720
MOST_BITS_PER_S = 8_000_000  # more shows nothing more at that size
BITS_PER_PIXEL = 0.06  # below this H.264 falls apart into blocks; then fewer pixels look better
SMALLEST_SIDE = 16  # pixels: a macroblock
HELD_BACK_S = 0.5  # of bits that the encoder may be ahead of its rate
BYTES_PER_FRAME, HEAD_BYTES = 24, 8 * 1024  # what a file tells beside its pictures
MARGIN = 0.94


@dataclass(frozen=True, slots=True)
class Announced:
    """What a film says of itself; nothing of it is believed any further than the bounds."""

    width: int
    height: int
    fps: float
    length_s: float


@dataclass(frozen=True, slots=True)
class Shape:
    """What a preview is made to; `rate` in bits a second, sound not counted."""

    width: int
    height: int
    fps: float
    length_s: float
    rate: int


def shape(film: Announced, limit: float) -> Shape:
    """The shape of a preview of at most `limit` bytes."""
    length_s = film.length_s if 0 < film.length_s < LONGEST_S else LONGEST_S
    fps = film.fps if 1 <= film.fps < MOST_FPS else MOST_FPS
    room = max(0.0, limit * MARGIN - HEAD_BYTES - BYTES_PER_FRAME * fps * length_s)
    rate = min(MOST_BITS_PER_S, room * 8 / (length_s + HELD_BACK_S))
    pixels = min(MOST_PIXELS, rate / (BITS_PER_PIXEL * fps))
    scale = min(1.0, math.sqrt(pixels / (film.width * film.height)))
    return Shape(_side(film.width * scale), _side(film.height * scale), fps, length_s, max(1_000, int(rate)))


def _side(pixels: float) -> int:
    """A side that H.264 can have: colours are kept for two pixels at a time."""
    return max(SMALLEST_SIDE, int(pixels) // 2 * 2)
