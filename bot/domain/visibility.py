"""How a result is shown, and to whom: what a member asked for, what they prefer, what it comes of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visibility:
    """What a member wants of one job; None leaves it to what the job comes of, and to what they prefer.

    Of what `is_private`, its author alone sees card and result. What `is_spoiler` is covered until somebody clicks.
    """

    is_private: bool | None = None
    is_spoiler: bool | None = None


AS_PREFERRED = Visibility()
