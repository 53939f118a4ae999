"""The jobs and groups that buttons name, and where in Discord a job stands."""

from bot.domain.job import ENDED, GroupState, Job, JobStatus
from bot.errors import UserError
from bot.language import Sentence, _
from bot.storage.jobs import JobStore
from bot.ui.components.message_links import open_link

UNKNOWN_PICTURE = _("This button belongs to a picture that Easel no longer knows.")


async def find_job(store: JobStore, job_id: str) -> Job:
    """Get a job by its id.

    Raises:
        UserError: it is not known any more.
    """
    job = await store.get(job_id)
    if job is None:
        raise UserError(UNKNOWN_PICTURE)
    return job


async def find_group(store: JobStore, group_id: str) -> GroupState:
    """Get a group by its id; raises as `find_job` does."""
    group = await store.groups.get(group_id)
    if group is None:
        raise UserError(UNKNOWN_PICTURE)
    return group


def where_is(job: Job) -> Sentence:
    """Say where to find a job that somebody asked for again."""
    # Two presses at once: the card of the first is still on its way, so the pressed message must do.
    message_id = job.result_message_id or job.card_id or job.reply_to
    link = open_link(job.place, message_id)
    match job.status:
        case JobStatus.DONE:
            return _("That was already made: {link}", link=link)
        case JobStatus.UNDELIVERABLE if job.awaits_review:
            return _("That was already made, and waits for a moderator: {link}", link=link)
        case JobStatus.UNDELIVERABLE:
            return _("That was already made, but could not be posted. Its author finds it in /jobs.")
        case JobStatus.UNCERTAIN:
            return _("The outcome is still unknown: {link}", link=link)
        case status if status in ENDED:
            return _("That job has ended: {link}", link=link)
    return _("That is already on its way: {link}", link=link)


def sent_to(address: str) -> Sentence:
    """Say where what was asked for stands now."""
    return _("Sent: {link}", link=address)
