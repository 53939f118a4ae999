"""Once keys: what a job came by that has one job at a time (a once-only button, a link, an end that is tried again)."""

from bot.domain.custom_ids import ONCE_ONLY, parse
from bot.domain.job import Job
from bot.domain.requests import Action, Request


def once_key_of(request: Request) -> str | None:
    """The button, where only one job at a time may be made of it."""
    once = isinstance(request, Action) and parse(request.button.custom_id).family in ONCE_ONLY
    return request.button.custom_id if once and isinstance(request, Action) else None


def link_key(link_id: str) -> str:
    """The once key of what comes by a link: it has one job at a time."""
    return f"link:{link_id}"


def again_key(job: Job) -> str:
    """One end is tried again once at a time, alone or in a group."""
    return f"again:{job.id}"


def tried_again(job: Job | None) -> dict[str, str | None]:
    """What a job has of the one that it tries again."""
    return {} if job is None else {"parent_id": job.parent_id, "once_key": again_key(job)}
