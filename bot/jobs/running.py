"""The jobs that the relay works on."""

from collections import Counter, UserDict

from typing_extensions import override

from bot.domain.job import Job


class RunningJobs(UserDict[str, Job]):
    """Running jobs by id, counted by author and lane as they come and go: there may be thousands."""

    def __init__(self) -> None:
        super().__init__()
        self.of_author: Counter[int] = Counter()
        self.of_lane: Counter[str] = Counter()

    @override
    def __setitem__(self, key: str, job: Job) -> None:
        if key not in self.data:
            self.of_author[job.actor.id] += 1
            self.of_lane[job.lane] += 1
        super().__setitem__(key, job)

    @override
    def __delitem__(self, key: str) -> None:
        author, lane = self.data[key].actor.id, self.data[key].lane
        super().__delitem__(key)
        self.of_author[author] -= 1
        self.of_lane[lane] -= 1
        if not self.of_author[author]:
            del self.of_author[author]
