"""Where the owner is told something: by direct message, in a channel, at a webhook, each from its level on."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from enum import Enum, auto

import discord

from bot.domain.alerts import Level
from bot.errors import RelayError
from bot.settings import Settings
from bot.settings.alerts import AlertSettings
from bot.text import shorten
from bot.ui.components.interactions import NETWORK_ERRORS
from bot.ui.components.message_links import NOBODY

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 2000  # characters, Discord's
PostToWebhook = Callable[[str, str], Awaitable[bool]]  # address and text; see `bot.relay.webhook`


class Outcome(Enum):
    """What became of a message at one destination."""

    TAKEN = auto()
    REFUSED = auto()  # and would be again
    AWAY = auto()  # it may be taken later


class OwnerMessages:
    """Sends to every destination that wants a level. What no destination can take stands in the log."""

    def __init__(self, client: discord.Client, settings: AlertSettings, post_to_webhook: PostToWebhook) -> None:
        self._client = client
        self._settings = settings
        self._post_to_webhook = post_to_webhook

    async def on_settings_changed(self, settings: Settings) -> None:
        """Send from now on to what these settings say."""
        self._settings = settings.alerts

    @property
    def language(self) -> str:
        """Return the owner's language, as Discord spells it."""
        return self._settings.language

    async def send(self, text: str, level: Level) -> bool:
        """Tell the owner; False where nobody was reached, and somebody may be later."""
        text = shorten(text, MESSAGE_LIMIT)
        outcomes = await asyncio.gather(*self._sent(text, level))
        is_closed = self._wants(self._settings.dm_level, level) and outcomes[0] is Outcome.REFUSED
        if is_closed and self._settings.channel and not self._wants(self._settings.channel_level, level):
            # What the channel's own level left to the owner's mailbox.
            outcomes.append(await self._in_channel(self._settings.channel, text))
        return Outcome.TAKEN in outcomes or Outcome.AWAY not in outcomes

    def _sent(self, text: str, level: Level) -> Iterator[Awaitable[Outcome]]:
        settings = self._settings
        if self._wants(settings.dm_level, level):
            yield self._directly(text)
        if settings.channel and self._wants(settings.channel_level, level):
            yield self._in_channel(settings.channel, text)
        if settings.webhook.get_secret_value() and self._wants(settings.webhook_level, level):
            yield self._at_webhook(settings.webhook.get_secret_value(), text)

    @staticmethod
    def _wants(least: Level | None, level: Level) -> bool:
        return least is not None and level.rank >= least.rank

    async def _directly(self, text: str) -> Outcome:
        application = self._client.application
        owner = application and (application.team.owner if application.team else application.owner)
        if owner is None:
            return Outcome.AWAY  # not logged in yet
        try:
            channel = await self._client.create_dm(discord.Object(owner.id))
            await channel.send(text, allowed_mentions=NOBODY)
        except NETWORK_ERRORS as exc:
            return _outcome_of(exc, "direct message")
        return Outcome.TAKEN

    async def _in_channel(self, channel_id: int, text: str) -> Outcome:
        try:
            channel = self._client.get_partial_messageable(channel_id)
            await channel.send(text, allowed_mentions=NOBODY, suppress_embeds=True)
        except NETWORK_ERRORS as exc:
            return _outcome_of(exc, "channel")
        return Outcome.TAKEN

    async def _at_webhook(self, address: str, text: str) -> Outcome:
        try:
            return Outcome.TAKEN if await self._post_to_webhook(address, text) else Outcome.REFUSED
        except RelayError as exc:
            logger.warning("owner not reached by=webhook reason=%s", exc)
            return Outcome.AWAY


def _outcome_of(exc: Exception, destination: str) -> Outcome:
    logger.warning("owner not reached by=%s reason=%s", destination, type(exc).__name__)
    is_no = isinstance(exc, discord.HTTPException) and 400 <= exc.status < 500 and exc.status != 429
    return Outcome.REFUSED if is_no else Outcome.AWAY
