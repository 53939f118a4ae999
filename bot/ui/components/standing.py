"""Whether a member may go on in a channel, asked of Discord: whoever comes by the web brings no rights along."""

import asyncio
import logging
from dataclasses import replace

import discord

from bot.domain.job import Actor, Place, Reach
from bot.errors import UserError
from bot.language import _
from bot.ui.components.guilds import ASK_LIMIT_S
from bot.ui.components.interactions import DM_UPLOAD_LIMIT, NETWORK_ERRORS, UNREACHABLE, roles_of

logger = logging.getLogger(__name__)


POSTING = {  # what posting a picture takes, in Discord's words
    "view_channel": _("View Channel"),
    "send_messages": _("Send Messages"),
    "attach_files": _("Attach Files"),
}


class Standing:
    """Asks for one member in one channel at a time; nothing is remembered, since both may change at any moment."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def in_channel(self, actor: Actor, place: Place) -> tuple[Actor, Place] | None:
        """Return a member and a channel as they are now, where they could give the bot's commands there by themselves.

        Returns:
            The member with their roles, the place with its category and whether it is age-restricted. None where they,
            or the bot, are not there, they may not write or use commands there, or it is a private thread.

        Raises:
            UserError: Discord cannot be asked now.
        """
        if place.guild_id is None or place.reach is not Reach.GUILD or not place.may_post:
            return None
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                guild = await self._client.fetch_guild(place.guild_id, with_counts=False)
                member = await guild.fetch_member(actor.id)
                channel = await guild.fetch_channel(place.channel_id)
                parent = (
                    await guild.fetch_channel(channel.parent_id) if isinstance(channel, discord.Thread) else channel
                )
        except (discord.NotFound, discord.Forbidden) as exc:
            logger.info("not in the channel any more member_id=%d code=%d", actor.id, exc.code)
            return None
        except NETWORK_ERRORS as exc:
            raise UserError(UNREACHABLE) from exc
        if isinstance(parent, discord.Thread) or not _may_give_commands(member, channel, parent):
            return None
        there = replace(place, category_id=parent.category_id, is_age_restricted=parent.is_nsfw())
        return replace(actor, roles=roles_of(member)), there

    async def check_may_post(self, guild_id: int, channel_id: int) -> None:
        """Refuse a channel in which the bot may not post pictures, with what it lacks there.

        Raises:
            UserError: a right is missing, or Discord cannot be asked now.
        """
        me = self._client.user
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                guild = await self._client.fetch_guild(guild_id, with_counts=False)
                channel = await guild.fetch_channel(channel_id)
                rights = channel.permissions_for(await guild.fetch_member(me.id if me else 0))
        except (discord.NotFound, discord.Forbidden, discord.InvalidData):
            rights = discord.Permissions.none()  # what it may not see is not there, nor is another server's channel
        except NETWORK_ERRORS as exc:
            raise UserError(UNREACHABLE) from exc
        for name, right in POSTING.items():
            if not getattr(rights, name):
                channel_text = f"<#{channel_id}>"
                raise UserError(
                    _(
                        "I can't post pictures in {channel}. Please give me “{right}” there.",
                        channel=channel_text,
                        right=right,
                    )
                )

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


def _may_give_commands(
    member: discord.Member, channel: discord.abc.GuildChannel | discord.Thread, parent: discord.abc.GuildChannel
) -> bool:
    rights = parent.permissions_for(member)
    if isinstance(channel, discord.Thread):
        may_write = rights.send_messages_in_threads and not channel.is_private()
    else:
        may_write = rights.send_messages
    is_silenced = member.is_timed_out()
    return rights.view_channel and may_write and rights.use_application_commands and not is_silenced
