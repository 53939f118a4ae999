"""Where the bot may post, asked of Discord."""

import pytest

from bot.errors import UserError
from bot.ui.components.standing import Standing
from sandbox.discord.permissions import Permission
from tests.support.discord_bench import DiscordBench


async def check(bench: DiscordBench) -> None:
    channel = bench.channel("studio")
    assert channel.guild_id is not None
    await Standing(bench.client).check_may_post(channel.guild_id, channel.id)


async def test_channel_is_taken_where_the_bot_may_post(bench: DiscordBench) -> None:
    await check(bench)


@pytest.mark.parametrize(
    ("right", "told"),
    [
        (Permission.VIEW_CHANNEL, "View Channel"),
        (Permission.SEND_MESSAGES, "Send Messages"),
        (Permission.ATTACH_FILES, "Attach Files"),
    ],
)
async def test_channel_is_refused_with_the_right_that_is_missing(
    right: Permission, told: str, bench: DiscordBench
) -> None:
    bench.deny(right)

    with pytest.raises(UserError, match=f"Please give me “{told}” there"):
        await check(bench)


async def test_channel_of_another_server_is_none(bench: DiscordBench) -> None:
    hall, studio = bench.channel("hall"), bench.channel("studio")
    assert studio.guild_id is not None

    with pytest.raises(UserError, match="View Channel"):
        await Standing(bench.client).check_may_post(studio.guild_id, hall.id)
