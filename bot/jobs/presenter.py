"""The port through which jobs reach people."""

from typing import Protocol

from bot.domain.alerts import Alerts
from bot.domain.job import Job, Place
from bot.domain.outcomes import Delivery, Working
from bot.jobs.groups import GroupPresenter


class Presenter(GroupPresenter, Alerts, Protocol):
    """How a job looks to people; implemented by the Discord side."""

    def show(self, job: Job, working: Working) -> None:
        """Show a running job. Returns at once; may be dropped, a later state replaces it."""
        ...

    async def post(self, job: Job, attempt: int) -> Delivery:
        """Post a result, or tell how a job ended. Must not be dropped: any exception means "again later".

        `attempt` is 0 only if it is certain that nothing was tried before.
        """
        ...

    async def upload_limit(self, place: Place) -> int:
        """Return how many bytes a file may have in a place. Never raises."""
        ...
