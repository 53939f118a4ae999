"""Routes about messages: writing, changing, reading; reactions, pins and polls on them."""

from aiohttp import web

from sandbox.discord.emoji import is_unicode_emoji
from sandbox.discord.errors import ApiError
from sandbox.discord.limits import file_limit
from sandbox.discord.model import DISCORD_EPOCH_MS, Channel, ChannelType, Message, MessageFlag, Payload, User
from sandbox.discord.payloads import stamp
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import answer_json, no_content, read_object
from sandbox.discord.route_group import Route, RouteGroup, read_id, read_limit

FORWARD = 1
BULK_AGE_S = 14 * 24 * 3600.0  # older messages cannot be deleted in bulk


class MessageRoutes(RouteGroup):
    """The bot's own token on messages in channels."""

    def table(self) -> list[Route]:
        """Every route of this group."""
        channel = "/channels/{channel:[0-9]+}"
        message = channel + "/messages/{message:[0-9]+}"
        reaction = message + "/reactions/{emoji}"
        poll = channel + "/polls/{message:[0-9]+}"
        pins = [
            route
            for place, listing in (("/messages/pins", self.pins), ("/pins", self.pinned))
            for route in (
                ("GET", channel + place, listing),
                ("PUT", channel + place + "/{message:[0-9]+}", self.pin),
                ("DELETE", channel + place + "/{message:[0-9]+}", self.pin),
            )
        ]
        return [
            ("GET", channel + "/messages", self.history),
            ("POST", channel + "/messages", self.send),
            ("POST", channel + "/messages/bulk-delete", self.delete_many),
            *pins,
            ("GET", message, self.message),
            ("PATCH", message, self.edit),
            ("DELETE", message, self.delete),
            ("POST", message + "/crosspost", self.crosspost),
            ("DELETE", message + "/reactions", self.clear_reactions),
            ("PUT", reaction + "/@me", self.react),
            ("DELETE", reaction + "/@me", self.take_back_reaction),
            ("DELETE", reaction + "/{user:[0-9]+}", self.clear_reactions),
            ("GET", reaction, self.reactors),
            ("DELETE", reaction, self.clear_reactions),
            ("GET", poll + "/answers/{answer:[0-9]+}", self.voters),
            ("POST", poll + "/expire", self.end_poll),
        ]

    async def history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        if not channel.type.holds_messages:
            raise ApiError(50024)
        limit = read_limit(request, 50, 100)
        if not self._state.permissions(self._state.bot, channel) & Permission.READ_MESSAGE_HISTORY:
            return answer_json([])
        messages = [message for message in channel.messages.values() if not message.is_ephemeral]
        return answer_json([self._shown(message) for message in _page(messages, request, limit)])

    async def send(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, files = await read_object(request)
        self._needs_to_send(channel)
        if channel.recipient_id is not None and not self._state.users[channel.recipient_id].accepts_dms:
            raise ApiError(50007)
        self._needs_for_parts(channel, body, has_files=bool(files))
        reference = body.get("message_reference")
        if reference and reference.get("type") != FORWARD:
            permissions = self._state.permissions(self._state.bot, channel)
            if not permissions & Permission.READ_MESSAGE_HISTORY:
                raise ApiError(160002)
        limit = file_limit(self._state.guild_of(channel))
        message = self._messages.create(channel, self._state.bot, body, files, size_limit=limit)
        nonce = {} if message.nonce is None else {"nonce": message.nonce}
        return answer_json(self._shown(message) | nonce)

    async def message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._state.bot_needs(channel, Permission.READ_MESSAGE_HISTORY)
        return answer_json(self._shown(self._message(request, channel)))

    async def edit(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, files = await read_object(request)
        message = self._message(request, channel)
        if message.author_id != self._state.bot.id:
            raise ApiError(50005)
        self._needs_for_parts(channel, body, has_files=bool(files))
        limit = file_limit(self._state.guild_of(channel))
        self._messages.edit(channel, message, body, files, size_limit=limit)
        return answer_json(self._shown(message))

    async def delete(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        if message.author_id != self._state.bot.id:
            if channel.type == ChannelType.DM:
                raise ApiError(50003)
            self._state.bot_needs(channel, Permission.MANAGE_MESSAGES)
        self._messages.delete(message)
        return no_content()

    async def delete_many(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, _ = await read_object(request)
        if channel.type == ChannelType.DM:
            raise ApiError(50003)
        self._state.bot_needs(channel, Permission.MANAGE_MESSAGES)
        ids = [int(message_id) for message_id in body["messages"]]
        oldest_ms = (self._state.clock.now() - BULK_AGE_S) * 1000 - DISCORD_EPOCH_MS
        if any(message_id >> 22 < oldest_ms for message_id in ids):
            raise ApiError(50034)
        for message_id in ids:
            if message := channel.messages.get(message_id):
                self._messages.delete(message)
        return no_content()

    async def crosspost(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        if channel.type != ChannelType.ANNOUNCEMENT:
            raise ApiError(50024)
        is_own = message.author_id == self._state.bot.id
        self._state.bot_needs(channel, Permission.SEND_MESSAGES if is_own else Permission.MANAGE_MESSAGES)
        message.flags |= MessageFlag.CROSSPOSTED
        self._events.message_updated(message)
        return answer_json(self._shown(message))

    # Reactions.

    async def react(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        emoji = self._known_emoji(request)
        if channel.is_archived:
            raise ApiError(50083)
        needed = Permission.READ_MESSAGE_HISTORY
        if emoji not in message.reactions:
            needed |= Permission.ADD_REACTIONS
        self._state.bot_needs(channel, needed)
        self._messages.react(message, self._state.bot, emoji)
        return no_content()

    async def take_back_reaction(self, request: web.Request) -> web.Response:
        message = self._message(request, self._channel(request))
        self._messages.take_back_reaction(message, self._state.bot, self._known_emoji(request))
        return no_content()

    async def clear_reactions(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        self._state.bot_needs(channel, Permission.MANAGE_MESSAGES)
        emoji = request.match_info.get("emoji")
        users = [int(request.match_info["user"])] if "user" in request.match_info else None
        self._messages.clear_reactions(message, emoji, users)
        return no_content()

    async def reactors(self, request: web.Request) -> web.Response:
        message = self._message(request, self._channel(request))
        users = message.reactions.get(self._known_emoji(request), [])
        return answer_json([self._payloads.user(user) for user in self._users(request, users)])

    def _known_emoji(self, request: web.Request) -> str:
        emoji = request.match_info["emoji"]
        _name, _, emoji_id = emoji.partition(":")
        is_known = int(emoji_id) in self._state.emojis if emoji_id.isdecimal() else is_unicode_emoji(emoji)
        if not is_known:
            raise ApiError(10014)
        return emoji

    # Pins.

    async def pins(self, request: web.Request) -> web.Response:
        items = [
            {"pinned_at": stamp(message.pinned_at or 0.0), "message": self._shown(message)}
            for message in self._pinned(request)
        ]
        return answer_json({"items": items, "has_more": False})

    async def pinned(self, request: web.Request) -> web.Response:
        return answer_json([self._shown(message) for message in self._pinned(request)])

    async def pin(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        if channel.guild_id is not None:
            self._state.bot_needs(channel, Permission.PIN_MESSAGES)
        message.pinned_at = self._state.clock.now() if request.method == "PUT" else None
        self._events.message_updated(message)
        return no_content()

    def _pinned(self, request: web.Request) -> list[Message]:
        found = [m for m in self._channel(request).messages.values() if m.pinned_at is not None]
        return sorted(found, key=lambda message: -(message.pinned_at or 0.0))

    # Polls.

    async def voters(self, request: web.Request) -> web.Response:
        message = self._message(request, self._channel(request))
        voters = message.poll.voters if message.poll else {}
        users = self._users(request, voters.get(int(request.match_info["answer"]), []))
        return answer_json({"users": [self._payloads.user(user) for user in users]})

    async def end_poll(self, request: web.Request) -> web.Response:
        message = self._message(request, self._channel(request))
        if message.author_id != self._state.bot.id:
            raise ApiError(50005)
        if message.poll is None:
            raise ApiError(520006)
        if message.poll.is_over:
            raise ApiError(520001)
        message.poll.is_over = True
        self._events.message_updated(message)
        return answer_json(self._shown(message))

    def _users(self, request: web.Request, user_ids: list[int]) -> list[User]:
        limit, after = read_limit(request, 25, 100), read_id(request, "after")
        return [self._state.users[user_id] for user_id in user_ids if user_id > after][:limit]

    def _needs_for_parts(self, channel: Channel, body: Payload, *, has_files: bool) -> None:
        if has_files:
            self._state.bot_needs(channel, Permission.ATTACH_FILES)
        if body.get("embeds"):
            self._state.bot_needs(channel, Permission.EMBED_LINKS)
        if body.get("poll"):
            self._state.bot_needs(channel, Permission.SEND_POLLS)


def _page(messages: list[Message], request: web.Request, limit: int) -> list[Message]:
    """One page of history, newest first."""
    marks = {name: read_id(request, name) for name in ("before", "after", "around") if name in request.query}
    if "around" in marks:
        before = [message for message in messages if message.id < marks["around"]]
        after = [message for message in messages if message.id >= marks["around"]]
        chosen = before[-(limit // 2) :] + after[: limit - limit // 2]
    elif "after" in marks:
        chosen = [message for message in messages if message.id > marks["after"]][:limit]
    else:
        newest = marks.get("before", 1 << 64)
        chosen = [message for message in messages if message.id < newest][-limit:]
    return chosen[::-1]
