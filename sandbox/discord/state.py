"""The loopback's memory: who and what exists, found by id or name, and who may do what where."""

from sandbox.clock import SandboxClock
from sandbox.discord.errors import ApiError
from sandbox.discord.model import (
    DISCORD_EPOCH_MS,
    Channel,
    ChannelType,
    Emoji,
    Guild,
    Interaction,
    Message,
    Payload,
    User,
)
from sandbox.discord.permissions import ALL_PERMISSIONS, DM_PERMISSIONS, GUEST_PERMISSIONS, Permission
from sandbox.world import World


class Snowflakes:
    """Makes ids that grow with time, as Discord's do."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """An id that was never given before, later than all others."""
        now = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(now, self._last + 1)
        return self._last


class State:
    """The world as it stands now."""

    def __init__(self, world: World, clock: SandboxClock) -> None:
        self.clock = clock
        self.new_id = Snowflakes(clock).next
        self.bot = world.bot
        self.application_owner = world.application_owner
        self.users = {user.id: user for user in world.users}
        self.application_team = _team_of(world)  # as REST gives it; None where the application is one person's
        self.application_pages: dict[str, str] = {}  # `privacy_policy_url` and `terms_of_service_url`, where there are
        self.guilds = {guild.id: guild for guild in world.guilds}
        self.channels = {channel.id: channel for channel in world.channels}
        self.interactions: dict[int, Interaction] = {}
        self.emojis: dict[int, Emoji] = {}
        self.previews: dict[str, Payload] = {}

    @property
    def application_id(self) -> int:
        """The application shares its id with its bot user, as all newer ones do."""
        return self.bot.id

    def user(self, name: str | int) -> User | None:
        """A user by id or name."""
        return next((user for user in self.users.values() if name in (user.username, str(user.id), user.id)), None)

    def channel(self, name: str | int) -> Channel | None:
        """A channel by id or name."""
        channels = self.channels.values()
        return next((channel for channel in channels if name in (channel.name, str(channel.id), channel.id)), None)

    def guild_of(self, channel: Channel) -> Guild | None:
        """The guild of a channel; None for a DM."""
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def bot_guilds(self) -> list[Guild]:
        """The guilds that the bot is a member of."""
        return [guild for guild in self.guilds.values() if self.bot.id in guild.roles_by_member]

    def has_bot(self, channel: Channel) -> bool:
        """Whether the bot itself is in this place (and not only the app, installed to a user)."""
        guild = self.guild_of(channel)
        return guild is None or self.bot.id in guild.roles_by_member

    def preview_of(self, link: str) -> Payload:
        """What a link unfolds into: what is known of its page, else no more than its address."""
        return self.previews.get(link) or {"type": "link", "url": link}

    def open_dm(self, user: User) -> tuple[Channel, bool]:
        """The DM between the user and the bot, and whether it had to be opened."""
        for channel in self.channels.values():
            if channel.recipient_id == user.id:
                return channel, False
        channel = Channel(self.new_id(), ChannelType.DM, f"dm-{user.username}", recipient_id=user.id)
        self.channels[channel.id] = channel
        return channel, True

    def message(self, message_id: int) -> Message | None:
        """A message by its id alone, wherever it is."""
        return next((found for channel in self.channels.values() if (found := channel.messages.get(message_id))), None)

    def permissions(self, user: User, channel: Channel) -> Permission:
        """What the user may do in the channel, overwrites included."""
        guild = self.guild_of(channel)
        if guild is None:
            return self._dm_permissions(user, channel)
        if user.id == guild.owner_id:
            return ALL_PERMISSIONS
        if user.id not in guild.roles_by_member:
            return Permission(0)
        role_ids = {guild.id, *guild.roles_by_member[user.id]}
        granted = Permission(0)
        for role in guild.roles:
            if role.id in role_ids:
                granted |= role.permissions
        if granted & Permission.ADMINISTRATOR:
            return ALL_PERMISSIONS
        place = self.channels[channel.parent_id] if channel.parent_id is not None else channel
        # @everyone first, then roles, then the member: the later one wins
        order = sorted(place.overwrites, key=lambda o: (o.is_member, o.target_id != guild.id))
        for overwrite in order:
            if overwrite.target_id in (role_ids if not overwrite.is_member else {user.id}):
                granted = granted & ~overwrite.deny | overwrite.allow
        return granted if granted & Permission.VIEW_CHANNEL else Permission(0)

    def app_permissions(self, channel: Channel) -> Permission:
        """The `app_permissions` of an interaction in this channel."""
        if channel.type == ChannelType.DM:
            return DM_PERMISSIONS
        return self.permissions(self.bot, channel) if self.has_bot(channel) else GUEST_PERMISSIONS

    def _dm_permissions(self, user: User, channel: Channel) -> Permission:
        if user.id not in (self.bot.id, channel.recipient_id):
            return Permission(0)
        return ALL_PERMISSIONS & ~(Permission.ADMINISTRATOR | Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES)

    def bot_channel(self, channel_id: int) -> Channel:
        """The channel for a REST call by the bot, or Discord's refusal."""
        channel = self.channels.get(channel_id)
        if channel is None:
            raise ApiError(10003)
        if not self.permissions(self.bot, channel) & Permission.VIEW_CHANNEL:
            raise ApiError(50001)
        return channel

    def bot_needs(self, channel: Channel, permission: Permission) -> None:
        """Refuse with 50013 when the bot lacks any of `permission` in the channel."""
        if self.permissions(self.bot, channel) & permission != permission:
            raise ApiError(50013)

    def bot_message(self, channel: Channel, message_id: int) -> Message:
        """The message for a REST call by the bot; ephemeral ones do not exist for these routes."""
        message = channel.messages.get(message_id)
        if message is None or message.is_ephemeral:
            raise ApiError(10008)
        return message


def _team_of(world: World) -> Payload | None:
    """The team that the application belongs to. Source: https://docs.discord.com/developers/topics/teams."""
    if not world.team:
        return None
    team_id = str(world.bot.id + 1)
    members = [
        {
            "user": {
                "id": str(user.id),
                "username": user.username,
                "global_name": user.global_name,
                "discriminator": "0",
                "avatar": user.avatar,
                "public_flags": 0,
                "flags": 0,
                "primary_guild": None,
            },
            "team_id": team_id,
            "membership_state": 2,  # accepted
            "role": "admin",
            "permissions": ["*"],
        }
        for user in world.team
    ]
    owner_id = str(world.application_owner.id)
    return {"id": team_id, "name": "Easel", "icon": None, "owner_user_id": owner_id, "members": members}
