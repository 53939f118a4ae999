"""Turns what a user picked (names, ids, uploads) into ids and the `resolved` objects beside them."""

from typing import Any

from sandbox.discord.components import Kind
from sandbox.discord.errors import ActingError
from sandbox.discord.media import Media
from sandbox.discord.model import Channel, Payload, User
from sandbox.discord.payloads import Payloads
from sandbox.discord.state import State

LONGEST_ID = 20  # digits of the largest 64-bit number


def as_id(given: Any) -> int:
    """An id that somebody typed, as a number; 0, which nothing has, when it is none."""
    text = str(given)
    return int(text) if text.isdecimal() and len(text) <= LONGEST_ID else 0


class Resolver:
    """Collects the `resolved` part of one interaction."""

    def __init__(
        self, state: State, media: Media, payloads: Payloads, user: User, channel: Channel, size_limit: int
    ) -> None:
        self.resolved: Payload = {}
        self._state = state
        self._media = media
        self._payloads = payloads
        self._user = user
        self._channel = channel
        self._size_limit = size_limit

    def user(self, name: Any) -> str:
        """A user by id or name, with the member object where there is a guild."""
        user = self._state.user(name)
        if user is None:
            raise ActingError(404, f"There is no user {name}.")
        self._put("users", user.id, self._payloads.user(user))
        guild = self._state.guild_of(self._channel)
        if guild is not None and user.id in guild.roles_by_member:
            member: Payload = dict(self._payloads.member(user, guild, channel=self._channel))
            for absent in ("user", "deaf", "mute"):
                del member[absent]
            self._put("members", user.id, member)
        return str(user.id)

    def role(self, name: Any) -> str:
        """A role of this guild by id or name."""
        guild = self._state.guild_of(self._channel)
        roles = [] if guild is None else guild.roles
        role = next((role for role in roles if name in (role.name, str(role.id), role.id)), None)
        if role is None:
            raise ActingError(404, f"There is no role {name} here.")
        self._put("roles", role.id, self._payloads.role(role))
        return str(role.id)

    def mentionable(self, name: Any) -> str:
        """A user or a role."""
        return self.role(name) if self._state.user(name) is None else self.user(name)

    def channel(self, name: Any, types: list[int] | None = None) -> str:
        """A channel of this guild by id or name."""
        channel = self._state.channel(name)
        if channel is None or channel.guild_id != self._channel.guild_id:
            raise ActingError(404, f"There is no channel {name} here.")
        if types and channel.type not in types:
            raise ActingError(400, f"{channel.name} is not the kind of channel that is asked for.")
        permissions = str(int(self._state.permissions(self._user, channel)))
        self._put("channels", channel.id, self._payloads.channel(channel) | {"permissions": permissions})
        return str(channel.id)

    def attachment(self, upload_id: Any) -> str:
        """A file that this user uploaded before."""
        file = self._media.files.get(as_id(upload_id))
        if file is None or file.uploader_id not in (None, self._user.id) or not file.is_ephemeral:
            raise ActingError(404, f"There is no upload {upload_id}.")
        if len(file.data) > self._size_limit:
            raise ActingError(413, f"{file.filename} is too large: {self._size_limit} bytes are allowed here.")
        self._put("attachments", file.id, self._payloads.attachment(file))
        return str(file.id)

    def picked(self, menu: Payload, value: Any) -> str:
        """One value of a select menu other than a list of texts."""
        kind = menu["type"]
        if kind == Kind.USER_SELECT:
            return self.user(value)
        if kind == Kind.ROLE_SELECT:
            return self.role(value)
        if kind == Kind.CHANNEL_SELECT:
            return self.channel(value, menu.get("channel_types"))
        return self.mentionable(value)

    def _put(self, kind: str, object_id: int, payload: Any) -> None:
        self.resolved.setdefault(kind, {})[str(object_id)] = payload
