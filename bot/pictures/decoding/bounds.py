"""How much a file may announce before anything of it is decoded, and the refusals of what is no use."""

from enum import StrEnum
from typing import NamedTuple

from typing_extensions import override

MAX_PIXELS = 50_000_000
MAX_SCANS = 100  # of a JPEG; encoders write some ten, and each costs as much as the whole picture
MAX_FRAMES = 2_000  # of an animation
MAX_FILM_PIXELS = 4096 * 2304  # of a frame of a film; decoders hold up to sixteen
MAX_PARTS = 200_000  # segments, blocks or boxes of a file
MAX_ITEMS = 1_000  # pictures and tiles inside a HEIC or AVIF; phones write some 50
MAX_TILED_PIXELS = 4 * MAX_PIXELS  # of all of these together
MAX_PROFILE_BYTES = 4 * 1024 * 1024  # colour profiles of printers have 0.5 to 3 MB
MAX_EXIF_BYTES = 1024 * 1024


class Why(StrEnum):
    """Why a file is refused."""

    NO_PICTURE = "no_picture"
    OTHER_FORMAT = "other_format"  # {format}
    DAMAGED = "damaged"  # {format}
    TOO_LARGE = "too_large"  # {limit} in megapixels
    TOO_MUCH = "too_much"  # work, memory or time
    NOTHING_FITS = "nothing_fits"
    OTHER_SIZE = "other_size"  # {got} instead of {wanted}


class Reduced(NamedTuple):
    """A file without what its pixels do not need; beside it what says how they are meant."""

    data: bytes
    profile: bytes
    exif: bytes


class Refused(Exception):  # noqa: N818 - an answer rather than an error
    """A file that is no use, and why; `values` fill the sentence."""

    def __init__(self, why: Why, **values: str | int) -> None:
        super().__init__(why)
        self.why = why
        self.values = values

    @override
    def __str__(self) -> str:
        return f"{self.why} {self.values}"


def check_pixels(width: int, height: int) -> None:
    """Hold a size against the limit.

    Raises:
        Refused: too many pixels, or none.
    """
    if width <= 0 or height <= 0:
        raise ValueError("no pixels")
    if width * height > MAX_PIXELS:
        raise Refused(Why.TOO_LARGE, limit=MAX_PIXELS // 1_000_000)


def check_count(count: int, limit: int) -> None:
    """Hold a number of scans, frames, parts or items against its limit.

    Raises:
        Refused: too many.
    """
    if count > limit:
        raise Refused(Why.TOO_MUCH)
