"""Who belongs to which server is asked of Discord, remembered for a while, and never waited for long."""

from collections.abc import AsyncIterator

import pytest

from bot.errors import UserError
from bot.ui.components import guild_members
from bot.ui.components.guild_members import NOBODY_FOR_S, REMEMBERED_FOR_S, GuildMembers
from sandbox.wire import Fault
from tests.sandbox.discord_studio import Studio, open_studio
from tests.support.ports import ManualClock

PATH = "/api/v10/guilds/*/members/*"


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with open_studio() as opened:
        yield opened


@pytest.fixture
def known(studio: Studio, clock: ManualClock) -> GuildMembers:
    return GuildMembers(studio.bot, clock)


def ids(studio: Studio) -> tuple[int, int]:
    guild = studio.bot.guilds[0].id
    return guild, next(iter(studio.loopback.state.guilds[guild].roles_by_member))


def asked(studio: Studio) -> int:
    return sum("/members/" in request.path for request in studio.loopback.wire.requests)


async def test_member_is_known_and_a_stranger_is_not(studio: Studio, known: GuildMembers) -> None:
    guild, member = ids(studio)

    assert await known.is_member(guild, member)
    assert not await known.is_member(guild, 4711)
    assert not await known.is_member(4712, member)  # a server that we are not in


async def test_answers_are_remembered_that_of_a_stranger_for_a_moment_only(
    studio: Studio, known: GuildMembers, clock: ManualClock
) -> None:
    guild, member = ids(studio)
    people = (member, 4711)

    for wait_s, calls in ((0.0, 2), (0.0, 2), (NOBODY_FOR_S, 3), (REMEMBERED_FOR_S, 5)):
        clock.pass_by(wait_s)
        assert [await known.is_member(guild, one) for one in people] == [True, False]
        assert asked(studio) == calls


@pytest.mark.parametrize(
    "fault",
    [
        Fault("GET", PATH, status=503, body={}),
        Fault("GET", PATH, drop="before", times=9),
        Fault("GET", PATH, delay_s=9),
    ],
    ids=["503", "reset", "silent"],
)
async def test_when_discord_cannot_be_asked_that_is_said_and_not_remembered(
    fault: Fault, studio: Studio, known: GuildMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, member = ids(studio)
    monkeypatch.setattr(guild_members, "ASK_LIMIT_S", 0.2)
    studio.loopback.wire.faults.append(fault)

    with pytest.raises(UserError, match="couldn't check with Discord"):
        await known.is_member(guild, member)

    studio.loopback.wire.faults.clear()
    monkeypatch.undo()
    assert await known.is_member(guild, member)


async def test_no_more_is_remembered_than_a_bound(
    studio: Studio, known: GuildMembers, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, member = ids(studio)
    monkeypatch.setattr(guild_members, "REMEMBERED", 2)

    for user_id in (member, 4711, 4712, member):
        await known.is_member(guild, user_id)

    assert (asked(studio), len(known._known)) == (4, 2)
