"""What is known of a kept mask."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mask:
    """A kept mask: an opaque PNG of its picture's exact size, white = repaint, black = keep."""

    key: str
    is_empty: bool
    is_full: bool
    was_scaled: bool
