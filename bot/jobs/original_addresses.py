"""Where people find the whole of what a message shows smaller, or not at all."""

from collections.abc import Collection

from bot.domain.addresses import is_open_to_all
from bot.domain.job import Job
from bot.jobs.stages import shots_of
from bot.links import OriginalLinks

LONGEST = 1000  # characters, so that something of the prompt stays beside an address


class OriginalAddresses:
    """Gives out addresses that members can open: of our web side while the original is kept, else of the relay."""

    def __init__(self, nearby: Collection[str] = (), links: OriginalLinks | None = None) -> None:
        """`nearby` are origins beside the public web that members can open; without `links` there is no web side."""
        self._nearby = nearby
        self.links = links

    def of(self, job: Job, number: int = 0) -> str:
        """The address of one of a job's pictures or films, counted from 0; "" where there is none."""
        shots = shots_of(job)
        if self.links is not None and number < len(shots) and shots[number].picture is not None:
            return self.links.write(job.id, number)
        return self.at_relay(job, number)

    def at_relay(self, job: Job, number: int = 0) -> str:
        """The same at the relay, as long as that keeps it."""
        images = job.result.images if job.result else ()
        url = images[number].image_url if number < len(images) else ""
        is_open = is_open_to_all(url) or any(url.startswith(f"{origin}/") for origin in self._nearby)
        return url if len(url) <= LONGEST and is_open else ""
