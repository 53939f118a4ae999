"""A server that the bot was removed from: what waits there stops, and what is kept of it goes after its days."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.crypto import Pseudonyms
from bot.domain.job import JobStatus, Reach, Subject
from bot.operation.eraser import MONTH_S, Eraser
from bot.operation.left_guilds import LeftGuilds
from bot.operation.personal_data import AGAIN_S
from bot.operation.sweeper import DAY_S
from bot.services import Services
from bot.storage.schema import audit
from tests.support.makers import ANA, BEN, DAY, START, make_place
from tests.support.ports import ManualClock, ToldGuilds
from tests.support.stored import admitted, moved, received, units_used
from tests.support.walk import finished, waiting, work_off

pytestmark = pytest.mark.both_databases

GUILD, OTHER = 201, 202


@pytest.fixture
def guilds() -> ToldGuilds:
    return ToldGuilds(GUILD, OTHER)


@pytest.fixture
def left(services: Services, guilds: ToldGuilds, clock: ManualClock) -> LeftGuilds:
    return LeftGuilds(services.store, services.jobs.controls, guilds, clock, 30)


async def erase_due(services: Services, guilds: ToldGuilds) -> None:
    await Eraser(
        services.store,
        services.pictures,
        services.personal_data,
        services.jobs.moderation,
        Pseudonyms("key"),
        guilds,
        services.clock,
    ).erase_due()


async def test_waiting_jobs_of_a_server_that_was_left_stop_and_cost_nothing(
    services: Services, left: LeftGuilds, guilds: ToldGuilds
) -> None:
    job = await waiting(services)
    elsewhere = await admitted(services.store, received(place=make_place(guild_id=OTHER), actor=BEN))
    assert await units_used(services.store) == 2

    guilds.listed = {OTHER}
    await left.look()

    assert [found and found.status for found in [await services.store.get(one.id) for one in (job, elsewhere)]] == [
        JobStatus.CANCELLED,
        JobStatus.RECEIVED,
    ]
    assert await units_used(services.store) == 1


async def test_after_its_days_only_units_stay_of_a_server_that_was_left(
    services: Services, left: LeftGuilds, guilds: ToldGuilds, clock: ManualClock
) -> None:
    job = await finished(services)
    await work_off(services)
    await services.jobs.moderation.block(GUILD, BEN.id)
    guilds.listed = {OTHER}

    await left.look()
    clock.pass_by(29 * DAY_S)
    await erase_due(services, guilds)
    kept = await services.store.get(job.id)
    assert kept is not None
    assert kept.actor == ANA

    clock.pass_by(1 * DAY_S)
    await left.look()
    await erase_due(services, guilds)

    emptied = await services.store.get(job.id)
    assert emptied is not None
    assert (emptied.prompt, emptied.result, emptied.actor.id < 0, emptied.units) == ("", None, True, 1)
    assert not services.jobs.moderation.is_blocked(GUILD, BEN.id)
    async with services.store.database.reading() as connection:
        assert (await connection.execute(select(audit.c.id).where(audit.c.guild_id == GUILD))).all() == []
    clock.pass_by(MONTH_S)  # until what was spent counts in no budget any more
    await erase_due(services, guilds)
    assert await services.store.erasures.of(Subject.GUILD) == []


async def test_coming_back_in_time_undoes_it(
    services: Services, left: LeftGuilds, guilds: ToldGuilds, clock: ManualClock
) -> None:
    job = await finished(services)
    await work_off(services)
    guilds.listed = {OTHER}
    await left.look()

    guilds.listed = {GUILD, OTHER}
    await left.look()
    clock.pass_by(40 * DAY_S)
    await erase_due(services, guilds)

    kept = await services.store.get(job.id)
    assert kept is not None
    assert kept.actor == ANA


async def test_coming_back_while_nobody_looked_undoes_it_too(
    services: Services, left: LeftGuilds, guilds: ToldGuilds, clock: ManualClock
) -> None:
    """The bot was away for longer than its days, and erases before it looks which servers there are."""
    job = await finished(services)
    guilds.listed = {OTHER}
    await left.look()
    clock.pass_by(31 * DAY_S)
    guilds.listed, guilds.in_an_outage = {GUILD, OTHER}, True

    await erase_due(services, guilds)
    assert len(await services.store.erasures.of(Subject.GUILD)) == 1
    guilds.in_an_outage = False
    clock.pass_by(AGAIN_S)
    await erase_due(services, guilds)

    assert await services.store.erasures.of(Subject.GUILD) == []
    kept = await services.store.get(job.id)
    assert kept is not None
    assert kept.actor.id == job.actor.id


async def test_a_list_that_is_behind_stops_nothing(services: Services, left: LeftGuilds, guilds: ToldGuilds) -> None:
    job = await waiting(services)
    guilds.listed, guilds.really = {OTHER}, {GUILD}

    await left.look()

    kept = await services.store.get(job.id)
    assert kept is not None
    assert kept.status is JobStatus.RECEIVED
    assert await services.store.erasures.of(Subject.GUILD) == []


async def test_servers_in_which_only_a_member_brought_the_bot_are_not_taken_for_left(
    services: Services, left: LeftGuilds, guilds: ToldGuilds
) -> None:
    place = make_place(guild_id=777, reach=Reach.USER_INSTALL)
    job = await admitted(services.store, received(place=place))
    guilds.listed = set()

    await left.look()

    kept = await services.store.get(job.id)
    assert kept is not None
    assert kept.status is JobStatus.RECEIVED


async def test_the_days_begin_when_it_was_first_seen(
    services: Services, guilds: ToldGuilds, clock: ManualClock
) -> None:
    await moved(services.store, await admitted(services.store), JobStatus.SUBMITTING, JobStatus.FAILED)
    guilds.listed = {OTHER}
    for _hour in range(3):
        await LeftGuilds(services.store, services.jobs.controls, guilds, clock, 30).look()
        clock.pass_by(3600)

    (noted,) = await services.store.erasures.of(Subject.GUILD)

    assert noted.due_at == START + timedelta(days=30)
    assert START.date().isoformat() == DAY
