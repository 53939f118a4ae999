"""Running jobs, counted by author, and together by kind."""

from bot.domain.requests import Mode
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


def test_jobs_of_a_kind_stand_as_they_came_and_one_that_changes_its_kind_goes_to_the_others() -> None:
    running = RunningJobs()
    first, second, third = make_job(), make_job(), make_job()
    for job in (first, second, third, first.with_(stopped=True), second.with_(mode=Mode.RELAX)):
        running[job.id] = job

    assert [list(jobs) for jobs in running.of_kind.values()] == [[first.id, third.id], [second.id]]
    assert running.of_lane.total() == 3

    for job in (first, second, third):
        del running[job.id]

    assert (running.of_kind, running.of_lane.total()) == ({}, 0)
