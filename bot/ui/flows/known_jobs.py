"""The jobs and groups that buttons name, and where in Discord a job stands."""

from bot.domain.job import ENDED, GroupState, Job, JobStatus, Place
from bot.errors import UserError
from bot.language import Sentence, _
from bot.storage.jobs import JobStore
from bot.ui.components.message_links import linked_message, message_link, open_link

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
    link = open_link(job.place, linked_message(job) or job.reply_to)
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


def sent_to(place: Place, told_in: Place) -> Sentence:
    """Say where the result of what was asked for will stand; its card is gone by then."""
    if place.channel_id == told_in.channel_id:
        return _("Sent.")
    return _("Sent: {link}", link=message_link(place, None))
