"""What moderators did, told in the channel that they chose: some seconds later, in few messages, mentioning nobody."""

import asyncio
import logging
from collections import defaultdict

import discord

from bot.domain.server_rules import Key, Name
from bot.jobs.rulebook import Rulebook
from bot.storage.audit import acts_after, last_act
from bot.storage.jobs import JobStore
from bot.text import shorten
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY
from bot.ui.delivery.channels import belongs
from bot.ui.text.usage_lines import act_line

logger = logging.getLogger(__name__)

EVERY_S = 5.0  # real seconds; so much is put into one message
NOTE = "audit:told"  # the last act that was told, in every process's stead
MESSAGE_LIMIT = 2000  # characters, Discord's


class AuditMirror:
    """Tells acts once, by one of all processes; those of a time without a log channel are not told later."""

    def __init__(self, client: discord.Client, store: JobStore, rulebook: Rulebook) -> None:
        self._client = client
        self._store = store
        self._rulebook = rulebook

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                if await self._store.shared_limits.take_turn("audit", EVERY_S / 2):
                    await self.tell_once()
            except Exception:  # the log is never worth the process; the acts stay in the database
                logger.exception("acts not told")
            await asyncio.sleep(EVERY_S)

    async def tell_once(self) -> None:
        """Tell what was done since the last time, a message for each server."""
        self._store.notes.forget(NOTE)
        known = await self._store.notes.get(NOTE)
        if known is None:
            await self._store.notes.set(NOTE, str(await last_act(self._store.database)))
            return
        acts = await acts_after(self._store.database, int(known))
        if not acts:
            return
        # First: what fails is not tried for ever.
        await self._store.notes.set(NOTE, str(acts[-1].id))
        lines: defaultdict[int, list[str]] = defaultdict(list)
        for act in acts:
            lines[act.guild_id or 0].append(act_line(act))
        for guild_id, told in lines.items():
            channel_id = self._rulebook.of_guild(guild_id).values.get(Key("server", Name.LOG))
            if channel_id is not None:
                await self._tell(guild_id, channel_id, shorten("\n".join(told), MESSAGE_LIMIT))

    async def _tell(self, guild_id: int, channel_id: int, text: str) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id or None)
        try:
            if guild_id and not await belongs(self._client, channel_id, guild_id):
                logger.warning("log channel is another server's guild_id=%d", guild_id)
                return
            await channel.send(text, allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.warning("log channel not reached reason=%s", type(exc).__name__)
