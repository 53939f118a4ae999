"""The jobs that the relay works on."""

from collections import Counter, UserDict

from typing_extensions import override

from bot.domain.job import Job
from bot.jobs.durations import kind_of


class RunningJobs(UserDict[str, Job]):
    """Running jobs by id, counted by author and lane as they come and go: there may be thousands.

    Those of a kind stand together, in the order in which they came.
    """

    def __init__(self) -> None:
        super().__init__()
        self.of_author: Counter[int] = Counter()
        self.of_kind: dict[str, dict[str, Job]] = {}
        self.of_lane: Counter[str] = Counter()

    @override
    def __setitem__(self, key: str, job: Job) -> None:
        if key in self.data and kind_of(self.data[key]) != kind_of(job):
            del self[key]
        if key not in self.data:
            self.of_author[job.actor.id] += 1
            self.of_lane[job.lane] += 1
        super().__setitem__(key, job)
        self.of_kind.setdefault(kind_of(job), {})[key] = job

    @override
    def __delitem__(self, key: str) -> None:
        job = self.data[key]
        author, kind = job.actor.id, kind_of(job)
        super().__delitem__(key)
        self.of_author[author] -= 1
        self.of_lane[job.lane] -= 1
        del self.of_kind[kind][key]
        if not self.of_author[author]:
            del self.of_author[author]
        if not self.of_kind[kind]:
            del self.of_kind[kind]
