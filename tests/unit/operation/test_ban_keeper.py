"""The bot leaves servers that the owner banned, and comes back into none of them."""

from datetime import timedelta

import pytest

from bot.domain.bans import Ban
from bot.domain.job import Subject
from bot.errors import UserError
from bot.operation.ban_keeper import BanKeeper
from bot.services import Services
from tests.support.makers import ANA, make_place
from tests.support.ports import ManualClock

pytestmark = pytest.mark.both_databases


class Joined:
    """The servers that the bot is in, as Discord knows."""

    def __init__(self, *guilds: int) -> None:
        self.guilds = set(guilds)
        self.asked: list[int] = []

    async def leave(self, guild_id: int) -> bool:
        self.asked.append(guild_id)
        is_in = guild_id in self.guilds
        self.guilds.discard(guild_id)
        return is_in


@pytest.fixture
def joined() -> Joined:
    return Joined(201, 202)


@pytest.fixture
def keeper(services: Services, joined: Joined, clock: ManualClock) -> BanKeeper:
    return BanKeeper(services.jobs.bans, joined, services.store, clock)


async def ban(services: Services, subject: Subject, one: int, days: int = 0) -> None:
    until = services.clock.now() + timedelta(days=days) if days else None
    await services.jobs.controls.ban(subject, one, 1, reason="spam", until=until)


async def test_banned_server_is_left_at_once_and_others_stay(
    services: Services, keeper: BanKeeper, joined: Joined
) -> None:
    await ban(services, Subject.GUILD, 201)
    await ban(services, Subject.MEMBER, 202)
    assert services.jobs.bans.to_leave.is_set()

    await keeper.look_once()

    assert joined.guilds == {202}
    assert not services.jobs.bans.to_leave.is_set()


async def test_somebody_who_comes_from_a_banned_server_is_a_reason_to_leave_it(
    services: Services, keeper: BanKeeper, joined: Joined
) -> None:
    await ban(services, Subject.GUILD, 201)
    await keeper.look_once()
    joined.guilds.add(201)

    with pytest.raises(UserError, match="banned this server"):
        await services.jobs.access.check(ANA, make_place())
    await keeper.look_once()

    assert joined.guilds == {202}


async def test_a_ban_that_ended_keeps_the_bot_out_of_nowhere(
    services: Services, keeper: BanKeeper, joined: Joined, clock: ManualClock
) -> None:
    await ban(services, Subject.GUILD, 201, days=1)
    clock.pass_by(86_400)

    await keeper.look_once()

    assert joined.guilds == {201, 202}
    assert await services.store.bans.read_all() == []


async def test_a_process_that_hears_of_a_ban_has_a_reason(services: Services) -> None:
    await services.store.bans.keep(Ban(Subject.GUILD, 203, "spam", 1, services.clock.now()))

    await services.jobs.controls.on_moderation_changed()

    assert services.jobs.bans.to_leave.is_set()
    assert services.jobs.bans.banned_guilds() == [203]
