"""What the buttons of finished jobs ask a relay for."""

from bot.domain.corners import corner_behind
from bot.domain.job import Job
from bot.domain.requests import Action, Button
from bot.jobs.own_originals import own_original


def action_of(parent: Job, button: Button) -> Action:
    """Return what a button of a finished job asks for, without what is typed or chosen."""
    return Action(
        prompt=parent.prompt,
        button=button,
        parent_task_id=parent.task_id or picked_from(parent),
        relay=_relay_of(parent),
        source=(parent.result.picture or "") if parent.result else "",
        original=own_original(parent, button),
        corner=corner_behind(parent.request, button),
    )


def _relay_of(parent: Job) -> str:
    """Where that task is."""
    return parent.request.relay if picked_from(parent) and isinstance(parent.request, Action) else parent.relay


def picked_from(job: Job) -> str:
    """Return the task of the grid that a picture was taken out of without one of its own; "" for all others."""
    return job.request.parent_task_id if isinstance(job.request, Action) and job.request.original else ""
