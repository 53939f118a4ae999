"""Direct messages to the owner of the bot about what only the owner can mend."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable

import discord

from bot.language import Sentence
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY
from bot.ui.components.owners import told_owner_id

logger = logging.getLogger(__name__)

SAME_ALERT_S = 600.0
TakeTurn = Callable[[str, float], Awaitable[bool]]  # whether this process may do something that one does for all


class OwnerAlerts:
    """A queue of sentences for the owner: whoever has one to tell does not wait for Discord."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client
        self._waiting: asyncio.Queue[Sentence] = asyncio.Queue()

    def put(self, sentence: Sentence) -> None:
        """Log an alert at once, and queue it for the owner."""
        logger.error("owner alert: %s", sentence)
        self._waiting.put_nowait(sentence)

    async def run(self, take_turn: TakeTurn) -> None:
        """Send alerts one after another until cancelled; one that Discord does not take stands in the log alone.

        Of several processes one has its turn at each sentence, for a while.
        """
        while True:
            sentence = await self._waiting.get()
            digest = hashlib.sha256(sentence.render().encode()).hexdigest()[:32]
            if await take_turn(f"alert:{digest}", SAME_ALERT_S):
                await self._send(sentence)

    async def _send(self, sentence: Sentence) -> None:
        application = self._client.application
        owner_id = told_owner_id(application) if application else None
        if owner_id is None:
            return
        try:
            channel = await self._client.create_dm(discord.Object(owner_id))
            await channel.send(sentence.render(), allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            logger.warning("owner not reached reason=%s", type(exc).__name__)
