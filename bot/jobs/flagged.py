"""Results that an engine flagged as for adults: how a server's rules let them be shown where not all are adults."""

from bot.domain.job import Actor, Job, Place
from bot.domain.server_rules import Flagged, Name
from bot.jobs.rulebook import Rulebook
from bot.storage.jobs import JobStore


class FlaggedResults:
    """Holds flagged results against the rules of the place where they are about to be shown."""

    def __init__(self, store: JobStore, rulebook: Rulebook) -> None:
        self._store = store
        self._rulebook = rulebook

    def rule_for(self, job: Job, actor: Actor, place: Place) -> Flagged:
        """Return how a result may be shown to everybody in a place; of several rules the strictest holds."""
        if job.result is None or not job.result.is_flagged or place.guild_id is None or place.is_age_restricted:
            return Flagged.OFF
        found = [
            Flagged(value)
            for rules in self._rulebook.all_of(place)
            for _key, value in rules.holding(Name.FLAGGED, actor, place)
        ]
        return max(found, key=list(Flagged).index, default=Flagged.OFF)

    async def apply(self, job: Job) -> Job:
        """Return a finished job as it may be shown, and keep that; what its author alone sees stays as it is."""
        if job.is_private or job.result is None:
            return job
        match self.rule_for(job, job.actor, job.place):
            case Flagged.SPOILER if not job.is_spoiler:
                changes: dict[str, object] = {"is_spoiler": True}
            case Flagged.RESTRICTED:
                diverted = job.result.model_copy(update={"is_diverted": True})
                changes = {"is_private": True, "result": diverted}
            case _:
                return job
        await self._store.update(job, **changes)
        return job.with_(**changes)
