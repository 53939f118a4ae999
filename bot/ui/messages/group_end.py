"""What is said when all jobs of a group are over."""

from bot.domain.job import GroupState, JobStatus
from bot.language import Sentence, _, ngettext
from bot.ui.messages.group_card import FAILED, is_finished

ENDED_BADLY = FAILED | {JobStatus.EXPIRED}


def end_sentence(group_state: GroupState) -> Sentence:
    """Say how many are ready, and how many failed or were stopped."""
    jobs = group_state.jobs
    finished = sum(map(is_finished, jobs))
    failed = sum(job.status in ENDED_BADLY and not job.stopped for job in jobs)
    stopped = sum(not is_finished(job) and (job.status is JobStatus.CANCELLED or job.stopped) for job in jobs)
    if finished == len(jobs):
        return (
            _("Both are ready.")
            if finished == 2
            else ngettext("It is ready.", "All {count} are ready.", count=finished)
        )
    ready = ngettext("{count} of {total} is ready", "{count} of {total} are ready", count=finished, total=len(jobs))
    if not finished:
        ready = _("None of {total} is ready", total=len(jobs))
    if failed and stopped:
        return _("{ready}, {failed} failed, {stopped} stopped.", ready=ready, failed=failed, stopped=stopped)
    if failed:
        return _("{ready}, {failed} failed.", ready=ready, failed=failed)
    if stopped:
        return _("{ready}, {stopped} stopped.", ready=ready, stopped=stopped)
    return _("{ready}.", ready=ready)
