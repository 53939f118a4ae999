"""Routes about channels and the threads on them; a forum's posts are threads, too."""

from typing import Any

from aiohttp import web

from sandbox.discord.errors import ApiError, Problems
from sandbox.discord.limits import file_limit
from sandbox.discord.model import Channel, ChannelType, MessageFlag, Payload
from sandbox.discord.payloads import created_at
from sandbox.discord.permissions import Permission
from sandbox.discord.rest import answer_json, no_content, read_body, read_object
from sandbox.discord.route_group import Route, RouteGroup
from sandbox.wire import UploadedFile

# Calls that need rights which the bot's role has not.
FORBIDDEN = (
    ("DELETE", ""),
    ("GET", "/invites"),
    ("POST", "/invites"),
    ("PUT", "/permissions/{overwrite:[0-9]+}"),
    ("DELETE", "/permissions/{overwrite:[0-9]+}"),
    ("GET", "/webhooks"),
    ("POST", "/webhooks"),
    ("POST", "/followers"),
    ("GET", "/threads/archived/private"),
)


class ChannelRoutes(RouteGroup):
    """Channels, and threads with and without a message to hang on."""

    def table(self) -> list[Route]:
        """Every route of this group."""
        channel = "/channels/{channel:[0-9]+}"
        members = channel + "/thread-members"
        return [
            ("GET", channel, self.channel),
            ("PATCH", channel, self.change),
            ("POST", channel + "/typing", self.typing),
            ("POST", channel + "/messages/{message:[0-9]+}/threads", self.start_on_message),
            ("POST", channel + "/threads", self.start),
            ("GET", channel + "/threads/archived/public", self.archived),
            ("GET", channel + "/users/@me/threads/archived/private", self.archived),
            ("GET", members, self.thread_members),
            *(
                (method, members + member, handler)
                for member in ("/@me", "/{user:[0-9]+}")
                for method, handler in (
                    ("GET", self.thread_member),
                    ("PUT", self.add_member),
                    ("DELETE", self.drop_member),
                )
            ),
            *((method, channel + rest, self.forbidden) for method, rest in FORBIDDEN),
        ]

    async def channel(self, request: web.Request) -> web.Response:
        return answer_json(self._payloads.channel(self._channel(request)))

    async def change(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, _ = await read_object(request)
        is_own = channel.type.is_thread and channel.owner_id == self._state.bot.id
        needed = Permission.MANAGE_THREADS if channel.type.is_thread else Permission.MANAGE_CHANNELS
        self._state.bot_needs(channel, Permission.VIEW_CHANNEL if is_own else needed)
        problems = Problems()
        problems.length("name", body.get("name"), 1, 100)
        problems.refuse()
        channel.name = body.get("name") or channel.name
        if channel.type.is_thread:
            channel.is_archived = bool(body.get("archived", channel.is_archived))
            channel.is_locked = bool(body.get("locked", channel.is_locked))
            channel.archive_after_min = body.get("auto_archive_duration") or channel.archive_after_min
        self._events.channel_updated(channel)
        return answer_json(self._payloads.channel(channel))

    async def typing(self, request: web.Request) -> web.Response:
        self._needs_to_send(self._channel(request))
        return no_content()

    async def start_on_message(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, _ = await read_object(request)
        message = self._message(request, channel)
        if channel.type not in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
            raise ApiError(50024)
        self._state.bot_needs(channel, Permission.CREATE_PUBLIC_THREADS)
        if message.id in self._state.channels:
            raise ApiError(160004)
        thread = self._thread(channel, message.id, body)  # it has the id of the message it hangs on
        message.flags |= MessageFlag.HAS_THREAD
        return answer_json(self._payloads.channel(thread), 201)

    async def start(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        body, files = await read_body(request)
        if channel.type == ChannelType.FORUM:
            return await self._start_post(channel, body, files)
        if channel.type not in (ChannelType.TEXT, ChannelType.ANNOUNCEMENT):
            raise ApiError(50024)
        self._state.bot_needs(channel, Permission.CREATE_PUBLIC_THREADS)
        return answer_json(self._payloads.channel(self._thread(channel, self._state.new_id(), body)), 201)

    async def _start_post(self, forum: Channel, body: Payload, files: dict[int, UploadedFile]) -> web.Response:
        """A post needs its first message, which has the thread's id; to write one is the right to post."""
        problems = Problems()
        if not body.get("message") and not files:
            problems.required("message")
        problems.refuse()
        self._state.bot_needs(forum, Permission.SEND_MESSAGES)
        if files:
            self._state.bot_needs(forum, Permission.ATTACH_FILES)
        limit = file_limit(self._state.guild_of(forum))
        message = self._messages.begin_post(
            forum,
            self._state.bot,
            body["name"],
            body.get("message") or {},
            files,
            size_limit=limit,
            applied_tags=[int(tag) for tag in body.get("applied_tags") or []],
        )
        post = self._state.channels[message.id]
        return answer_json(self._payloads.channel(post) | {"message": self._shown(message)}, 201)

    def _thread(self, parent: Channel, thread_id: int, body: Payload) -> Channel:
        problems = Problems()
        problems.length("name", body.get("name"), 1, 100, required=True)
        problems.refuse()
        is_news = parent.type == ChannelType.ANNOUNCEMENT
        thread = Channel(
            thread_id,
            ChannelType.ANNOUNCEMENT_THREAD if is_news else ChannelType.THREAD,
            body["name"],
            guild_id=parent.guild_id,
            parent_id=parent.id,
            owner_id=self._state.bot.id,
            archive_after_min=body.get("auto_archive_duration") or 1440,
        )
        self._state.channels[thread.id] = thread
        self._events.channel_created(thread)
        return thread

    async def archived(self, request: web.Request) -> web.Response:
        self._channel(request)
        return answer_json({"threads": [], "members": [], "has_more": False})

    async def thread_members(self, request: web.Request) -> web.Response:
        thread = self._thread_of(request)
        return answer_json(
            [self._thread_member(thread, user_id) for user_id in sorted(_members_of(thread, self._state.bot.id))]
        )

    async def thread_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread_of(request), self._member_id(request)
        if user_id not in _members_of(thread, self._state.bot.id):
            raise ApiError(10007)
        return answer_json(self._thread_member(thread, user_id))

    async def add_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread_of(request), self._member_id(request)
        if thread.is_archived:
            raise ApiError(50083)
        guild = self._state.guild_of(thread)
        if guild is None or user_id not in guild.roles_by_member:
            raise ApiError(10013 if user_id not in self._state.users else 10007)
        self._needs_to_send(thread)
        thread.member_ids.add(user_id)
        return no_content()

    async def drop_member(self, request: web.Request) -> web.Response:
        thread, user_id = self._thread_of(request), self._member_id(request)
        if thread.is_archived:
            raise ApiError(50083)
        if user_id != self._state.bot.id:
            self._state.bot_needs(thread, Permission.MANAGE_THREADS)
        thread.member_ids.discard(user_id)
        return no_content()

    def _member_id(self, request: web.Request) -> int:
        return int(request.match_info.get("user", self._state.bot.id))

    async def forbidden(self, request: web.Request) -> web.Response:
        """What only somebody with more rights may do."""
        self._channel(request)
        raise ApiError(50013)

    def _thread_of(self, request: web.Request) -> Channel:
        channel = self._channel(request)
        if not channel.type.is_thread:
            raise ApiError(50024)
        return channel

    def _thread_member(self, thread: Channel, user_id: int) -> dict[str, Any]:
        joined = created_at(thread.id)
        return {"id": str(thread.id), "user_id": str(user_id), "join_timestamp": joined, "flags": 0}


def _members_of(thread: Channel, bot_id: int) -> set[int]:
    return {
        bot_id,
        thread.owner_id or bot_id,
        *thread.member_ids,
        *(message.author_id for message in thread.messages.values()),
    }
