"""The REST routes: each reads its request, asks the right module, and answers."""

from typing import Any

from aiohttp import web

from sandbox.discord import shapes
from sandbox.discord.commands import CommandBook
from sandbox.discord.errors import ApiError, Problems, invalid
from sandbox.discord.events import Events
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import file_limit
from sandbox.discord.messages import Messages
from sandbox.discord.model import Channel, ChannelType, Guild, Message, Payload
from sandbox.discord.payloads import Payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import API, answer_json, no_content, parse_json, read_body
from sandbox.discord.state import State


class Routes:
    """All routes of the bot's side."""

    def __init__(
        self,
        state: State,
        payloads: Payloads,
        events: Events,
        messages: Messages,
        interactions: Interactions,
        commands: CommandBook,
    ) -> None:
        self._state = state
        self._payloads = payloads
        self._events = events
        self._messages = messages
        self._interactions = interactions
        self._commands = commands
        self.gateway_url = ""

    def table(self) -> list[web.RouteDef]:
        """Every route; whatever is not here is answered with 404 and recorded."""
        channel = "/channels/{channel:[0-9]+}"
        message = channel + "/messages/{message:[0-9]+}"
        commands = "/applications/{application:[0-9]+}"
        webhook = "/webhooks/{application:[0-9]+}/{token}"
        written = webhook + "/messages/{message:@original|[0-9]+}"
        routes: list[tuple[str, str, Any]] = [
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway_bot),
            ("GET", "/users/@me", self.me),
            ("GET", "/users/@me/guilds", self.own_guilds),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/users/{user:[0-9]+}", self.user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("GET", commands + "/commands", self.list_commands),
            ("PUT", commands + "/commands", self.sync_commands),
            ("GET", commands + "/guilds/{guild:[0-9]+}/commands", self.list_commands),
            ("PUT", commands + "/guilds/{guild:[0-9]+}/commands", self.sync_commands),
            ("GET", "/guilds/{guild:[0-9]+}", self.guild),
            ("GET", "/guilds/{guild:[0-9]+}/channels", self.guild_channels),
            ("GET", "/guilds/{guild:[0-9]+}/members/{user:[0-9]+}", self.member),
            ("GET", channel, self.channel),
            ("POST", channel + "/typing", self.typing),
            ("GET", channel + "/messages", self.history),
            ("POST", channel + "/messages", self.send),
            ("GET", message, self.message),
            ("PATCH", message, self.edit),
            ("DELETE", message, self.delete),
            ("POST", message + "/threads", self.start_thread),
            ("PUT", message + "/reactions/{emoji}/@me", self.react),
            ("POST", "/interactions/{interaction:[0-9]+}/{token}/callback", self.callback),
            ("POST", webhook, self.follow_up),
            ("GET", written, self.written),
            ("PATCH", written, self.edit_written),
            ("DELETE", written, self.delete_written),
        ]
        # aiohttp matches in order, so `@me` above `{user}` wins
        return [web.route(method, API + path, handler) for method, path, handler in routes]

    async def gateway(self, _request: web.Request) -> web.Response:
        return answer_json({"url": self.gateway_url})

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        return answer_json({"url": self.gateway_url, "shards": 1, "session_start_limit": limit})

    async def me(self, _request: web.Request) -> web.Response:
        return answer_json(self._payloads.me())

    async def own_guilds(self, request: web.Request) -> web.Response:
        own = {"owner": False, "permissions": "0"}
        fields = ("id", "name", "icon", "banner", "features", "approximate_member_count", "approximate_presence_count")
        after = int(request.query.get("after", 0))  # clients turn pages until one is empty
        guilds = [self._payloads.guild(guild) for guild in self._state.bot_guilds() if guild.id > after]
        return answer_json([{name: guild[name] for name in fields} | own for guild in guilds])

    async def open_dm(self, request: web.Request) -> web.Response:
        body, _ = await read_body(request, shapes.DM)
        user = self._state.users.get(int(body.get("recipient_id") or 0))
        if user is None or user.is_bot:
            raise ApiError(50007 if user else 10013)
        channel, is_new = self._state.open_dm(user)
        if is_new:
            self._events.channel_created(channel)
        return answer_json(self._payloads.channel(channel))

    async def user(self, request: web.Request) -> web.Response:
        user = self._state.users.get(int(request.match_info["user"]))
        if user is None:
            raise ApiError(10013)
        return answer_json(self._payloads.user(user))

    async def application(self, _request: web.Request) -> web.Response:
        return answer_json(self._payloads.application())

    async def list_commands(self, request: web.Request) -> web.Response:
        return answer_json(self._commands.listed(self._command_place(request)))

    async def sync_commands(self, request: web.Request) -> web.Response:
        place = self._command_place(request)
        commands = parse_json(await request.read())
        shapes.check_shape(commands, shapes.COMMANDS)
        synced = self._commands.overwrite(commands, place)
        self._events.feed("COMMANDS", synced)
        return answer_json(synced)

    def _command_place(self, request: web.Request) -> int | None:
        if int(request.match_info["application"]) != self._state.application_id:
            raise ApiError(20012)
        return self._guild(request).id if "guild" in request.match_info else None

    def _guild(self, request: web.Request) -> Guild:
        guild = self._state.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            raise ApiError(10004)
        if guild not in self._state.bot_guilds():
            raise ApiError(50001)
        return guild

    async def guild(self, request: web.Request) -> web.Response:
        return answer_json(self._payloads.guild(self._guild(request)))

    async def guild_channels(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        channels = [c for c in self._state.channels.values() if c.guild_id == guild.id]
        shown = [c for c in channels if c.type == ChannelType.TEXT]
        return answer_json([self._payloads.channel(channel) for channel in shown])

    async def member(self, request: web.Request) -> web.Response:
        guild, user_id = self._guild(request), int(request.match_info["user"])
        if user_id not in guild.roles_by_member:
            raise ApiError(10007)
        return answer_json(self._payloads.member(self._state.users[user_id], guild))

    async def channel(self, request: web.Request) -> web.Response:
        return answer_json(self._payloads.channel(self._channel(request)))

    async def typing(self, request: web.Request) -> web.Response:
        self._needs_to_send(self._channel(request))
        return no_content()

    async def history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        limit = _limit(request.query.get("limit", "50"))
        if not self._state.permissions(self._state.bot, channel) & Permission.READ_MESSAGE_HISTORY:
            return answer_json([])
        messages = [message for message in channel.messages.values() if message.visible_to is None]
        return answer_json([self._shown(message) for message in _page(messages, request, limit)])

    async def send(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, files = await read_body(request, shapes.MESSAGE)
        self._needs_to_send(channel)
        if channel.recipient_id is not None and not self._state.users[channel.recipient_id].accepts_dms:
            raise ApiError(50007)
        self._needs_for_parts(channel, body, has_files=bool(files))
        if body.get("message_reference"):
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
        body, files = await read_body(request, shapes.MESSAGE)
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

    async def start_thread(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, _ = await read_body(request, shapes.THREAD)
        message = self._message(request, channel)
        if channel.type != ChannelType.TEXT:
            raise ApiError(50024)
        self._state.bot_needs(channel, Permission.CREATE_PUBLIC_THREADS)
        if message.id in self._state.channels:
            raise ApiError(160004)
        problems = Problems()
        problems.length("name", body.get("name"), 1, 100, required=True)
        problems.refuse()
        thread = Channel(
            message.id,  # a thread has the id of the message it hangs on
            ChannelType.THREAD,
            body["name"],
            guild_id=channel.guild_id,
            parent_id=channel.id,
            owner_id=self._state.bot.id,
        )
        self._state.channels[thread.id] = thread
        self._events.channel_created(thread)
        return answer_json(self._payloads.channel(thread), 201)

    async def react(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        message = self._message(request, channel)
        emoji = request.match_info["emoji"]
        needed = Permission.READ_MESSAGE_HISTORY
        if emoji not in message.reactions:
            needed |= Permission.ADD_REACTIONS
        self._state.bot_needs(channel, needed)
        self._messages.react(message, self._state.bot, emoji)
        return no_content()

    async def callback(self, request: web.Request) -> web.Response:
        body, files = await read_body(request, shapes.ANSWER)
        interaction_id, token = int(request.match_info["interaction"]), request.match_info["token"]
        response = self._interactions.respond(interaction_id, token, body, files)
        wants = request.query.get("with_response", "").lower() in ("1", "true")
        return answer_json(response) if wants else no_content()

    async def follow_up(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        body, files = await read_body(request, shapes.MESSAGE)
        return answer_json(self._shown(self._interactions.follow_up(interaction, body, files)))

    async def written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        return answer_json(self._shown(self._interactions.message_of(interaction, request.match_info["message"])))

    async def edit_written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        body, files = await read_body(request, shapes.MESSAGE)
        message = self._interactions.message_of(interaction, request.match_info["message"])
        return answer_json(self._shown(self._interactions.edit(interaction, message, body, files)))

    async def delete_written(self, request: web.Request) -> web.Response:
        interaction = self._of_token(request)
        message = self._interactions.message_of(interaction, request.match_info["message"])
        self._interactions.delete(interaction, message)
        return no_content()

    def _of_token(self, request: web.Request) -> Any:
        return self._interactions.of_token(int(request.match_info["application"]), request.match_info["token"])

    def _channel(self, request: web.Request) -> Channel:
        return self._state.bot_channel(int(request.match_info["channel"]))

    def _message(self, request: web.Request, channel: Channel) -> Message:
        return self._state.bot_message(channel, int(request.match_info["message"]))

    def _shown(self, message: Message) -> Payload:
        return self._payloads.message(message, viewer_id=self._state.bot.id)

    def _needs_to_send(self, channel: Channel) -> None:
        in_thread = channel.type == ChannelType.THREAD
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._state.bot_needs(channel, needed)

    def _needs_for_parts(self, channel: Channel, body: Payload, *, has_files: bool) -> None:
        if has_files:
            self._state.bot_needs(channel, Permission.ATTACH_FILES)
        if body.get("embeds"):
            self._state.bot_needs(channel, Permission.EMBED_LINKS)


def _limit(given: str) -> int:
    if not given.isdigit() or not 1 <= int(given) <= 100:
        raise invalid("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
    return int(given)


def _page(messages: list[Message], request: web.Request, limit: int) -> list[Message]:
    """One page of history, newest first."""
    marks = {name: int(request.query[name]) for name in ("before", "after", "around") if name in request.query}
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
