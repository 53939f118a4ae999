"""Every object that leaves the loopback, built in one place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sandbox.discord.blanks import BLANK_APPLICATION, BLANK_GUILD, BLANK_MEMBER
from sandbox.discord.media import Media
from sandbox.discord.model import (
    DISCORD_EPOCH_MS,
    Attachment,
    Channel,
    ChannelType,
    Emoji,
    Guild,
    Interaction,
    InteractionType,
    Message,
    MessageFlag,
    Payload,
    Role,
    User,
)
from sandbox.discord.polls import poll_payload
from sandbox.discord.shown import Shown, inline_ids
from sandbox.discord.state import State
from sandbox.discord.stickers import item_of

if TYPE_CHECKING:  # the library's payload types cannot be imported at run time
    from discord.types.member import Member as MemberPayload
    from discord.types.message import Attachment as AttachmentPayload
    from discord.types.user import User as UserPayload

SNAPSHOT_FIELDS = (
    *("type", "content", "embeds", "attachments", "timestamp", "edited_timestamp", "flags", "mentions"),
    *("mention_roles", "sticker_items", "components"),
)
APPLICATION_FLAGS = 1 << 15 | 1 << 19  # guild members and message content, as an unverified app has them


def stamp(seconds: float) -> str:
    """Discord's form of a moment."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def created_at(snowflake: int) -> str:
    """The moment that an id was made."""
    return stamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000)


