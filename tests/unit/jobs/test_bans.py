"""Whom the owner bans is served nowhere, until the ban ends by itself or is lifted."""

import json
from datetime import timedelta

import pytest

from bot.crypto import Pseudonyms
from bot.domain.job import Actor, JobStatus, Place, Reach, Subject
from bot.errors import UserError
from bot.services import Services
from bot.storage.audit import last_acts
from bot.storage.jobs import JobStore
from tests.support.makers import ANA, BEN, make_place, make_settings
from tests.support.ports import ManualClock, ScriptedEngine
from tests.support.walk import now, waiting

pytestmark = pytest.mark.both_databases

OWNER, HERE, ELSEWHERE = 1, make_place(), make_place(guild_id=202)
DM = make_place(guild_id=None, reach=Reach.DM)


@pytest.fixture
def settings() -> object:
    return make_settings(allow_dm=True)


async def ban(
    services: Services, subject: Subject = Subject.MEMBER, one: int = ANA.id, days: int | None = None
) -> None:
    until = None if days is None else services.clock.now() + timedelta(days=days)
    await services.jobs.controls.ban(subject, one, OWNER, reason="spam", until=until)


async def refusal(services: Services, actor: Actor = ANA, place: Place = HERE) -> str:
    try:
        await services.jobs.access.check_free(actor, place)
    except UserError as exc:
        return str(exc)
    return ""


@pytest.mark.parametrize("place", [HERE, ELSEWHERE, DM])
async def test_banned_member_is_refused_everywhere_and_nobody_else_is(place: Place, services: Services) -> None:
    await ban(services)

    assert "has banned you" in await refusal(services, ANA, place)
    assert await refusal(services, BEN, place) == ""


async def test_banned_server_serves_nobody_and_others_do(services: Services) -> None:
    await ban(services, Subject.GUILD, 201)

    assert [await refusal(services, actor, HERE) for actor in (ANA, BEN)] == [
        "The owner of Easel has banned this server."
    ] * 2
    assert await refusal(services, ANA, ELSEWHERE) == ""


async def test_ban_says_when_it_ends_and_ends_by_itself(services: Services, clock: ManualClock) -> None:
    await ban(services, days=2)
    told = await refusal(services)

    clock.pass_by(2 * 86_400 - 1)
    almost = await refusal(services)
    clock.pass_by(1)

    assert "The ban ends <t:" in told
    assert almost
    assert await refusal(services) == ""
    assert services.jobs.bans.standing() == []


async def test_lifted_ban_is_over_and_there_is_none_to_lift_then(services: Services) -> None:
    await ban(services)

    assert await services.jobs.bans.lift(Subject.MEMBER, ANA.id, OWNER, reason="sorry")

    assert await refusal(services) == ""
    assert not await services.jobs.bans.lift(Subject.MEMBER, ANA.id, OWNER, reason="")


@pytest.mark.parametrize(("subject", "one"), [(Subject.MEMBER, ANA.id), (Subject.GUILD, 201)])
async def test_what_waits_is_stopped_and_never_sent(
    subject: Subject, one: int, services: Services, engine: ScriptedEngine
) -> None:
    job = await waiting(services)

    await ban(services, subject, one)
    await services.jobs.submission.submit(job.id)

    assert ((await now(services, job)).status, engine.submitted) == (JobStatus.CANCELLED, [])


async def test_another_ban_of_the_same_member_takes_the_place_of_the_first(services: Services) -> None:
    await ban(services, days=1)
    await ban(services)

    (standing,) = services.jobs.bans.standing()

    assert standing.until is None


async def test_bans_outlive_a_restart_and_those_that_ended_are_forgotten(
    services: Services, store: JobStore, clock: ManualClock
) -> None:
    await ban(services, days=1)
    await ban(services, Subject.GUILD, 201)
    clock.pass_by(86_400)
    await store.bans.forget_ended(clock.now())

    await services.jobs.bans.load()

    assert [one.subject_id for one in await store.bans.read_all()] == [201]
    assert services.jobs.bans.banned_guilds() == [201]


async def test_acts_are_written_down_with_how_it_was_before(services: Services, store: JobStore) -> None:
    await ban(services)
    await ban(services, days=1)
    await services.jobs.bans.lift(Subject.MEMBER, ANA.id, OWNER, reason="sorry")
    await ban(services, Subject.GUILD, 201)

    acts = list(reversed(await last_acts(store.database, None, 10)))

    assert [(act.act, act.actor, act.target, act.reason) for act in acts] == [
        ("ban", "1", str(ANA.id), "spam"),
        ("ban", "1", str(ANA.id), "spam"),
        ("unban", "1", str(ANA.id), "sorry"),
        ("ban", "1", "server:201", "spam"),
    ]
    assert acts[0].before == ""
    assert json.loads(acts[1].before) == {"reason": "spam", "until": None}
    assert json.loads(acts[1].after)["until"] is not None
    assert acts[2].after == ""


async def test_ban_of_an_erased_member_holds_under_a_keyed_hash(services: Services, store: JobStore) -> None:
    await ban(services)

    await services.personal_data.erase(ANA)
    await services.jobs.bans.load()

    assert [one.subject_id for one in await store.bans.read_all()] == [Pseudonyms("key").of(ANA.id)]
    assert "has banned you" in await refusal(services)
    assert await refusal(services, BEN) == ""
    assert await services.jobs.bans.lift(Subject.MEMBER, ANA.id, OWNER, reason="")
    assert await refusal(services) == ""


async def test_erased_member_who_was_banned_anew_is_erased_again(services: Services, store: JobStore) -> None:
    await ban(services, days=1)
    await services.personal_data.erase(ANA)
    await ban(services)

    await services.personal_data.erase(ANA)

    (left,) = await store.bans.read_all()
    assert (left.subject_id, left.until) == (Pseudonyms("key").of(ANA.id), None)


async def test_owner_who_is_erased_has_banned_nobody_by_name(services: Services, store: JobStore) -> None:
    await ban(services)

    await services.personal_data.erase(Actor(OWNER))

    assert [one.by for one in await store.bans.read_all()] == [0]


async def test_waiting_job_is_held_against_bans_again_before_it_is_sent(
    services: Services, engine: ScriptedEngine
) -> None:
    job = await waiting(services)
    await services.jobs.bans.ban(Subject.MEMBER, ANA.id, OWNER, reason="spam", until=None)

    await services.jobs.submission.submit(job.id)

    assert ((await now(services, job)).status, engine.submitted) == (JobStatus.CANCELLED, [])
