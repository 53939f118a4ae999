"""What all groups of routes share: the parts of the loopback, and finding what an address names."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from sandbox.discord.bodies import DIGITS
from sandbox.discord.commands import CommandBook
from sandbox.discord.errors import ApiError, invalid
from sandbox.discord.events import Events
from sandbox.discord.interactions import Interactions
from sandbox.discord.media import Media
from sandbox.discord.messages import Messages
from sandbox.discord.model import Channel, Guild, Message, Payload
from sandbox.discord.payloads import Payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.state import State

Route = tuple[str, str, Callable[[web.Request], Awaitable[web.Response]]]


@dataclass(frozen=True)
class Parts:
    """The parts of the loopback that answer calls."""

    state: State
    payloads: Payloads
    events: Events
    media: Media
    messages: Messages
    interactions: Interactions
    commands: CommandBook


class RouteGroup:
    """Some routes that belong together."""

    def __init__(self, parts: Parts) -> None:
        self._state = parts.state
        self._payloads = parts.payloads
        self._events = parts.events
        self._media = parts.media
        self._messages = parts.messages
        self._interactions = parts.interactions
        self._commands = parts.commands

    def _guild(self, request: web.Request) -> Guild:
        guild = self._state.guilds.get(int(request.match_info["guild"]))
        if guild is None:
            raise ApiError(10004)
        if guild not in self._state.bot_guilds():
            raise ApiError(50001)
        return guild

    def _channel(self, request: web.Request) -> Channel:
        return self._state.bot_channel(int(request.match_info["channel"]))

    def _message(self, request: web.Request, channel: Channel) -> Message:
        return self._state.bot_message(channel, int(request.match_info["message"]))

    def _shown(self, message: Message) -> Payload:
        return self._payloads.message(message, viewer_id=self._state.bot.id)

    def _needs_to_send(self, channel: Channel) -> None:
        if not channel.type.holds_messages:
            raise ApiError(50008)
        in_thread = channel.type.is_thread
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._state.bot_needs(channel, needed)
        if channel.is_locked and not self._state.permissions(self._state.bot, channel) & Permission.MANAGE_THREADS:
            raise ApiError(160005)


def read_id(request: web.Request, name: str, default: int = 0) -> int:
    """An id among the parameters of a list, or Discord's refusal."""
    given = request.query.get(name, str(default))
    if not DIGITS.fullmatch(given):
        raise invalid(name, "NUMBER_TYPE_COERCE", f'Value "{given}" is not snowflake.')
    return int(given)


def read_limit(request: web.Request, default: int, most: int) -> int:
    """The `limit` of a list, or Discord's refusal."""
    given = request.query.get("limit", str(default))
    if not DIGITS.fullmatch(given) or not 1 <= int(given) <= most:
        raise invalid("limit", "NUMBER_TYPE_MAX", f"int value should be between 1 and {most}.")
    return int(given)
