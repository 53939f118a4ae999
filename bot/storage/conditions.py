"""Conditions of indexes, as words: an index serves only what is asked for in the same ones."""

from bot.domain.job import ENDED, JobStatus

# Jobs that still need something done.
_SETTLED = sorted({*ENDED, JobStatus.UNDELIVERABLE, JobStatus.UNCERTAIN})
UNFINISHED = f"(status NOT IN ({', '.join(map(repr, map(str, _SETTLED)))}) OR NOT told)"
# Jobs that the library does not know yet, or knows as they stood before.
_ENDS = ", ".join(map(repr, map(str, sorted(ENDED))))
UNLISTED = f"(status IN ({_ENDS}) AND (listed_as IS NULL OR listed_as <> status))"
# Reservations that the version before made or ended: the ledger has no lines of them.
UNWRITTEN = "(accounts IS NULL OR (state <> 'reserved' AND is_closed IS NULL))"
# Reviews of which something is still to be decided or to be shown.
OPEN_REVIEW = "(decision IS NULL OR NOT is_settled)"
