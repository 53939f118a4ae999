"""Writing, changing and removing messages, whoever does it and through whichever route."""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sandbox.discord.components import Kind, complete, walk, without_nulls
from sandbox.discord.errors import ApiError, invalid
from sandbox.discord.events import Events
from sandbox.discord.limits import check_message, check_references, settable_flags
from sandbox.discord.media import Media
from sandbox.discord.model import Attachment, Channel, ChannelType, Message, MessageFlag, Payload, User
from sandbox.discord.permissions import Permission
from sandbox.discord.polls import make_poll
from sandbox.discord.state import State
from sandbox.discord.stickers import STICKERS
from sandbox.discord.text import bare_links, find_mentions
from sandbox.wire import UploadedFile

REPLY, FORWARD = 0, 1
NONCE_LIFE_S = 300.0  # "some minutes" in the official words; real, since clients repeat in real time
OLD_AFTER_S = 3600.0  # real as well: so is the pace at which clients edit
MOST_OLD_EDITS = 30  # per channel and hour; Discord has the limit, but does not tell its number
UNSAFE_IN_FILENAME = re.compile(r"[^\w.-]")
MESSAGE_LINK = re.compile(r"https://discord\.com/channels/")  # Discord shows its own as chips, and unfolds none
KEPT_FILE = re.compile(r"/attachments/\d+/(\d+)/")


