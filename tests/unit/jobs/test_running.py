"""Running jobs, counted by author."""

from bot.jobs.running import RunningJobs
from tests.support.makers import ANA, BEN, make_job


def test_jobs_are_counted_by_author_as_they_come_and_go() -> None:
    running = RunningJobs()
    first, second, other = make_job(actor=ANA), make_job(actor=ANA), make_job(actor=BEN)
    for job in (first, second, other, first.with_(stopped=True)):
        running[job.id] = job
    assert running.of_author == {ANA.id: 2, BEN.id: 1}

    running.pop(first.id)
    running.pop(first.id, None)
    del running[other.id]

    assert running.of_author == {ANA.id: 1}
