"""Writing as a user: messages, posts, forwards, reactions, votes, files."""

from collections.abc import Iterable

from sandbox.discord.acting_base import ActorBase, as_acting_error
from sandbox.discord.errors import ActingError, ApiError
from sandbox.discord.limits import file_limit
from sandbox.discord.model import Attachment, Channel, ChannelType, Payload, User
from sandbox.discord.permissions import Permission
from sandbox.discord.resolving import as_id

NO_CHAT = "A forum has no chat of its own; open a post."
MOST_TITLE = 100


class Writer(ActorBase):
    """Everything that leaves no interaction behind."""

    def messages(self, channel: str, user: str) -> list[Payload]:
        """What the user sees in the channel, oldest first, as REST returns it."""
        viewer = self._user(user)
        place = self._channel(channel, viewer)
        seen = [m for m in place.messages.values() if m.is_visible_to(viewer.id)]
        return [self._payloads.message(message, viewer_id=viewer.id) for message in seen]

    def message(self, channel: str, user: str, message_id: str) -> Payload | None:
        """Return one message of a channel as `messages` does; None when the user sees none of that id there."""
        viewer = self._user(user)
        found = self._channel(channel, viewer).messages.get(int(message_id))
        if found is None or not found.is_visible_to(viewer.id):
            return None
        return self._payloads.message(found, viewer_id=viewer.id)

    async def delete_message(self, channel: str, message_id: str, user: str) -> None:
        """Delete an own message or, with Manage Messages, any; an ephemeral one is dismissed."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        message = self._message(message_id, actor)
        if message.channel_id != place.id:
            raise ActingError(404, "That message is not in this channel.")
        is_own = actor.id in (message.author_id, message.visible_to)
        if not is_own and not self._state.permissions(actor, place) & Permission.MANAGE_MESSAGES:
            raise ActingError(403, f"{actor.username} may not delete this message.")
        self._messages.delete(message)

    async def say(
        self,
        user: str,
        channel: str,
        content: str,
        reply_to: str | None = None,
        attachments: Iterable[str] = (),
        poll: Payload | None = None,
    ) -> Payload:
        """Write a message, with uploads by their ids; replies ping their author."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        self._needs_to_write(actor, place)
        with as_acting_error():
            self._check_slow_mode(actor, place)
        files = self._files(actor, place, attachments)
        body: Payload = {"content": content}
        if poll is not None:
            self._needs(actor, place, Permission.SEND_POLLS, "ask here")
            body["poll"] = poll
        if reply_to is not None:
            body["message_reference"] = {"message_id": self._message(reply_to, actor).id}
        with as_acting_error():
            limit = file_limit(self._state.guild_of(place))
            message = self._messages.create(place, actor, body, files, size_limit=limit)
        return self._payloads.message(message, viewer_id=actor.id)

    async def post(self, user: str, forum: str, title: str, content: str, attachments: Iterable[str] = ()) -> Payload:
        """Open a post in a forum; returns its first message, whose id is the post's."""
        actor = self._user(user)
        place = self._channel(forum, actor)
        if place.type != ChannelType.FORUM:
            raise ActingError(400, f"{place.name} is no forum.")
        self._needs(actor, place, Permission.SEND_MESSAGES, "post here")
        if not 1 <= len(title) <= MOST_TITLE:
            raise ActingError(400, f"A post's title has 1 to {MOST_TITLE} characters.")
        files = self._files(actor, place, attachments)
        limit = file_limit(self._state.guild_of(place))
        with as_acting_error():
            message = self._messages.begin_post(place, actor, title, {"content": content}, files, size_limit=limit)
        return self._payloads.message(message, viewer_id=actor.id)

    async def forward(self, user: str, message_id: str, channel: str) -> Payload:
        """Forward a message to another place."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        place = self._channel(channel, actor)
        self._needs_to_write(actor, place)
        reference = {"type": 1, "channel_id": str(message.channel_id), "message_id": str(message.id)}
        with as_acting_error():
            copy = self._messages.create(place, actor, {"message_reference": reference}, {}, size_limit=0)
        return self._payloads.message(copy, viewer_id=actor.id)

    async def vote(self, user: str, message_id: str, answers: list[int]) -> Payload:
        """Let these numbers be the user's answers in a poll; none takes them back."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        if message.poll is None:
            raise ActingError(404, "This message asks nothing.")
        if message.poll.is_over or self._state.clock.now() > message.poll.ends_at:
            raise ActingError(409, "This poll is over.")
        if not set(answers) <= set(range(1, len(message.poll.answers) + 1)):
            raise ActingError(400, "This poll has no such answer.")
        if len(answers) > 1 and not message.poll.is_multiple:
            raise ActingError(400, "This poll takes one answer.")
        self._messages.vote(message, actor, answers)
        return self._payloads.message(message, viewer_id=actor.id)

    async def react(self, user: str, message_id: str, emoji: str) -> Payload:
        """Add a reaction: a Unicode emoji, or `name:id`."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        if message.is_ephemeral:
            raise ActingError(403, "Nobody can react to a message that only one person sees.")
        if not emoji:
            raise ActingError(400, "Which emoji?")
        place = self._state.channels[message.channel_id]
        self._needs(actor, place, Permission.ADD_REACTIONS, "react here")
        self._messages.react(message, actor, emoji)
        return self._payloads.message(message, viewer_id=actor.id)

    def preview(self, url: str, *, title: str = "", description: str = "", image: str | None = None) -> None:
        """Let a link unfold into a preview from now on; `image` is an upload, or the address of a picture."""
        file = self._media.files.get(as_id(image or ""))
        picture = {} if file is None else {"width": file.width, "height": file.height}
        address = image if file is None else self._media.url(file)
        shown = {} if not address else {"thumbnail": {"url": address, "proxy_url": address} | picture}
        is_picture = not title and not description
        texts = {} if is_picture else {"title": title, "description": description}
        self._state.previews[url] = {"type": "image" if is_picture else "link", "url": url} | texts | shown

    def upload(self, user: str | None, filename: str, data: bytes) -> str:
        """Keep a file for an option, a modal or a message; without a user anyone may use it."""
        uploader = None if user is None else self._user(user)
        attachment = Attachment(
            self._state.new_id(),
            self._state.application_id,
            filename.replace("/", "_") or "file",
            data,
            content_type="",
            is_ephemeral=True,
            uploader_id=None if uploader is None else uploader.id,
        )
        return str(self._media.add(attachment).id)

    def _needs_to_write(self, user: User, channel: Channel) -> None:
        if not channel.type.holds_messages:
            raise ActingError(400, NO_CHAT)
        in_thread = channel.type.is_thread
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._needs(user, channel, needed, "write here")

    def _check_slow_mode(self, user: User, channel: Channel) -> None:
        own = [message.created_at for message in channel.messages.values() if message.author_id == user.id]
        rest_s = channel.slow_mode_s - (self._state.clock.now() - max(own, default=0.0))
        if rest_s > 0 and not self._state.permissions(user, channel) & Permission.MANAGE_MESSAGES:
            raise ApiError(20016, retry_after_s=round(rest_s, 3))
