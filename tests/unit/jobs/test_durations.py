"""What is learnt of how long tasks take, and when the next one is expected to end."""

import pytest

from bot.domain.job import Job, JobStatus, Result
from bot.domain.outcomes import Finished, Succeeded, Working
from bot.domain.requests import Action, Button, Imagine, Mode
from bot.jobs.durations import ENOUGH, KINDS, REMEMBERED, Durations
from bot.jobs.look_history import END_KNOWN_WITHIN_S
from bot.services import Services
from tests.support.makers import make_job
from tests.support.ports import ManualClock
from tests.support.walk import running

DONE = Succeeded(Result(image_url="https://cdn.example/1.png"))


def press(custom_id: str) -> Job:
    return make_job(request=Action(button=Button(custom_id=custom_id), parent_task_id="1"))


def learn(durations: Durations, job: Job, *seconds: float) -> None:
    for took_s in seconds:
        durations.note(job, took_s)


def test_nothing_is_expected_of_what_was_hardly_seen() -> None:
    durations = Durations()
    learn(durations, make_job(), *[60.0] * (ENOUGH - 1))

    assert durations.expected("midjourney", "imagine", Mode.FAST) is None


def test_the_next_task_is_expected_to_take_what_the_last_ones_took() -> None:
    durations = Durations()
    learn(durations, make_job(), *map(float, range(50, 71)))

    expected = durations.expected("midjourney", "imagine", Mode.FAST)

    assert expected is not None
    assert expected.typical_s == 60
    assert 40 < expected.earliest_s < 52
    assert 68 < expected.latest_s < 90


@pytest.mark.parametrize(
    "other",
    [
        make_job(mode=Mode.RELAX),
        make_job(engine="painter"),
        make_job(request=Imagine(prompt="a cat", pictures=("one",))),
        press("MJ::JOB::upsample::1::uuid"),
    ],
    ids=["mode", "engine", "pictures", "button"],
)
def test_kinds_are_learnt_apart(other: Job) -> None:
    durations = Durations()
    learn(durations, make_job(), 60, 60, 60)
    learn(durations, other, 5, 5, 5)

    assert [expected.typical_s for job in (make_job(), other) if (expected := durations.of(job))] == [60, 5]


def test_only_the_last_ones_count() -> None:
    durations = Durations()
    learn(durations, make_job(), *[600.0] * REMEMBERED, *[60.0] * REMEMBERED)

    expected = durations.of(make_job())

    assert expected is not None
    assert expected.latest_s < 100


def test_kinds_without_end_take_no_room_without_end() -> None:
    durations = Durations()
    for number in range(KINDS + 1):
        learn(durations, make_job(engine=f"engine-{number}"), 1, 1, 1)

    assert durations.of(make_job(engine="engine-0")) is None
    assert durations.of(make_job(engine=f"engine-{KINDS}")) is not None


async def test_what_was_learnt_outlives_the_process(services: Services) -> None:
    durations, after = Durations(), Durations()
    learn(durations, make_job(), 58, 60, 62)

    await durations.keep(services.store.notes)
    services.store.notes.forget_all()
    await after.recall(services.store.notes)

    assert after.of(make_job()) == durations.of(make_job())


@pytest.mark.parametrize(("last_seen_s", "is_learnt"), [(1.0, True), (END_KNOWN_WITHIN_S + 1, False)])
async def test_an_end_that_was_seen_late_teaches_nothing(
    last_seen_s: float, is_learnt: bool, services: Services, clock: ManualClock
) -> None:
    jobs = [await running(services) for _task in range(ENOUGH)]
    for job in jobs:
        await services.jobs.tracking.advance(job, Working(31))

    clock.pass_by(last_seen_s)
    for job in jobs:
        await services.jobs.tracking.advance(job, DONE)

    assert (services.jobs.live.durations.of(jobs[0]) is not None) is is_learnt


async def test_an_engine_that_answers_with_the_picture_teaches_too(services: Services, clock: ManualClock) -> None:
    jobs = [make_job(JobStatus.SUBMITTING, submitted_at=clock.now()) for _task in range(ENOUGH)]
    clock.pass_by(20.0)
    for job in jobs:
        await services.jobs.transitions.on_finished(job, Finished(DONE.result))

    expected = services.jobs.live.durations.of(jobs[0])
    assert expected is not None
    assert expected.typical_s == pytest.approx(20.0)
