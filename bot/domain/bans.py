"""Whom the owner serves nowhere: members and servers, for a while or for good."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.job import Subject


@dataclass(frozen=True, slots=True)
class Ban:
    """One member or server that the owner banned; without `until` for good.

    The id of a member who was erased is below 0: it is what `bot.crypto.Pseudonyms` makes of the one that they have.
    """

    subject: Subject
    subject_id: int
    reason: str
    by: int
    at: datetime
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Tell whether it has not ended yet."""
        return self.until is None or now < self.until
