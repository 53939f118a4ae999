"""Who belongs to which server, asked of Discord: in direct messages an interaction does not say it."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import discord

from bot.clock import Clock
from bot.domain.job import Place
from bot.errors import UserError
from bot.language import _
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.remembered import Remembered

REMEMBERED = 5_000  # answers, the newest
REMEMBERED_FOR_S = 5 * 60.0
NOBODY_FOR_S = 20.0  # who was asked to join may have done so
THREADS = (10, 11, 12)  # types of channels. Source: https://docs.discord.com/developers/resources/channel
ASK_LIMIT_S = 1.5  # real seconds: somebody waits, and the library repeats what fails for much longer


class GuildMembers:
    """Asks for one member at a time, which needs no privileged intent, and remembers the answer for some minutes."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._known = Remembered[tuple[int, int], bool](clock)
        self._channels = Remembered[int, Mapping[str, Any]](clock)

    async def located(self, place: Place) -> Place:
        """Return a place with its category, and as a thread with its channel; as it is where Discord does not say."""
        channel = await self._channel(place.channel_id)
        parent_id = place.parent_channel_id
        if channel is not None and channel.get("type") in THREADS:
            parent_id = int(channel.get("parent_id") or 0) or None
            channel = await self._channel(parent_id) if parent_id else None
        if channel is None:
            return replace(place, parent_channel_id=parent_id)
        return replace(
            place,
            parent_channel_id=parent_id,
            category_id=int(channel.get("parent_id") or 0) or None,
            is_age_restricted=bool(channel.get("nsfw")),
        )

    async def _channel(self, channel_id: int) -> Mapping[str, Any] | None:
        if (known := self._channels.get(channel_id)) is not None:
            return known or None
        channel: Mapping[str, Any] = {}
        with contextlib.suppress(*NETWORK_ERRORS):
            async with asyncio.timeout(ASK_LIMIT_S):
                channel = cast(Mapping[str, Any], await self._client.http.get_channel(channel_id))
        good_for_s = REMEMBERED_FOR_S if channel else NOBODY_FOR_S
        self._channels.keep(channel_id, channel, for_s=good_for_s, among=REMEMBERED)
        return channel or None

    async def is_member(self, guild_id: int, user_id: int) -> bool:
        """Tell whether a person is in a server; in one that we are not in, nobody is.

        Raises:
            UserError: Discord cannot be asked now.
        """
        if (known := self._known.get((guild_id, user_id))) is not None:
            return known
        try:
            async with asyncio.timeout(ASK_LIMIT_S):
                await self._client.http.get_member(guild_id, user_id)
            is_member = True
        except (discord.NotFound, discord.Forbidden):
            is_member = False
        except NETWORK_ERRORS as exc:
            raise UserError(
                _(
                    "I couldn't check with Discord whether you are on one of Easel's servers. Please try again in a "
                    "moment."
                )
            ) from exc
        good_for_s = REMEMBERED_FOR_S if is_member else NOBODY_FOR_S
        self._known.keep((guild_id, user_id), is_member, for_s=good_for_s, among=REMEMBERED)
        return is_member
