"""Maps relay errors to outcomes of a submit."""

import logging

from bot.domain.job import Failure, FailureKind, Wait
from bot.domain.outcomes import Busy, Refused, SubmitOutcome, Uncertain
from bot.errors import RefusalKind, RelayError, RelayNotReachedError, RelayRefusedError, RelayUnclearError
from bot.relay.refusals import NO_PATH

logger = logging.getLogger(__name__)

DEFAULT_RETRY_S = 15.0
OWNER_RETRY_S = 60.0  # while the owner has to pay or mend the key


def submit_outcome(exc: RelayError, job_id: str, *, not_found: SubmitOutcome) -> SubmitOutcome:
    """Build the outcome of a paid call that ended in an error; `not_found` is what "not found" means for it."""
    match exc:
        case RelayRefusedError():
            # Not its words, which may quote the prompt: they stand on the card.
            logger.info("relay refused job_id=%s kind=%s status=%d code=%s", job_id, exc.kind, exc.status, exc.code)
            return refused(exc, not_found=not_found)
        case RelayNotReachedError():
            logger.info("relay not reached job_id=%s error=%s", job_id, exc)
            return Busy(Wait.UNREACHABLE, DEFAULT_RETRY_S)
        case RelayUnclearError():
            return uncertain(exc, job_id)
        case _:
            return Uncertain(type(exc).__name__)


def uncertain(exc: RelayUnclearError, job_id: str) -> Uncertain:
    """Build the outcome of a paid call whose answer nobody understands."""
    logger.warning("submit without a readable answer job_id=%s error=%r", job_id, str(exc))
    return Uncertain(str(exc), was_answered=exc.answered, words=exc.words)


def refused(no: RelayRefusedError, *, not_found: SubmitOutcome) -> SubmitOutcome:
    """Build the outcome of a submit that was clearly refused."""
    match no.kind:
        case RefusalKind.AUTH:
            return Busy(Wait.KEY, OWNER_RETRY_S)
        case RefusalKind.QUOTA:
            return Busy(Wait.CREDIT, OWNER_RETRY_S)
        case RefusalKind.BUSY:
            return Busy(Wait.QUEUE_FULL, no.retry_after_s or DEFAULT_RETRY_S)
        case RefusalKind.NOT_FOUND:
            return not_found
        case RefusalKind.BANNED:
            return Refused(Failure(kind=FailureKind.BANNED, detail=no.word or ""))
        case RefusalKind.POLICY:
            return Refused(Failure(kind=FailureKind.POLICY, detail=no.text))
        case RefusalKind.UNSUPPORTED:
            return Refused(Failure(kind=FailureKind.UNSUPPORTED))
        case RefusalKind.INVALID:
            return Refused(Failure(kind=FailureKind.INVALID, detail=no.text))
        case RefusalKind.FAILED:
            return Refused(Failure(kind=FailureKind.RELAY, detail=no.text))


def is_no_path(exc: RelayError) -> bool:
    """Whether a relay clearly has nothing at an address, be it for the operation or for the speed before it."""
    return isinstance(exc, RelayRefusedError) and exc.kind is RefusalKind.UNSUPPORTED and exc.status == NO_PATH
