"""The world that the sandbox opens with: who is there, which places, and what the bot may do in each.

The ids are the same at every start, so that a bot's database still fits after the sandbox was restarted.
"""

from dataclasses import dataclass, field

from sandbox.discord.model import DISCORD_EPOCH_MS, Channel, ChannelType, Guild, Message, Overwrite, Role, User
from sandbox.discord.permissions import BOT_PERMISSIONS, MEMBER_PERMISSIONS, Permission

FIRST_ID = 1_200_000_000_000_000_000  # a snowflake of January 2024
FIRST_OF_CROWD = 10_000
STEP = 1 << 22  # one millisecond, so that guilds spread over shards


@dataclass
class World:
    """Everything that exists before anyone has said a word."""

    bot: User
    application_owner: User
    team: list[User] = field(default_factory=list)  # whom the application belongs to, its owner first
    users: list[User] = field(default_factory=list)
    guilds: list[Guild] = field(default_factory=list)
    channels: list[Channel] = field(default_factory=list)


def make_world() -> World:
    """Build the world anew; nothing in it is shared with another one."""
    bot = User(_id(0), "Easel", "Easel", avatar="ea5e1ea5e1ea5e1ea5e1ea5e1ea5e100", is_bot=True)
    ana = User(_id(1), "ana", "Ana", avatar="a9a0a9a0a9a0a9a0a9a0a9a0a9a0a900", has_installed=True)
    ben = User(_id(2), "ben", "Ben", avatar="be90be90be90be90be90be90be90be00")
    mia = User(_id(3), "mia", "Mia (moderator)", avatar="31a031a031a031a031a031a031a03100")
    world = World(bot, ana, [ana, mia], [bot, ana, ben, mia])  # Mia may moderate, which /easel asks of the owners too

    studio = _guild(world, 10, "Easel Studio", moderator=mia)
    hall = _guild(world, 20, "Boosted Hall", moderator=mia, premium_tier=3)
    visitors = _guild(world, 30, "Visitors", moderator=mia, with_bot=False)

    studio_channel = _channel(100, "studio", studio)
    silence = Overwrite(
        bot.id,
        is_member=True,
        deny=Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.ATTACH_FILES,
    )
    thread = Channel(
        _id(103), ChannelType.THREAD, "side-thread", guild_id=studio.id, parent_id=studio_channel.id, owner_id=ana.id
    )
    forum = _channel(120, "showcase", studio, position=6, kind=ChannelType.FORUM)
    forum.tags = [{"id": str(_id(122)), "name": "harbours", "moderated": False, "emoji_id": None, "emoji_name": "⚓"}]
    world.channels = [
        studio_channel,
        thread,
        _channel(101, "no-posting", studio, position=1, overwrites=[silence]),
        _channel(102, "after-dark", studio, position=2, is_nsfw=True),
        _channel(110, "news", studio, position=3, kind=ChannelType.ANNOUNCEMENT),
        _channel(111, "voice-chat", studio, position=4, kind=ChannelType.VOICE),
        _channel(112, "stage", studio, position=5, kind=ChannelType.STAGE),
        forum,
        _post(121, "first-post", forum, ana),
        _channel(200, "hall", hall),
        _channel(300, "lounge", visitors),
        Channel(_id(400), ChannelType.DM, "dm-ana", recipient_id=ana.id),
    ]
    return world


def crowd(bot: User, count: int) -> list[Guild]:
    """Make so many servers that the bot is in and nobody acts in, their ids one after the other."""
    return [
        Guild(
            _id(number),
            f"Server {number}",
            owner_id=_id(9),
            roles=[Role(_id(number), "@everyone", MEMBER_PERMISSIONS)],
            roles_by_member={bot.id: []},
        )
        for number in range(FIRST_OF_CROWD, FIRST_OF_CROWD + count)
    ]


def _id(number: int) -> int:
    return FIRST_ID + number * STEP


def _guild(
    world: World, number: int, name: str, *, moderator: User, premium_tier: int = 0, with_bot: bool = True
) -> Guild:
    # The owner is nobody who acts: an owner may do everything, which would hide missing permissions.
    guild = Guild(_id(number), name, owner_id=_id(9), premium_tier=premium_tier)
    moderators = Role(_id(number + 1), "Moderator", Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD)
    guild.roles = [Role(guild.id, "@everyone", MEMBER_PERMISSIONS), moderators]
    guild.roles_by_member = {user.id: [] for user in world.users if not user.is_bot}
    guild.roles_by_member[moderator.id] = [moderators.id]
    if with_bot:
        own_role = Role(_id(number + 2), world.bot.username, BOT_PERMISSIONS, bot_id=world.bot.id)
        guild.roles.append(own_role)
        guild.roles_by_member[world.bot.id] = [own_role.id]
    world.guilds.append(guild)
    return guild


def _channel(
    number: int,
    name: str,
    guild: Guild,
    *,
    position: int = 0,
    kind: ChannelType = ChannelType.TEXT,
    is_nsfw: bool = False,
    overwrites: list[Overwrite] | None = None,
) -> Channel:
    return Channel(
        _id(number),
        kind,
        name,
        guild_id=guild.id,
        position=position,
        is_nsfw=is_nsfw,
        overwrites=overwrites or [],
    )


def _post(number: int, name: str, forum: Channel, author: User) -> Channel:
    """A forum's post: a thread whose first message has its own id."""
    post = Channel(
        _id(number), ChannelType.THREAD, name, guild_id=forum.guild_id, parent_id=forum.id, owner_id=author.id
    )
    created_at = ((post.id >> 22) + DISCORD_EPOCH_MS) / 1000
    post.messages[post.id] = Message(post.id, post.id, author.id, created_at, content="Harbours, please.")
    return post
