"""Who gets finished results as direct messages, too, and who has closed theirs: `/prefer auto_dm`."""

from bot.domain.job import Job, JobStatus, Reach
from bot.settings import Settings
from bot.storage.jobs import JobStore

AUTO_DM = "auto_dm"  # the kind of the note
ON, CLOSED = "on", "closed"  # what it says; a member whose messages were found closed is told, and then it goes


class AutoDm:
    """Knows the switch of each member. It turns itself off once Discord says that a member takes no messages."""

    def __init__(self, store: JobStore, settings: Settings) -> None:
        self._notes = store.notes
        self._settings = settings

    @property
    def has_buttons(self) -> bool:
        """Whether buttons under what is sent would answer: the owner lets people use the bot in direct messages."""
        return self._settings.places.allow_dm

    async def wants(self, job: Job) -> bool:
        """Tell whether a job's pictures are owed to its author once more: they were posted elsewhere."""
        result, place = job.result, job.place
        is_picture = job.status is JobStatus.DONE and result is not None and not result.text and not result.is_empty
        return is_picture and place.reach is not Reach.DM and await self._notes.get(_note(job)) == ON

    async def close(self, job: Job) -> None:
        """Keep that the author takes no messages, so that nothing more is sent."""
        await self._notes.replace(_note(job), ON, CLOSED)

    async def is_to_be_told(self, job: Job) -> bool:
        """Tell whether the author has not heard yet that nothing is sent any more."""
        return await self._notes.get(_note(job)) == CLOSED

    async def claim_telling(self, job: Job) -> bool:
        """Take it upon oneself to tell them; one asker alone does."""
        return await self._notes.replace(_note(job), CLOSED, None)


def _note(job: Job) -> str:
    return f"{AUTO_DM}:{job.actor.id}"
