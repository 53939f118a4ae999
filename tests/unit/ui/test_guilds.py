"""What a server takes and who may act in it is asked of Discord where interactions do not tell it."""

import pytest

from bot.domain.job import Reach
from bot.ui.components.guilds import REMEMBERED_FOR_S, Guilds
from bot.ui.components.interactions import DM_UPLOAD_LIMIT
from sandbox.wire import Fault
from tests.support.discord_bench import DiscordBench
from tests.support.ports import ManualClock

MIB = 1024 * 1024
MEMBERS_LIMIT = 500 * MIB


@pytest.fixture
def guilds(bench: DiscordBench, clock: ManualClock) -> Guilds:
    return Guilds(bench.client, clock)


@pytest.mark.parametrize(
    ("channel", "told", "limit"),
    [
        ("studio", MEMBERS_LIMIT, 10 * MIB),  # its author may send more than we may
        ("hall", MEMBERS_LIMIT, 100 * MIB),  # a boosted server
        ("hall", 50 * MIB, 50 * MIB),
        ("dm-ana", MEMBERS_LIMIT, MEMBERS_LIMIT),
    ],
)
async def test_own_messages_have_the_limit_of_their_server(
    bench: DiscordBench, guilds: Guilds, channel: str, told: int, limit: int
) -> None:
    bench.loopback.state.open_dm(next(user for user in bench.loopback.state.users.values() if user.username == "ana"))

    assert await guilds.upload_limit(bench.place(channel, upload_limit=told)) == limit


async def test_a_server_is_asked_once_in_a_while_and_never_for_what_every_server_takes(
    bench: DiscordBench, guilds: Guilds, clock: ManualClock
) -> None:
    for told, wait_s, calls in ((10 * MIB, 0.0, 0), (MEMBERS_LIMIT, 0.0, 1), (50 * MIB, 0.0, 1), (50 * MIB, 601.0, 2)):
        clock.pass_by(wait_s)
        await guilds.upload_limit(bench.place("hall", upload_limit=told))
        assert sum(call.startswith("GET /guilds/") for call in bench.calls) == calls
    assert REMEMBERED_FOR_S < 601.0


async def test_where_only_the_author_brought_us_their_limit_holds(bench: DiscordBench, guilds: Guilds) -> None:
    place = bench.place("lounge", upload_limit=MEMBERS_LIMIT)

    assert place.reach is Reach.USER_INSTALL
    assert await guilds.upload_limit(place) == MEMBERS_LIMIT
    assert bench.calls == []


async def test_when_discord_does_not_answer_the_least_is_taken_and_not_remembered(
    bench: DiscordBench, guilds: Guilds
) -> None:
    place = bench.place("hall", upload_limit=MEMBERS_LIMIT)
    bench.loopback.wire.faults.append(Fault("GET", "/api/v10/guilds/*", 1, status=503, body={}))

    assert await guilds.upload_limit(place) == DM_UPLOAD_LIMIT
    assert await guilds.upload_limit(place) == 100 * MIB


async def test_moderators_are_told_from_members(bench: DiscordBench, guilds: Guilds) -> None:
    guild_id = bench.channel("studio").guild_id
    people = {user.username: user.id for user in bench.loopback.state.users.values()}

    assert await guilds.manages_messages(guild_id, people["mia"])
    assert not await guilds.manages_messages(guild_id, people["ana"])
    assert not await guilds.manages_messages(None, people["mia"])
