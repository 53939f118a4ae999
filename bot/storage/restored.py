"""A database that came out of a backup: what was open in it may have been paid for, and posted, since then.

Each backup carries a note that says what it is, so that it does not matter how it is put back. The first start reads
it, and changes what was open in the same transaction that marks the note as read.
"""

from datetime import UTC, datetime

from sqlalchemy import func, or_, select, update

from bot.domain.job import JobStatus
from bot.storage.backup_note import NOTE
from bot.storage.conflicts import retried
from bot.storage.database import Database
from bot.storage.schema import jobs, notes, reviews

_EARLIEST = datetime.min.replace(tzinfo=UTC)
# What was stopped is not sent, whatever becomes of it.
_MAY_BE_SENT = or_(
    jobs.c.status.in_([JobStatus.RECEIVED, JobStatus.AWAITING_INPUT]) & ~jobs.c.stopped,
    jobs.c.status == JobStatus.SUBMITTING,
)
_UNCERTAIN = {"status": JobStatus.UNCERTAIN, "told": False, "failure": None}
# A task's question may have been answered: the task itself tells, and asks once more if it was not.
_ANSWERED = {"status": JobStatus.SUBMITTING, "told": True}
_FREED = {"owner": None, "epoch": jobs.c.epoch + 1}
# What moderators decided since then took the buttons away: they are looked for, and asked for once more.
_ASKED_AGAIN = {"is_settled": False, "claimed_at": reviews.c.asked_at}


@retried
async def take_in(database: Database) -> datetime | None:
    """Let nothing be sent by itself that a backup had open: it is of unknown outcome, to be looked up.

    Returns:
        The moment up to which jobs are from a backup, so that their results may have been posted; None for a database
        that never was one.
    """
    query = select(notes.c.value).where(notes.c.name == NOTE)
    async with database.reading() as connection:
        known: str | None = await connection.scalar(query)
    if known is None or known:
        return datetime.fromisoformat(known) if known else None
    async with database.transaction() as connection:
        known = await connection.scalar(query.with_for_update())  # of several processes that start, one does it
        if known:
            return datetime.fromisoformat(known)
        last: datetime = await connection.scalar(select(func.max(jobs.c.created_at))) or _EARLIEST
        for which, become in ((jobs.c.task_id.is_(None), _UNCERTAIN), (jobs.c.task_id.is_not(None), _ANSWERED)):
            await connection.execute(update(jobs).where(_MAY_BE_SENT, which).values(become | _FREED))
        await connection.execute(update(reviews).where(reviews.c.decision.is_(None)).values(_ASKED_AGAIN))
        await connection.execute(update(notes).where(notes.c.name == NOTE).values(value=last.isoformat()))
        return last
