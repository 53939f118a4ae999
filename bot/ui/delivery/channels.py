"""Work in a channel with the bot's own token: find what it posted there before, and reply."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.domain.job import Place
from bot.ui.components.interactions import TOKEN_LIFE_S

CLOCKS_APART = timedelta(minutes=5)  # what Discord's clock and ours may differ
TOKEN_LIFE = timedelta(seconds=TOKEN_LIFE_S)  # within that a card has come, or never will
NO_HISTORY_CODE = 160002  # replies need the right to read what they reply to


def channel_of(client: discord.Client, place: Place) -> discord.PartialMessageable:
    """Get the channel of a place; asks Discord nothing."""
    return client.get_partial_messageable(place.channel_id, guild_id=place.guild_id)


async def belongs(client: discord.Client, channel_id: int, guild_id: int) -> bool:
    """Tell whether a channel is one of a server's own: a rule may name any, and its moderators have no say elsewhere.

    Raises:
        discord.HTTPException, aiohttp.ClientError, TimeoutError: as asking does; `Forbidden` and `NotFound`, too.
    """
    channel = await client.http.get_channel(channel_id)
    return str(channel.get("guild_id")) == str(guild_id)


def first_id_after(moment: datetime) -> int:
    """Compute an id below those of all messages written after a moment of our clock."""
    return discord.utils.time_snowflake(moment - CLOCKS_APART)


async def find_own_message(
    client: discord.Client,
    channel: discord.abc.Messageable,
    since: int,
    fits: Callable[[discord.Message], bool],
    *,
    until: datetime | None = None,
) -> int | None:
    """Find the bot's first message with an id above `since` that fits, written before a moment of our clock if given.

    The message stands near the beginning of that time, however much was said later; in a busy channel all of the time
    is searched.

    Raises:
        discord.Forbidden: the bot may not read the channel's history.
        discord.NotFound: the channel is gone.
    """
    last = None if until is None else discord.utils.time_snowflake(until + CLOCKS_APART, high=True)
    async for message in channel.history(limit=None, after=discord.Object(since), oldest_first=True):
        if last is not None and message.id > last:
            break
        if message.author == client.user and fits(message):
            return message.id
    return None


async def send_reply(
    channel: discord.abc.Messageable, text: str, reference: discord.MessageReference | None, **options: Any
) -> discord.Message:
    """Send a text as a reply; as a plain message where the bot may not read what it would reply to.

    Raises:
        discord.HTTPException, aiohttp.ClientError, TimeoutError: as sending does.
    """
    try:
        return await channel.send(text, reference=reference, **options)  # type: ignore[arg-type]  # None means none here as well
    except discord.HTTPException as exc:
        if exc.code != NO_HISTORY_CODE:
            raise
    return await channel.send(text, **options)
