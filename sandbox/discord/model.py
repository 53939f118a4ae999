"""What the loopback Discord remembers: plain records, no behaviour of the wire."""

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import Any, Literal

from sandbox.discord.permissions import NOTHING, Permission

Payload = dict[str, Any]
DISCORD_EPOCH_MS = 1_420_070_400_000


class ChannelType(IntEnum):
    """The kinds of places in the sandbox's world."""

    TEXT = 0
    DM = 1
    VOICE = 2
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    THREAD = 11
    STAGE = 13
    FORUM = 15

    @property
    def is_thread(self) -> bool:
        """Whether it hangs on another channel; a forum's posts do."""
        return self in (ChannelType.THREAD, ChannelType.ANNOUNCEMENT_THREAD)

    @property
    def holds_messages(self) -> bool:
        """Whether people write there: in a forum they do in its posts alone."""
        return self is not ChannelType.FORUM

    @property
    def is_vocal(self) -> bool:
        """Whether people speak there, beside a chat."""
        return self in (ChannelType.VOICE, ChannelType.STAGE)


class InteractionType(IntEnum):
    """What a user did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class MessageFlag(IntFlag):
    """The message flags that mean something here."""

    CROSSPOSTED = 1 << 0
    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    HAS_SNAPSHOT = 1 << 14
    COMPONENTS_V2 = 1 << 15


@dataclass
class User:
    """A person or the bot; `has_installed` tells whether the app is installed to the account itself."""

    id: int
    username: str
    global_name: str
    avatar: str | None = None
    is_bot: bool = False
    has_installed: bool = False
    accepts_dms: bool = True


@dataclass
class Role:
    """A role of a guild; the role with the guild's own id is @everyone."""

    id: int
    name: str
    permissions: Permission
    bot_id: int | None = None


@dataclass
class Overwrite:
    """What one channel allows or denies to one role or member."""

    target_id: int
    is_member: bool = False
    allow: Permission = NOTHING
    deny: Permission = NOTHING


@dataclass
class Guild:
    """A server; `roles_by_member` holds who is in it."""

    id: int
    name: str
    owner_id: int
    premium_tier: int = 0
    locale: str = "en-US"
    roles: list[Role] = field(default_factory=list)
    roles_by_member: dict[int, list[int]] = field(default_factory=dict)


@dataclass
class Attachment:
    """A file with its bytes. `place_id` is the folder in its address, `uploader_id` None for the bot's files."""

    id: int
    place_id: int
    filename: str
    data: bytes
    content_type: str
    width: int | None = None
    height: int | None = None
    description: str | None = None
    is_ephemeral: bool = False
    uploader_id: int | None = None


@dataclass
class Mentions:
    """Whom a message pings."""

    users: list[int] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False


@dataclass
class Emoji:
    """An emoji that the application owns."""

    id: int
    name: str
    is_animated: bool = False


@dataclass
class Poll:
    """A poll; `voters` are user ids by the number of their answer, `ends_at` is in seconds of the sandbox's clock."""

    question: Payload
    answers: list[Payload]
    ends_at: float
    is_multiple: bool
    is_over: bool = False
    voters: dict[int, list[int]] = field(default_factory=dict)

    def vote(self, user_id: int, answers: list[int]) -> tuple[list[int], list[int]]:
        """Let these be a user's answers; returns which were added and which were taken back."""
        before = {number for number, users in self.voters.items() if user_id in users}
        for number in range(1, len(self.answers) + 1):
            users = self.voters.setdefault(number, [])
            if number in answers and user_id not in users:
                users.append(user_id)
            elif number not in answers and user_id in users:
                users.remove(user_id)
        return sorted(set(answers) - before), sorted(before - set(answers))


@dataclass
class Message:
    """A message as it stands now; `visible_to` names the only user who sees an ephemeral one.

    `forwarded` is what was forwarded with it, as it stood then; `previews` are embeds that its links unfolded into.
    """

    id: int
    channel_id: int
    author_id: int
    created_at: float
    content: str = ""
    edited_at: float | None = None
    flags: int = 0
    embeds: list[Payload] = field(default_factory=list)
    components: list[Payload] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    mentions: Mentions = field(default_factory=Mentions)
    nonce: str | int | None = None
    reply_to: int | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    metadata: Payload | None = None
    is_webhook: bool = False
    is_followup: bool = False
    visible_to: int | None = None
    stickers: list[int] = field(default_factory=list)
    poll: Poll | None = None
    previews: list[Payload] = field(default_factory=list)
    forwarded: "Message | None" = None
    pinned_at: float | None = None

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one user sees it."""
        return self.visible_to is not None

    def is_visible_to(self, user_id: int) -> bool:
        """Whether a user of its channel sees it."""
        return self.visible_to in (None, user_id)


@dataclass
class Channel:
    """A channel, a thread or a DM, with its messages by id, oldest first; `tags` are those that a forum offers.

    `slow_mode_s` is how many seconds a person must wait between two messages; bots and moderators need not.
    """

    id: int
    type: ChannelType
    name: str
    guild_id: int | None = None
    parent_id: int | None = None
    owner_id: int | None = None
    is_nsfw: bool = False
    position: int = 0
    slow_mode_s: int = 0
    overwrites: list[Overwrite] = field(default_factory=list)
    recipient_id: int | None = None
    tags: list[Payload] = field(default_factory=list)
    applied_tags: list[int] = field(default_factory=list)
    archive_after_min: int = 1440
    is_archived: bool = False
    is_locked: bool = False
    member_ids: set[int] = field(default_factory=set)  # of a thread: those who were added or joined
    messages: dict[int, Message] = field(default_factory=dict)


@dataclass
class Interaction:
    """One thing a user did, and how far the bot's answer has come.

    `created_at` is in seconds of the sandbox's clock. `original_id` is the message that `@original` means.
    `is_deferred` holds while a "thinking" message waits for its text.
    """

    id: int
    token: str
    type: InteractionType
    user_id: int
    channel_id: int
    created_at: float
    locale: str
    owners: dict[str, str]
    context: int
    size_limit: int
    data: Payload
    message_id: int | None = None
    triggered_by: "Interaction | None" = None
    state: Literal["pending", "acknowledged", "failed"] = "pending"
    original_id: int | None = None
    is_deferred: bool = False
    is_ephemeral: bool = False
    modal: Payload | None = None
    submitted_as: "Interaction | None" = None
    choices: list[Payload] = field(default_factory=list)
    followups: int = 0
