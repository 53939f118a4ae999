"""What becomes of units where the end of a job was not its last: looked at again, or given back by a moderator."""

import json

import pytest

from bot.domain.budgets import relay_account
from bot.domain.job import Failure, FailureKind, Job, JobStatus
from bot.domain.outcomes import Failed, Succeeded
from bot.domain.review import Decision
from bot.domain.server_rules import Key
from bot.services import Services
from bot.settings import Settings
from bot.storage import books
from tests.support.makers import make_result, make_settings, make_token
from tests.support.ports import ScriptedEngine
from tests.support.stored import reservation_of, units_used
from tests.support.walk import now, waiting, work_off


@pytest.fixture
def settings() -> Settings:
    relay = {"name": "a", "url": "https://a.example", "key": "k", "units_per_day": 1}
    return make_settings(relays=json.dumps([relay]), prices={"imagine": 1})


@pytest.fixture
def engines(engine: ScriptedEngine) -> dict[str, ScriptedEngine]:
    return {"midjourney@a": engine, "midjourney": engine}


async def imbalances(services: Services) -> list[books.Imbalance]:
    """Where the ledger's sums differ from what is counted."""
    async with services.store.database.streaming() as connection:
        return await connection.run_sync(books.imbalances)


async def timed_out(services: Services) -> Job:
    """A job that its relay did not finish in time, and that somebody looks at again."""
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "a")
    expired = Failure(kind=FailureKind.EXPIRED)
    await services.jobs.transitions.end(services.jobs.live.running[job.id], JobStatus.EXPIRED, expired)
    await work_off(services)
    assert await reservation_of(services.store, job) == "settled"
    await services.jobs.recovery.retry_recovery(await now(services, job), make_token())
    return services.jobs.live.running[job.id]


async def test_what_a_moderator_gives_back_stays_spent_at_the_relay(services: Services) -> None:
    chosen = {"review": True, "review_channel": 777}
    await services.jobs.rulebook.set(201, {Key("server", name): value for name, value in chosen.items()}, 903)
    job = await waiting(services)
    await services.jobs.submission.submit(job.id, "a")
    await services.jobs.tracking.advance(services.jobs.live.running[job.id], Succeeded(make_result()))
    await work_off(services)

    await services.jobs.reviews.decide(job.id, Decision.REJECT, 903, reason="no", is_refunded=True)

    assert await units_used(services.store, relay_account("a", job.created_at.date().isoformat()).scope) == 1
    assert await units_used(services.store) == 0
    assert await imbalances(services) == []


async def test_what_fails_after_a_second_look_is_given_back(services: Services) -> None:
    job = await timed_out(services)

    await services.jobs.tracking.advance(job, Failed("upstream failed"))

    assert await reservation_of(services.store, job) == "released"
    assert await units_used(services.store) == 0
    assert await imbalances(services) == []


async def test_what_succeeds_after_a_second_look_stays_spent(services: Services) -> None:
    job = await timed_out(services)

    await services.jobs.tracking.advance(job, Succeeded(make_result()))

    assert await reservation_of(services.store, job) == "settled"
    assert await units_used(services.store) == 1
    assert await imbalances(services) == []
