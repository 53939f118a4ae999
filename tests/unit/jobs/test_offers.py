"""What the relay does not offer, and what it sends back again and again: for a while, and never for everybody."""

import pytest

from bot.domain.job import Failure, FailureKind, JobStatus, Wait
from bot.domain.outcomes import Busy, Refused
from bot.domain.requests import Describe, EngineRequest, Imagine
from bot.errors import UserError
from bot.jobs.offers import REFUSED_FOR_S, Offers
from bot.jobs.sent_back import MOST_RETURNS
from bot.services import Services
from tests.support.ports import ManualClock, RecordingPresenter, ScriptedEngine
from tests.support.walk import now, received, running, waiting, work_off

NO = Refused(Failure(kind=FailureKind.UNSUPPORTED))
DESCRIBE = Describe(pictures=("a.png",))


def test_one_refusal_may_be_a_slip(clock: ManualClock) -> None:
    offers = Offers(clock)

    assert (offers.refuse("imagine"), offers.is_refused("imagine")) == (False, False)
    assert (offers.refuse("imagine"), offers.is_refused("imagine")) == (True, True)
    assert not offers.is_refused("blend")


def test_two_refusals_with_a_success_between_them_are_two_slips(clock: ManualClock) -> None:
    offers = Offers(clock)
    offers.refuse("imagine")
    offers.take("imagine")
    offers.refuse("imagine")

    assert not offers.is_refused("imagine")


def test_refusals_are_forgotten_after_some_minutes(clock: ManualClock) -> None:
    offers = Offers(clock)
    offers.refuse("imagine")
    offers.refuse("imagine")

    clock.pass_by(REFUSED_FOR_S - 1)
    assert offers.is_refused("imagine")
    clock.pass_by(2)
    assert not offers.is_refused("imagine")


def test_owner_hears_of_it_once_until_it_is_taken_again(clock: ManualClock) -> None:
    offers = Offers(clock)
    news = [offers.refuse("imagine") for _time in range(3)]
    clock.pass_by(REFUSED_FOR_S + 1)
    news += [offers.refuse("imagine") for _time in range(3)]
    offers.take("imagine")
    news += [offers.refuse("imagine") for _time in range(3)]

    assert news == [False, True, False, False, False, False, False, True, False]


async def test_a_refused_operation_is_tried_again_and_the_owner_is_told(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter, clock: ManualClock
) -> None:
    engine.answers = [NO]
    for _time in range(2):
        await services.jobs.submission.submit((await waiting(services, DESCRIBE)).id)

    with pytest.raises(UserError, match="does not offer this"):
        await received(services, DESCRIBE)
    assert [alert for alert in presenter.alerts if "describe" in alert] == presenter.alerts
    assert len(presenter.alerts) == 1

    clock.pass_by(REFUSED_FOR_S + 1)
    await received(services, DESCRIBE)


async def test_a_model_that_a_member_made_up_alarms_nobody(
    services: Services, engine: ScriptedEngine, presenter: RecordingPresenter
) -> None:
    engine.answers = [NO]
    for _time in range(2):
        made_up = EngineRequest(engine="painter", kind="generate", prompt="a cat", options={"model": "made-up"})
        await services.jobs.submission.submit((await waiting(services, made_up)).id)

    assert presenter.alerts == []


@pytest.mark.parametrize("kind", [FailureKind.INVALID, FailureKind.POLICY, FailureKind.RELAY, FailureKind.BANNED])
async def test_a_refused_value_closes_nothing(kind: FailureKind, services: Services, engine: ScriptedEngine) -> None:
    engine.answers = [Refused(Failure(kind=kind, detail="当前账号不支持 remix"))]
    for _time in range(3):
        await services.jobs.submission.submit((await waiting(services)).id)

    await received(services)


# What comes back.


@pytest.mark.parametrize("wait", MOST_RETURNS)
async def test_what_comes_back_while_others_are_taken_ends_in_a_sentence(
    wait: Wait, services: Services, engine: ScriptedEngine
) -> None:
    odd = await waiting(services, Imagine(prompt="an odd one"))
    engine.answers = [Busy(wait, 60.0)]
    holds = [await services.jobs.submission.submit(odd.id)]
    for _time in range(MOST_RETURNS[wait]):
        engine.answers = []
        await running(services)
        engine.answers = [Busy(wait, 60.0)]
        holds.append(await services.jobs.submission.submit(odd.id))
    await work_off(services)

    ended = await now(services, odd)
    assert (ended.status, ended.failure) == (
        JobStatus.REFUSED,
        Failure(kind=FailureKind.SENT_BACK, detail=wait),
    )
    assert holds == [60.0, *[None] * MOST_RETURNS[wait]]  # nobody else is held up by it again
    assert services.jobs.live.held == {}


@pytest.mark.parametrize("wait", [Wait.CREDIT, Wait.KEY, Wait.QUEUE_FULL, Wait.UNREACHABLE])
async def test_a_relay_that_takes_nothing_keeps_its_jobs_waiting(
    wait: Wait, services: Services, engine: ScriptedEngine
) -> None:
    engine.answers = [Busy(wait, 60.0)]
    job = await waiting(services)
    for _time in range(10):
        assert await services.jobs.submission.submit(job.id) == 60.0

    assert (await now(services, job)).status is JobStatus.RECEIVED