class Messages:
    """The one place that creates, edits and deletes messages."""

    def __init__(self, state: State, media: Media, events: Events) -> None:
        self._state = state
        self._media = media
        self._events = events
        self._by_nonce: dict[tuple[int, int, str], Message] = {}
        self._old_edits_at: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=MOST_OLD_EDITS))

    def create(
        self,
        channel: Channel,
        author: User,
        body: Payload,
        files: dict[int, UploadedFile],
        *,
        size_limit: int,
        origin: Message | None = None,
        message_id: int | None = None,
        before_telling: Callable[[], None] | None = None,
    ) -> Message:
        """Write a message; `origin` is the draft of an interaction's answer, which this fills and shows.

        A forum's post gives its first message its own id (`message_id`), and is told of before it (`before_telling`).
        Raises ApiError when Discord would refuse the body.
        """
        repeated = self._earlier(channel, author, body)
        if repeated is not None:
            return repeated
        is_answer = origin is not None
        flags = settable_flags(body.get("flags"), may_hide=is_answer)
        is_v2 = bool(flags & MessageFlag.COMPONENTS_V2)
        check_message(body, files, size_limit=size_limit, is_v2=is_v2, emoji_ids=self._state.emojis)
        new_id = message_id or self._state.new_id()
        message = origin or Message(new_id, channel.id, author.id, self._state.clock.now())
        message.flags |= flags
        message.nonce = body.get("nonce")
        if not is_answer:
            self._set_reference(channel, author, message, body)
        self._fill(message, body, files)
        self._set_mentions(channel, message, body, is_answer=is_answer)
        self._put(channel, message)
        if body.get("enforce_nonce") and message.nonce is not None:
            self._by_nonce[channel.id, author.id, str(message.nonce)] = message
        if before_telling is not None:
            before_telling()
        self._events.message_created(message)
        self._unfold_links(message)
        return message

    def _put(self, channel: Channel, message: Message) -> None:
        channel.messages[message.id] = message
        if channel.is_archived:  # a word opens it again
            channel.is_archived = False
            self._events.channel_updated(channel)

    def _fill(self, message: Message, body: Payload, files: dict[int, UploadedFile]) -> None:
        """Put everything into a message that people see in it."""
        message.content = body.get("content") or ""
        message.stickers = self._known_stickers(body)
        message.poll = make_poll(body["poll"], self._state.clock.now()) if body.get("poll") else None
        message.attachments = self._stored_files(message, body, files)
        self._set_rich_parts(message, body)
        self._refuse_empty(message)

    def begin_post(
        self,
        forum: Channel,
        author: User,
        title: str,
        body: Payload,
        files: dict[int, UploadedFile],
        *,
        size_limit: int,
        applied_tags: Sequence[int] = (),
    ) -> Message:
        """Open a post in a forum: a thread whose first message has the thread's id.

        Raises ApiError when Discord would refuse that message; then there is no post either.
        """
        post = Channel(
            self._state.new_id(),
            ChannelType.THREAD,
            title,
            guild_id=forum.guild_id,
            parent_id=forum.id,
            owner_id=author.id,
            applied_tags=list(applied_tags),
        )
        self._state.channels[post.id] = post
        try:
            return self.create(
                post,
                author,
                body,
                files,
                size_limit=size_limit,
                message_id=post.id,
                before_telling=lambda: self._events.channel_created(post),
            )
        except ApiError:
            del self._state.channels[post.id]
            raise

    def show_thinking(self, channel: Channel, draft: Message) -> None:
        """Show an answer that is still to be written."""
        draft.flags |= MessageFlag.LOADING
        channel.messages[draft.id] = draft
        self._events.message_created(draft)

    def edit(
        self, channel: Channel, message: Message, body: Payload, files: dict[int, UploadedFile], *, size_limit: int
    ) -> Message:
        """Change what the body names and leave the rest; raises ApiError when Discord would refuse it."""
        if channel.is_archived:
            raise ApiError(50083)
        given = settable_flags(body.get("flags"), may_hide=False)
        is_v2 = bool((message.flags | given) & MessageFlag.COMPONENTS_V2)
        after = {"content": message.content, "embeds": message.embeds} | body if is_v2 else body
        check_message(after, files, size_limit=size_limit, is_v2=is_v2, emoji_ids=self._state.emojis)
        self._count_old_edit(message)
        attachments = self._kept_files(message, body) + self._stored_files(message, body, files)
        draft = Message(**vars(message) | {"attachments": attachments})
        if body.get("flags") is not None:
            # the V2 flag can be set but never be removed
            draft.flags = given | message.flags & ~MessageFlag.SUPPRESS_EMBEDS
        draft.flags &= ~MessageFlag.LOADING
        if "content" in body:
            draft.content = body["content"] or ""
        self._set_rich_parts(draft, body)
        self._refuse_empty(draft)
        if "content" in body or "components" in body:
            self._set_mentions(channel, draft, body, is_answer=message.is_webhook)
        if "content" in body:
            draft.previews = []
        was_loading = message.flags & MessageFlag.LOADING
        vars(message).update(vars(draft))
        message.edited_at = None if was_loading else self._state.clock.now()
        self._events.message_updated(message)
        self._unfold_links(message)
        return message

    def delete(self, message: Message) -> None:
        """Remove a message; what replied to it stays."""
        del self._state.channels[message.channel_id].messages[message.id]
        self._events.message_deleted(message)

    def react(self, message: Message, user: User, emoji: str) -> None:
        """Add the user's reaction, once."""
        users = message.reactions.setdefault(emoji, [])
        if user.id not in users:
            users.append(user.id)
            self._events.reaction_added(message, user, emoji)

    def take_back_reaction(self, message: Message, user: User, emoji: str) -> None:
        """Remove the user's reaction, if it is there."""
        users = message.reactions.get(emoji, [])
        if user.id in users:
            users.remove(user.id)
            message.reactions = {key: value for key, value in message.reactions.items() if value}
            self._events.reaction_removed(message, user, emoji)

    def clear_reactions(self, message: Message, emoji: str | None, user_ids: list[int] | None) -> None:
        """Remove everybody's reactions: all, those with one emoji, or those of some users with it."""
        for key in [key for key in message.reactions if emoji in (None, key)]:
            for user_id in [one for one in message.reactions[key] if user_ids is None or one in user_ids]:
                self.take_back_reaction(message, self._state.users[user_id], key)

    def vote(self, message: Message, user: User, answers: list[int]) -> None:
        """Let these be the user's answers in a poll."""
        if message.poll is None:
            return
        added, removed = message.poll.vote(user.id, answers)
        for answer in removed:
            self._events.vote_changed(message, user, answer, is_added=False)
        for answer in added:
            self._events.vote_changed(message, user, answer, is_added=True)

    def _count_old_edit(self, message: Message) -> None:
        """Refuse one edit too many of messages that are older than an hour."""
        now = self._state.clock.now()
        if now - message.created_at <= OLD_AFTER_S:
            return
        edits_at = self._old_edits_at[message.channel_id]
        rest_s = OLD_AFTER_S - (now - edits_at[0]) if len(edits_at) == MOST_OLD_EDITS else 0.0
        if rest_s > 0:
            raise ApiError(30046, retry_after_s=round(rest_s, 3))
        edits_at.append(now)

    def _earlier(self, channel: Channel, author: User, body: Payload) -> Message | None:
        if not body.get("enforce_nonce") or body.get("nonce") is None:
            return None
        earlier = self._by_nonce.get((channel.id, author.id, str(body["nonce"])))
        if earlier is None or self._state.clock.now() - earlier.created_at > NONCE_LIFE_S:
            return None
        return earlier

    def _unfold_links(self, message: Message) -> None:
        """Links become previews by an update that comes after the message, as at Discord."""
        previews = [
            self._state.preview_of(link) for link in bare_links(message.content) if not MESSAGE_LINK.match(link)
        ]
        if previews != message.previews and not message.flags & MessageFlag.SUPPRESS_EMBEDS:
            message.previews = previews
            self._events.message_updated(message)

    def _set_reference(self, channel: Channel, author: User, message: Message, body: Payload) -> None:
        """What a message replies to, or forwards.

        Source: https://docs.discord.com/developers/resources/message#message-reference-structure.
        """
        reference = body.get("message_reference")
        if not reference:
            return
        if reference.get("type", REPLY) != FORWARD:
            message.reply_to = self._reply_target(channel, reference)
            return
        place = self._state.channels.get(int(reference.get("channel_id") or 0))
        if place is None:
            raise ApiError(10003)
        original = place.messages.get(int(reference["message_id"]))
        if original is None or original.is_ephemeral:
            raise ApiError(10008)
        if not self._state.permissions(author, place) & Permission.VIEW_CHANNEL:
            raise ApiError(50001)
        message.forwarded = replace(original)
        message.flags |= MessageFlag.HAS_SNAPSHOT

    def _known_stickers(self, body: Payload) -> list[int]:
        wanted = [int(sticker_id) for sticker_id in body.get("sticker_ids") or []]
        if not set(wanted) <= set(STICKERS):
            raise ApiError(50081)
        return wanted

    def _reply_target(self, channel: Channel, reference: Payload) -> int | None:
        message_id = int(reference["message_id"])
        target = channel.messages.get(message_id)
        if target is not None and not target.is_ephemeral:
            return message_id
        if reference.get("fail_if_not_exists", True):
            raise invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
        return None

    def _stored_files(self, message: Message, body: Payload, files: dict[int, UploadedFile]) -> list[Attachment]:
        """Keep the request's files; `attachments` describes them by their number."""
        described = [entry for entry in body.get("attachments") or [] if entry.get("id") is not None]
        descriptions = {int(entry["id"]): entry for entry in described}
        stored = []
        for number, file in files.items():
            entry = descriptions.get(number, {})
            attachment = Attachment(
                self._state.new_id(),
                message.channel_id,
                UNSAFE_IN_FILENAME.sub("_", entry.get("filename") or file.filename),
                file.data,
                content_type="",
                description=entry.get("description"),
                is_ephemeral=message.is_ephemeral,
            )
            stored.append(self._media.add(attachment))
        return stored

    def _kept_files(self, message: Message, body: Payload) -> list[Attachment]:
        """The files that an edit leaves: all when it does not name any, else those that it names."""
        if "attachments" not in body:
            return message.attachments
        own = {file.id: file for file in message.attachments}
        entries = {int(entry["id"]): entry for entry in body["attachments"] or [] if entry.get("id") is not None}
        kept = [own[file_id] for file_id in entries if file_id in own]
        for file in kept:
            file.description = entries[file.id].get("description", file.description)
        return kept

    def _set_rich_parts(self, message: Message, body: Payload) -> None:
        by_name = {file.filename: file.id for file in message.attachments}
        own_ids = set(by_name.values())
        check_references(body, set(by_name))

        def find_file(url: str) -> int | None:
            scheme, _, name = url.partition("://")
            if scheme == "attachment":
                return by_name[name]
            kept = KEPT_FILE.search(url)
            return int(kept[1]) if kept and int(kept[1]) in own_ids else None

        if "components" in body:
            message.components = complete(body["components"] or [], find_file)
        if "embeds" in body:
            message.embeds = [_registered_embed(embed, find_file) for embed in body["embeds"] or []]

    def _refuse_empty(self, message: Message) -> None:
        parts = (message.embeds, message.attachments, message.components, message.stickers)
        if not (message.content.strip() or any(parts) or message.poll or message.forwarded):
            raise ApiError(50006)

    def _set_mentions(self, channel: Channel, message: Message, body: Payload, *, is_answer: bool) -> None:
        texts = [message.content]
        texts += [part["content"] for part in walk(message.components) if part["type"] == Kind.TEXT]
        original = None if is_answer else channel.messages.get(message.reply_to or 0)
        message.mentions = find_mentions(
            texts,
            body.get("allowed_mentions"),
            self._state,
            channel,
            author_id=message.author_id,
            replied_author_id=None if original is None else original.author_id,
            is_answer=is_answer,
        )


def _registered_embed(embed: Payload, find_file: Any) -> Payload:
    filled: Payload = {"type": "rich"} | without_nulls(embed)
    for part in ("image", "thumbnail"):
        url = (embed.get(part) or {}).get("url")
        if url:
            file_id = find_file(url)
            known = {} if file_id is None else {"attachment_id": str(file_id)}
            filled[part] = {"url": url} | known
    return filled
