"""Where everything that happens is told: to the page's feed, and to the bot's gateway sessions."""

import asyncio
from collections.abc import Callable
from enum import IntFlag
from typing import Any

from sandbox.discord.model import Channel, ChannelType, Interaction, Message, Payload, User
from sandbox.discord.payloads import Payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.state import State


class Intent(IntFlag):
    """The intents that the loopback filters by."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_REACTIONS = 1 << 13
    MESSAGE_CONTENT = 1 << 15
    GUILD_MESSAGE_POLLS = 1 << 24
    DIRECT_MESSAGE_POLLS = 1 << 25


BLANKED: Payload = {"content": "", "embeds": [], "attachments": [], "components": []}  # and polls are left out

# (event, data, guild id, the intent it needs, data without the right to read contents)
Dispatch = Callable[[str, Payload, int | None, Intent, Payload | None], None]


class Events:
    """Tells both sides; `dispatch` is the gateway's."""

    def __init__(self, state: State, payloads: Payloads, dispatch: Dispatch) -> None:
        self._state = state
        self._payloads = payloads
        self._dispatch = dispatch
        self._queues: list[asyncio.Queue[tuple[str, Any]]] = []

    def subscribe(self) -> asyncio.Queue[tuple[str, Any]]:
        """A queue of everything from now on."""
        queue: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self._queues.append(queue)
        return queue

    def unsubscribe(self, queue: asyncio.Queue[tuple[str, Any]]) -> None:
        """Fill this queue no more."""
        self._queues.remove(queue)

    def feed(self, event: str, data: Any) -> None:
        """Tell the page's side alone."""
        for queue in self._queues:
            queue.put_nowait((event, data))

    def message_created(self, message: Message) -> None:
        self._tell_message("MESSAGE_CREATE", message)

    def message_updated(self, message: Message) -> None:
        self._tell_message("MESSAGE_UPDATE", message)

    def message_deleted(self, message: Message) -> None:
        channel = self._state.channels[message.channel_id]
        data = {"id": str(message.id), "channel_id": str(channel.id)}
        self.feed("MESSAGE_DELETE", data)
        if not message.is_ephemeral:
            self._to_bot("MESSAGE_DELETE", data, channel, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES)

    def reaction_added(self, message: Message, user: User, emoji: str) -> None:
        channel = self._state.channels[message.channel_id]
        guild = self._state.guild_of(channel)
        data: Payload = {
            "user_id": str(user.id),
            "channel_id": str(channel.id),
            "message_id": str(message.id),
            "message_author_id": str(message.author_id),
            "emoji": self._payloads.emoji(emoji),
            "burst": False,
            "type": 0,
        }
        if guild is not None:
            data["member"] = self._payloads.member(user, guild)
        self._tell_reaction("MESSAGE_REACTION_ADD", data, channel)

    def reaction_removed(self, message: Message, user: User, emoji: str) -> None:
        data: Payload = {
            "user_id": str(user.id),
            "channel_id": str(message.channel_id),
            "message_id": str(message.id),
            "emoji": self._payloads.emoji(emoji),
            "burst": False,
            "type": 0,
        }
        self._tell_reaction("MESSAGE_REACTION_REMOVE", data, self._state.channels[message.channel_id])

    def _tell_reaction(self, event: str, data: Payload, channel: Channel) -> None:
        self.feed(event, data)
        intents = Intent.GUILD_MESSAGE_REACTIONS, Intent.DIRECT_MESSAGE_REACTIONS
        self._to_bot(event, data, channel, *intents)

    def vote_changed(self, message: Message, user: User, answer: int, *, is_added: bool) -> None:
        channel = self._state.channels[message.channel_id]
        event = "MESSAGE_POLL_VOTE_ADD" if is_added else "MESSAGE_POLL_VOTE_REMOVE"
        data: Payload = {
            "user_id": str(user.id),
            "channel_id": str(channel.id),
            "message_id": str(message.id),
            "answer_id": answer,
        }
        self.feed(event, data)
        self._to_bot(event, data, channel, Intent.GUILD_MESSAGE_POLLS, Intent.DIRECT_MESSAGE_POLLS)

    def channel_created(self, channel: Channel) -> None:
        """A DM is told to the page alone: bots learn of it by its first message."""
        event = "THREAD_CREATE" if channel.type.is_thread else "CHANNEL_CREATE"
        data = self._payloads.channel(channel)
        self.feed(event, data | {"name": channel.name})
        if channel.type != ChannelType.DM:
            self._to_bot(event, data | {"newly_created": True}, channel, Intent.GUILDS, Intent(0))

    def channel_updated(self, channel: Channel) -> None:
        """The page needs no word of it."""
        event = "THREAD_UPDATE" if channel.type.is_thread else "CHANNEL_UPDATE"
        self._to_bot(event, self._payloads.channel(channel), channel, Intent.GUILDS, Intent(0))

    def interaction_created(self, interaction: Interaction) -> None:
        """Interactions need no intent and reach the bot wherever the user is."""
        channel = self._state.channels[interaction.channel_id]
        guild_id = channel.guild_id if self._state.has_bot(channel) else None
        data = self._payloads.interaction(interaction)
        self._dispatch("INTERACTION_CREATE", data, guild_id, Intent(0), None)

    def _tell_message(self, event: str, message: Message) -> None:
        state, payloads = self._state, self._payloads
        channel = state.channels[message.channel_id]
        guild = state.guild_of(channel)
        data = payloads.message(message, viewer_id=state.bot.id)
        self.feed(event, data)
        if message.is_ephemeral:
            return
        if event == "MESSAGE_CREATE" and message.nonce is not None:
            data["nonce"] = message.nonce
        if guild is not None and not message.is_webhook:
            data["member"] = payloads.member(state.users[message.author_id], guild)
            del data["member"]["user"]
        is_open = guild is None or message.author_id == state.bot.id or state.bot.id in message.mentions.users
        visible = {name: value for name, value in data.items() if name != "poll"}
        blanked = None if is_open else visible | BLANKED
        self._to_bot(event, data, channel, Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES, blanked)

    def _to_bot(
        self,
        event: str,
        data: Payload,
        channel: Channel,
        guild_intent: Intent,
        dm_intent: Intent,
        blanked: Payload | None = None,
    ) -> None:
        if not self._state.permissions(self._state.bot, channel) & Permission.VIEW_CHANNEL:
            return
        if channel.guild_id is None:
            self._dispatch(event, data, None, dm_intent, blanked)
        else:
            place = {"guild_id": str(channel.guild_id)}
            hidden = None if blanked is None else blanked | place
            self._dispatch(event, data | place, channel.guild_id, guild_intent, hidden)
