"""The channels in which moderators look at results: whether the bot may write there."""

from collections.abc import AsyncIterator

import aiohttp
import discord

from bot.client import point_at
from bot.doctor.answers import Answer, note, ok
from bot.doctor.discord import lacking_in, logged_in
from bot.settings import Settings
from bot.storage.inspection import review_channels


async def look_at_reviews(settings: Settings) -> AsyncIterator[Answer]:
    """Whether each review channel is there, with what a result needs in it."""
    try:
        chosen = await review_channels(settings.storage.database)
    except Exception:  # noqa: BLE001 - the check of the database has said so
        return
    if not chosen:
        return
    point_at(settings)
    try:
        async with logged_in(settings) as client:
            for guild_id, channel_id in chosen.items():
                yield await _channel(client, guild_id, channel_id)
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        return  # as the check of Discord


async def _channel(client: discord.Client, guild_id: int, channel_id: int) -> Answer:
    figures = {"guild": str(guild_id), "channel": str(channel_id)}
    try:
        guild = await client.fetch_guild(guild_id, with_counts=False)
        me = await guild.fetch_member(client.user.id if client.user else 0)
        channels = [channel for channel in await guild.fetch_channels() if channel.id == channel_id]
    except (discord.NotFound, discord.Forbidden):
        return note(f"The bot is no longer in the server {guild_id}, which has a review channel.", **figures)
    undecided = "What waits for a moderator there is decided by time alone."
    if not channels:
        return note(f"{guild.name}: the review channel {channel_id} is gone. {undecided}", **figures)
    (channel,) = channels
    if missing := lacking_in(channel.permissions_for(me)):
        return note(
            f"{guild.name}: rights are missing in the review channel #{channel.name} ({', '.join(missing)})."
            f" {undecided}",
            missing=missing,
            **figures,
        )
    return ok(f"{guild.name}: the bot may write in the review channel #{channel.name}.", **figures)
