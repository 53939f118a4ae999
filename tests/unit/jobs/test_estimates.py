"""Where waiting jobs stand, and when jobs are likely to be ready."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.job import JobStatus, Wait
from bot.domain.outcomes import Working
from bot.domain.requests import Mode
from bot.jobs.durations import ENOUGH
from bot.jobs.estimates import EXACT, STEP_S, TOLD, while_running, while_waiting
from bot.jobs.live_jobs import LiveJobs
from tests.support.makers import BEN, START, make_job
from tests.support.ports import ManualClock

TOOK_S = 60.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def live(clock: ManualClock) -> LiveJobs:
    live = LiveJobs(clock)
    for _time in range(ENOUGH):
        live.durations.note(make_job(), TOOK_S)
    return live


def runs(live: LiveJobs, count: int, **changes: Any) -> None:
    for _job in range(count):
        job = make_job(**changes)
        live.running[job.id] = job


def waits(live: LiveJobs, count: int, **changes: Any) -> list[str]:
    jobs = [make_job(JobStatus.RECEIVED, actor=BEN, **changes) for _job in range(count)]
    live.waiting |= {job.id: job for job in jobs}
    return [job.id for job in jobs]


def stand(ids: list[str], live: LiveJobs, clock: ManualClock, at_once: int = 3) -> list[Working]:
    waiting = while_waiting(ids, live, clock, at_once=at_once, is_held=lambda job: job.lane in live.held)
    return [working for _job, working in waiting]


def seconds(working: Working) -> float:
    assert working.ready_at is not None
    return (working.ready_at - START).total_seconds()


def test_a_running_job_is_ready_when_the_last_of_its_kind_were(live: LiveJobs, clock: ManualClock) -> None:
    working = while_running(make_job(), Working(31), live, clock)

    assert (working.percent, seconds(working)) == (31, TOOK_S)


def test_nothing_is_said_once_that_has_passed(live: LiveJobs, clock: ManualClock) -> None:
    clock.pass_by(TOOK_S)

    assert while_running(make_job(), Working(31), live, clock) == Working(31)


def test_no_moment_is_made_up_where_too_few_were_seen(clock: ManualClock) -> None:
    live = LiveJobs(clock)
    runs(live, 1)

    assert stand(waits(live, 2), live, clock) == [Working(), Working(ahead=1)]
    assert while_running(make_job(), Working(), live, clock) == Working()


def test_who_waits_takes_the_places_that_are_free_first(live: LiveJobs, clock: ManualClock) -> None:
    runs(live, 1)
    runs(live, 1, submitted_at=START + timedelta(seconds=30))

    told = stand(waits(live, 3), live, clock)

    assert [one.ahead for one in told] == [0, 1, 2]
    assert [seconds(one) for one in told] == [120, 150, 180]


def test_who_has_no_place_left_waits_for_one_of_their_own(live: LiveJobs, clock: ManualClock) -> None:
    runs(live, 1)
    runs(live, 1, actor=BEN, submitted_at=START + timedelta(seconds=50))

    (told,) = stand(waits(live, 1), live, clock, at_once=1)

    assert seconds(told) == pytest.approx(170, abs=STEP_S)


def test_of_kinds_that_take_longer_and_shorter_the_places_are_free_first_that_end_first(
    live: LiveJobs, clock: ManualClock
) -> None:
    for _time in range(ENOUGH):
        live.durations.note(make_job(mode=Mode.RELAX), 10 * TOOK_S)
    runs(live, 3, mode=Mode.RELAX)
    runs(live, 1, submitted_at=START + timedelta(seconds=20))
    runs(live, 1, submitted_at=START + timedelta(seconds=40))

    told = stand(waits(live, 5), live, clock)

    assert [seconds(one) for one in told] == [140, 160, 200, 220, 260]


def test_places_far_behind_are_told_in_steps_and_no_further_than_some(live: LiveJobs, clock: ManualClock) -> None:
    told = [one.ahead for one in stand(waits(live, TOLD + 9), live, clock)]

    assert told[:8] == [0, 1, 2, 3, 4, 5, 5, 5]
    assert (len(told), told[-1]) == (TOLD, TOLD - EXACT)


def test_while_the_relay_takes_nothing_no_moment_is_told(live: LiveJobs, clock: ManualClock) -> None:
    runs(live, 1)
    live.held["midjourney"] = Wait.QUEUE_FULL

    assert [one.ready_at for one in stand(waits(live, 1), live, clock)] == [None]
    assert stand(waits(live, 1, waiting_for=Wait.QUEUE_FULL), live, clock) == []


def test_moments_are_in_real_time(live: LiveJobs) -> None:
    fast = ManualClock(6.0)

    assert seconds(while_running(make_job(), Working(), live, fast)) == TOOK_S / 6