class Payloads:
    """Builds the objects that REST, gateway and page receive from the world as it stands now."""

    def __init__(self, state: State, media: Media) -> None:
        self._state = state
        self._media = media
        self._shown = Shown(media)

    def user(self, user: User) -> UserPayload:
        return {
            "id": str(user.id),
            "username": user.username,
            "global_name": user.global_name,
            "discriminator": "0",
            "avatar": user.avatar,
            "bot": user.is_bot,
            "system": False,
            "public_flags": 0,
            "flags": 0,
            "banner": None,
            "accent_color": None,
            "avatar_decoration_data": None,  # type: ignore[typeddict-item]
            "primary_guild": None,  # type: ignore[typeddict-item]
        }

    def me(self) -> Payload:
        """The bot about itself."""
        own = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None, "premium_type": 0}
        return {**self.user(self._state.bot), **own}

    def member(self, user: User, guild: Guild, *, channel: Channel | None = None) -> MemberPayload:
        """A member with the user inside; with `channel` also the permissions there."""
        member: dict[str, Any] = BLANK_MEMBER | {
            "user": self.user(user),
            "roles": [str(role_id) for role_id in guild.roles_by_member.get(user.id, [])],
            "joined_at": created_at(guild.id),
        }
        if channel is not None:
            member["permissions"] = str(int(self._state.permissions(user, channel)))
        return member  # type: ignore[return-value]

    def role(self, role: Role) -> Payload:
        return {
            "id": str(role.id),
            "name": role.name,
            "permissions": str(int(role.permissions)),
            "position": 0 if role.name == "@everyone" else 1,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": role.bot_id is not None,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
            **({} if role.bot_id is None else {"tags": {"bot_id": str(role.bot_id)}}),
        }

    def guild(self, guild: Guild) -> Payload:
        """A guild as REST gives it."""
        return BLANK_GUILD | {
            "id": str(guild.id),
            "name": guild.name,
            "owner_id": str(guild.owner_id),
            "roles": [self.role(role) for role in guild.roles],
            "premium_tier": guild.premium_tier,
            "premium_subscription_count": 14 if guild.premium_tier else 0,
            "preferred_locale": guild.locale,
            "approximate_member_count": len(guild.roles_by_member),
            "approximate_presence_count": len(guild.roles_by_member),
        }

    def guild_create(self, guild: Guild) -> Payload:
        """A guild as the gateway gives it, with everything inside."""
        places = [channel for channel in self._state.channels.values() if channel.guild_id == guild.id]
        users = self._state.users
        return self.guild(guild) | {
            "joined_at": created_at(guild.id),
            "large": False,
            "unavailable": False,
            "member_count": len(guild.roles_by_member),
            "members": [self.member(users[user_id], guild) for user_id in guild.roles_by_member],
            "channels": [self.channel(place) for place in places if not place.type.is_thread],
            "threads": [self.channel(place) for place in places if place.type.is_thread],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def channel(self, channel: Channel) -> Payload:
        """A channel, a thread or a DM."""
        last = next(reversed(channel.messages), None)
        common: Payload = {
            "id": str(channel.id),
            "type": int(channel.type),
            "flags": 0,
            "last_message_id": None if last is None else str(last),
        }
        if channel.recipient_id is not None:
            recipient = self._state.users[channel.recipient_id]
            return common | {"recipients": [self.user(recipient)]}
        common |= {
            "guild_id": str(channel.guild_id),
            "name": channel.name,
            "parent_id": None if channel.parent_id is None else str(channel.parent_id),
            "rate_limit_per_user": channel.slow_mode_s,
            "nsfw": channel.is_nsfw,
        }
        if channel.type.is_thread:
            return common | self._thread_fields(channel)
        return (
            common
            | self._own_fields(channel)
            | {
                "position": channel.position,
                "topic": None,
                "permission_overwrites": [
                    {
                        "id": str(overwrite.target_id),
                        "type": int(overwrite.is_member),
                        "allow": str(int(overwrite.allow)),
                        "deny": str(int(overwrite.deny)),
                    }
                    for overwrite in channel.overwrites
                ],
            }
        )

    def _own_fields(self, channel: Channel) -> Payload:
        """What only some kinds of channels have. Source: https://docs.discord.com/developers/resources/channel#channel-object."""
        if channel.type.is_vocal:
            about = {"bitrate": 64_000, "user_limit": 10_000 if channel.type == ChannelType.STAGE else 0}
            return about | {"rtc_region": None, "video_quality_mode": 1}
        if channel.type == ChannelType.FORUM:
            return {
                "available_tags": channel.tags,
                "default_reaction_emoji": None,
                "default_sort_order": None,
                "default_forum_layout": 0,
                "default_thread_rate_limit_per_user": 0,
            }
        return {}

    def _thread_fields(self, thread: Channel) -> Payload:
        return {
            "owner_id": str(thread.owner_id),
            "applied_tags": [str(tag) for tag in thread.applied_tags],
            "message_count": len(thread.messages),
            "total_message_sent": len(thread.messages),
            "member_count": 2,
            "thread_metadata": {
                "archived": thread.is_archived,
                "archive_timestamp": created_at(thread.id),
                "auto_archive_duration": thread.archive_after_min,
                "locked": thread.is_locked,
                "create_timestamp": created_at(thread.id),
            },
        }

    def attachment(self, attachment: Attachment) -> AttachmentPayload:
        url = self._media.url(attachment)
        payload: dict[str, Any] = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": len(attachment.data),
            "url": url,
            "proxy_url": url,
            "content_type": attachment.content_type,
            "width": attachment.width,
            "height": attachment.height,
            "description": attachment.description,
            "ephemeral": attachment.is_ephemeral or None,
        }
        return {key: value for key, value in payload.items() if value is not None}  # type: ignore[return-value]

    def message(self, message: Message, *, viewer_id: int, with_reference: bool = True) -> Payload:
        """A message as REST gives it to the viewer; whose reactions are "me" depends on who looks."""
        inline = inline_ids(message)
        shown = [file for file in message.attachments if file.id not in inline]
        payload: Payload = {
            "id": str(message.id),
            "channel_id": str(message.channel_id),
            "type": self._message_type(message),
            "author": self.user(self._state.users[message.author_id]),
            "content": message.content,
            "timestamp": stamp(message.created_at),
            "edited_timestamp": None if message.edited_at is None else stamp(message.edited_at),
            "flags": int(message.flags),
            "tts": False,
            "pinned": False,
            "mention_everyone": message.mentions.everyone,
            "mentions": [self.user(self._state.users[user_id]) for user_id in message.mentions.users],
            "mention_roles": [str(role_id) for role_id in message.mentions.roles],
            "attachments": [self.attachment(file) for file in shown],
            "embeds": self._shown.embeds(message),
            "components": [self._shown.component(component, message) for component in message.components],
        }
        payload |= self._occasional(message, viewer_id)
        return payload | self._references(message, viewer_id, with_reference=with_reference)

    def _occasional(self, message: Message, viewer_id: int) -> Payload:
        """The fields that only some messages have."""
        payload: Payload = {}
        if message.reactions:
            payload["reactions"] = [
                self._reaction(emoji, user_ids, viewer_id) for emoji, user_ids in message.reactions.items()
            ]
        if message.metadata is not None:
            payload["interaction_metadata"] = message.metadata
        if message.is_webhook:
            payload["application_id"] = payload["webhook_id"] = str(self._state.application_id)
        if message.stickers:
            payload["sticker_items"] = [item_of(sticker_id) for sticker_id in message.stickers]
        if message.poll is not None:
            payload["poll"] = poll_payload(message.poll, viewer_id)
        if message.flags & MessageFlag.HAS_THREAD and message.id in self._state.channels:
            payload["thread"] = self.channel(self._state.channels[message.id])
        return payload

    def _references(self, message: Message, viewer_id: int, *, with_reference: bool) -> Payload:
        """What a reply or a forward refers to, and how it is shown."""
        payload: Payload = {}
        if message.forwarded is not None:
            payload["message_reference"] = {"type": 1} | self._ids(message.forwarded)
            payload["message_snapshots"] = [{"message": self._snapshot(message.forwarded)}]
        if message.reply_to is not None:
            payload["message_reference"] = self._reference(message)
            original = self._state.channels[message.channel_id].messages.get(message.reply_to)
            if with_reference:
                payload["referenced_message"] = original and self.message(
                    original, viewer_id=viewer_id, with_reference=False
                )
        return payload

    def _message_type(self, message: Message) -> int:
        if message.reply_to is not None:
            return 19
        metadata = message.metadata or {}
        if metadata.get("type") == InteractionType.COMMAND and not message.is_followup:
            return 23 if "target_message_id" in metadata else 20
        return 0

    def _reference(self, message: Message) -> Payload:
        return {"type": 0} | self._ids(message) | {"message_id": str(message.reply_to)}

    def _ids(self, message: Message) -> Payload:
        guild_id = self._state.channels[message.channel_id].guild_id
        place = {} if guild_id is None else {"guild_id": str(guild_id)}
        return {"channel_id": str(message.channel_id), "message_id": str(message.id)} | place

    def _snapshot(self, message: Message) -> Payload:
        """What a forward shows of a message.

        Source: https://docs.discord.com/developers/resources/message#message-snapshot-object.
        """
        whole = self.message(message, viewer_id=0, with_reference=False)
        return {name: whole[name] for name in SNAPSHOT_FIELDS if name in whole}

    def _reaction(self, emoji: str, user_ids: list[int], viewer_id: int) -> Payload:
        return {
            "emoji": self.emoji(emoji),
            "count": len(user_ids),
            "count_details": {"normal": len(user_ids), "burst": 0},
            "burst_colors": [],
            "me": viewer_id in user_ids,
            "me_burst": False,
        }

    def emoji(self, emoji: str) -> Payload:
        """A reaction's emoji: a Unicode one, or `name:id`."""
        name, _, emoji_id = emoji.partition(":")
        return {"id": emoji_id or None, "name": name}

    def own_emoji(self, emoji: Emoji) -> Payload:
        """An emoji of the application's."""
        flags = {"require_colons": True, "managed": False, "animated": emoji.is_animated, "available": True}
        return {"id": str(emoji.id), "name": emoji.name, "roles": [], "user": self.user(self._state.bot)} | flags

    def application(self) -> Payload:
        """The application as its bot token sees it."""
        state = self._state
        return BLANK_APPLICATION | {
            "id": str(state.application_id),
            "name": state.bot.global_name,
            "description": "The studio, in the sandbox.",
            "bot": self.user(state.bot),
            "flags": APPLICATION_FLAGS,
            "flags_new": str(APPLICATION_FLAGS),
            "owner": self.user(state.application_owner),
            "team": state.application_team,
            "approximate_guild_count": len(state.bot_guilds()),
            **state.application_pages,
        }

    def interaction(self, interaction: Interaction) -> Payload:
        """The INTERACTION_CREATE event."""
        state = self._state
        channel = state.channels[interaction.channel_id]
        user = state.users[interaction.user_id]
        guild = state.guild_of(channel)
        payload: Payload = {
            "id": str(interaction.id),
            "application_id": str(state.application_id),
            "type": int(interaction.type),
            "token": interaction.token,
            "version": 1,
            "data": interaction.data,
            "channel_id": str(channel.id),
            "channel": self.channel(channel) | {"permissions": str(int(state.permissions(user, channel)))},
            "app_permissions": str(int(state.app_permissions(channel))),
            "locale": interaction.locale,
            "entitlements": [],
            "authorizing_integration_owners": interaction.owners,
            "context": interaction.context,
            "attachment_size_limit": interaction.size_limit,
        }
        if guild is None:
            payload["user"] = self.user(user)
        else:
            payload |= {
                "guild_id": str(guild.id),
                "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
                "guild_locale": guild.locale,
                "member": self.member(user, guild, channel=channel),
            }
        source = None if interaction.message_id is None else state.message(interaction.message_id)
        if source is not None:
            payload["message"] = self.message(source, viewer_id=state.bot.id)
        return payload

    def metadata(self, interaction: Interaction, *, original_id: int | None = None) -> Payload:
        """How a message came about: the `interaction_metadata` of answers and follow-ups."""
        metadata: Payload = {
            "id": str(interaction.id),
            "type": int(interaction.type),
            "user": self.user(self._state.users[interaction.user_id]),
            "authorizing_integration_owners": interaction.owners,
        }
        if original_id is not None:
            metadata["original_response_message_id"] = str(original_id)
        if interaction.type == InteractionType.COMPONENT:
            metadata["interacted_message_id"] = str(interaction.message_id)
        if interaction.type == InteractionType.MODAL and interaction.triggered_by is not None:
            metadata["triggering_interaction_metadata"] = self.metadata(interaction.triggered_by)
        if "target_id" in interaction.data:
            metadata["target_message_id"] = interaction.data["target_id"]
        return metadata
