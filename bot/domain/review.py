"""Results that moderators look at before anybody else: what is decided about them, by whom, and until when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LIMITS_MIN = (5, 7 * 24 * 60)  # how long a result waits at least and at most, in minutes
MINUTES = 24 * 60  # unless a server says otherwise


class Decision(StrEnum):
    """What becomes of a result."""

    POST = "post"
    SPOILER = "spoiler"  # posted, but covered
    REJECT = "reject"


NOBODY_LOOKED = Decision.REJECT  # what becomes of it then, unless a server says otherwise


@dataclass(frozen=True, slots=True)
class Review:
    """A result that waits for a moderator, or waited; where it is shown, and what was decided.

    `otherwise` decides at `decides_at`. `channel_id` is None where the server has no review channel; `message_id` while
    it is being posted, or where it could not be. `decided_by` is 0 where nobody looked in time.
    """

    job_id: str
    guild_id: int
    channel_id: int | None
    asked_at: datetime
    decides_at: datetime
    otherwise: Decision
    message_id: int | None = None
    decision: Decision | None = None
    decided_by: int | None = None
    claimed_at: datetime | None = None  # since when a process brings the message up to date
    is_settled: bool = False  # whether it is
