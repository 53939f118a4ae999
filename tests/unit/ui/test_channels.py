"""An earlier post is found by the time at which it can stand there, however busy the channel was."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import discord

from bot.ui.delivery.channels import CLOCKS_APART, TOKEN_LIFE, find_own_message, first_id_after
from tests.support.makers import START

EASEL = "easel"


@dataclass
class Said:
    """A message, as far as the search looks at it."""

    id: int
    author: str = "ben"
    is_wanted: bool = False


@dataclass
class Channel:
    """A channel's history, oldest first, in pages as Discord gives it."""

    messages: list[Said]
    read: list[int] = field(default_factory=list)

    async def history(self, *, limit: int | None, after: discord.Object, oldest_first: bool) -> AsyncIterator[Said]:
        assert oldest_first
        for message in [one for one in self.messages if one.id > after.id][:limit]:
            self.read.append(message.id)
            yield message


@dataclass
class Client:
    user: str = EASEL


def at(seconds: float) -> int:
    return discord.utils.time_snowflake(START + timedelta(seconds=seconds))


def busy(seconds: int) -> list[Said]:
    """Somebody says something every second from the start of time."""
    return [Said(at(second)) for second in range(seconds)]


async def found(channel: Channel, since: int, until: datetime | None = None) -> int | None:
    fits = cast(Callable[[discord.Message], bool], lambda message: message.is_wanted)
    return await find_own_message(cast(Any, Client()), cast(Any, channel), since, fits, until=until)


async def test_post_behind_thousands_of_messages_is_found() -> None:
    ours = Said(at(3599.5), EASEL, is_wanted=True)
    channel = Channel([*busy(3600), ours])

    assert await found(channel, at(0)) == ours.id


async def test_search_ends_where_the_message_cannot_stand_any_more() -> None:
    channel = Channel(busy(7200))

    assert await found(channel, at(0), START + TOKEN_LIFE) is None

    assert len(channel.read) <= (TOKEN_LIFE + CLOCKS_APART).total_seconds() + 1


async def test_somebody_elses_message_is_not_ours() -> None:
    channel = Channel([Said(at(5), "ben", is_wanted=True)])

    assert await found(channel, at(0)) is None


async def test_message_is_found_where_clocks_differ() -> None:
    early, late = [Said(at(seconds), EASEL, is_wanted=True) for seconds in (-240, 240)]

    assert await found(Channel([early]), first_id_after(START)) == early.id
    assert await found(Channel([late]), first_id_after(START), START) == late.id
