"""How often running jobs are looked at, by what is known of how long such tasks take."""

from itertools import pairwise

import pytest

from bot.jobs.poller import CLOSE_S, CLOSEST_S, LONGEST_S, LOOKS_A_SECOND, SHORTEST_S, Poller
from bot.services import Services
from tests.support.loops import make_poller
from tests.support.makers import make_job
from tests.support.ports import ManualClock, ScriptedEngine
from tests.unit.jobs.test_poller import run_jobs


@pytest.fixture
def poller(services: Services) -> Poller:
    return make_poller(services)


def teach(services: Services, *taken_s: float) -> None:
    for took_s in taken_s:
        services.jobs.live.durations.note(make_job(), took_s)


def looked_at_s(engine: ScriptedEngine, ages_s: list[float], age_s: float) -> None:
    if len(engine.looked) > len(ages_s):
        ages_s.append(age_s)


async def test_jobs_are_looked_at_more_often_when_they_are_about_to_end(
    poller: Poller, services: Services, engine: ScriptedEngine, clock: ManualClock
) -> None:
    teach(services, 58.0, 60.0, 62.0)
    run_jobs(services, 1)
    ages_s: list[float] = []

    for tenth in range(650):
        await poller.look_once()
        looked_at_s(engine, ages_s, tenth / 10)
        clock.pass_by(0.1)

    gaps_s = [after - before for before, after in pairwise(ages_s)]
    assert min(gap for gap, age in zip(gaps_s, ages_s, strict=False) if age < 40) > 2 * CLOSE_S
    assert max(gap for gap, age in zip(gaps_s, ages_s, strict=False) if age > 56) == pytest.approx(CLOSE_S, abs=0.15)


@pytest.mark.parametrize(("together", "closest_s"), [(True, CLOSEST_S), (False, SHORTEST_S)])
async def test_many_that_are_about_to_end_are_looked_at_in_one_closer_look(
    together: bool,
    closest_s: float,
    poller: Poller,
    services: Services,
    engine: ScriptedEngine,
    clock: ManualClock,
) -> None:
    engine.looks_together = together
    teach(services, 58.0, 60.0, 62.0)
    jobs = run_jobs(services, 100)
    clock.pass_by(57.0)
    await poller.look_once()

    clock.pass_by(closest_s - 0.1)
    assert services.jobs.live.looks.take() == []
    clock.pass_by(0.2)
    assert len(services.jobs.live.looks.take()) == len(jobs)


async def test_a_crowd_of_which_nothing_is_known_is_looked_at_less_often(
    poller: Poller, services: Services, clock: ManualClock
) -> None:
    run_jobs(services, int(2 * SHORTEST_S * LOOKS_A_SECOND))
    await poller.look_once()

    clock.pass_by(2 * SHORTEST_S - 0.1)
    assert services.jobs.live.looks.take() == []
    clock.pass_by(0.1)
    assert services.jobs.live.looks.take()


async def test_jobs_that_take_longer_than_expected_are_looked_at_as_if_nothing_was_known(
    poller: Poller, services: Services, clock: ManualClock
) -> None:
    teach(services, 58.0, 60.0, 62.0)
    run_jobs(services, 1)
    clock.pass_by(180.0)
    await poller.look_once()

    clock.pass_by(LONGEST_S - 0.1)
    assert services.jobs.live.looks.take() == []
