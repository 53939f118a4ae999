"""What a message's text does on Discord: whom it pings and which links unfold."""

import re
from collections.abc import Iterable
from typing import Any

from sandbox.discord.model import Channel, Guild, Mentions
from sandbox.discord.permissions import Permission
from sandbox.discord.state import State

CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
WRAPPED_LINK = re.compile(r"<https?://[^\s<>]+>")
LINK = re.compile(r"https?://[^\s<>]+[^\s<>.,:;\"'\])]")
USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)")


def bare_links(content: str) -> list[str]:
    """The links that Discord would unfold into a preview, each once."""
    visible = WRAPPED_LINK.sub(" ", CODE.sub(" ", content))
    return list(dict.fromkeys(LINK.findall(visible)))


def find_mentions(
    texts: Iterable[str],
    allowed: dict[str, Any] | None,
    state: State,
    channel: Channel,
    *,
    author_id: int,
    replied_author_id: int | None = None,
    is_answer: bool = False,
) -> Mentions:
    """Whom the texts ping, given `allowed_mentions`.

    Without it an ordinary message pings everyone it names, and an interaction's answer (`is_answer`) users only.
    """
    if allowed is None:
        parse = {"users"} if is_answer else {"users", "roles", "everyone"}
        allowed = {"parse": parse, "replied_user": True}
    text = "\n".join(texts)
    mentions = Mentions()
    for user_id in map(int, USER_MENTION.findall(text)):
        if _may_ping(user_id, "users", allowed) and user_id in state.users:
            mentions.users.append(user_id)
    if replied_author_id is not None and allowed.get("replied_user", False):
        mentions.users.append(replied_author_id)
    mentions.users = list(dict.fromkeys(mentions.users))
    guild = state.guild_of(channel)
    if guild is not None:
        may_everyone = bool(state.permissions(state.users[author_id], channel) & Permission.MENTION_EVERYONE)
        mentions.roles = _pinged_roles(text, guild, allowed)
        mentions.everyone = (
            may_everyone and "everyone" in allowed.get("parse", ()) and EVERYONE.search(text) is not None
        )
    return mentions


def _pinged_roles(text: str, guild: Guild, allowed: dict[str, Any]) -> list[int]:
    named = dict.fromkeys(map(int, ROLE_MENTION.findall(text)))
    known = {role.id for role in guild.roles}
    return [role_id for role_id in named if role_id in known and _may_ping(role_id, "roles", allowed)]


def _may_ping(target_id: int, kind: str, allowed: dict[str, Any]) -> bool:
    if kind in allowed.get("parse", ()):
        return True
    return target_id in {int(snowflake) for snowflake in allowed.get(kind) or ()}
