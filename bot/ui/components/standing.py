"""Whether a member may go on in a channel, asked of Discord: whoever comes by the web brings no rights along."""

import asyncio
import logging
from dataclasses import replace

import discord

from bot.domain.job import Actor, Place, Reach
from bot.errors import UserError
from bot.ui.components.guilds import ASK_LIMIT_S
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, UNREACHABLE, roles_of

logger = logging.getLogger(__name__)


class Standing:
    """Asks for one member in one channel at a time; nothing is remembered, since both may change at any moment."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def in_channel(self, actor: Actor, place: Place) -> Actor | None:
        """Return a member with their roles of now, where they could give the bot's commands in a channel by themselves.

        Returns:
            None where they, or the bot, are not there, they may not write or use commands there, or it is a private
            thread.

        Raises:
            UserError: Discord cannot be asked now.
        """
        if place.guild_id is None or place.reach is not Reach.GUILD or not place.may_post:
            return None
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                guild = await self._client.fetch_guild(place.guild_id, with_counts=False)
                member = await guild.fetch_member(actor.id)
                may = await _may_give_commands(guild, member, place.channel_id)
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("not in the channel any more member_id=%d code=%d", actor.id, exc.code)
            return None
        except NETWORK_ERRORS as exc:
            raise UserError(UNREACHABLE) from exc
        return replace(actor, roles=roles_of(member)) if may else None

    async def direct(self, actor: Actor) -> Place:
        """Return a member's direct messages as a place.

        Raises:
            UserError: Discord cannot be asked now.
        """
        try:
            channel = await self._client.create_dm(discord.Object(actor.id))
        except NETWORK_ERRORS as exc:
            raise UserError(UNREACHABLE) from exc
        return Place(channel.id, None, Reach.DM, may_post=True, upload_limit=DM_UPLOAD_LIMIT)


async def _may_give_commands(guild: discord.Guild, member: discord.Member, channel_id: int) -> bool:
    channel = await guild.fetch_channel(channel_id)
    if isinstance(channel, discord.Thread):
        if channel.is_private():
            return False
        rights = await _rights(guild, member, channel.parent_id)
        may_write = rights.send_messages_in_threads
    else:
        rights = channel.permissions_for(member)
        may_write = rights.send_messages
    is_silenced = member.is_timed_out()
    return rights.view_channel and may_write and rights.use_application_commands and not is_silenced


async def _rights(guild: discord.Guild, member: discord.Member, channel_id: int) -> discord.Permissions:
    channel = await guild.fetch_channel(channel_id)
    return discord.Permissions.none() if isinstance(channel, discord.Thread) else channel.permissions_for(member)
