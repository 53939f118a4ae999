"""What all acting needs: who acts, where, on what, and whether that person may."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sandbox.discord.commands import CommandBook
from sandbox.discord.errors import ActingError, ApiError
from sandbox.discord.events import Events
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import file_limit
from sandbox.discord.media import Media
from sandbox.discord.messages import Messages
from sandbox.discord.model import Channel, Message, Payload, User
from sandbox.discord.payloads import Payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.resolving import Resolver, as_id
from sandbox.discord.state import State
from sandbox.wire import UploadedFile

OWN_DM = "dm"  # the name by which every user calls their own DM with the bot


class ActorBase:
    """Finds what a user named, as that user sees it."""

    def __init__(
        self,
        state: State,
        media: Media,
        payloads: Payloads,
        events: Events,
        messages: Messages,
        interactions: Interactions,
        commands: CommandBook,
        *,
        is_ready: Callable[[], bool],
    ) -> None:
        self._state = state
        self._media = media
        self._payloads = payloads
        self._events = events
        self._messages = messages
        self._interactions = interactions
        self._commands = commands
        self._is_ready = is_ready

    def _resolver(self, user: User, channel: Channel) -> Resolver:
        limit = file_limit(self._state.guild_of(channel))
        return Resolver(self._state, self._media, self._payloads, user, channel, limit)

    def _needs(self, user: User, channel: Channel, permission: Permission, what: str) -> None:
        if self._state.permissions(user, channel) & permission != permission:
            raise ActingError(403, f"{user.username} may not {what}.")

    def _user(self, name: str) -> User:
        user = self._state.user(name)
        if user is None or user.is_bot:
            raise ActingError(404, f"There is nobody called {name} to act as.")
        return user

    def _channel(self, name: str, user: User) -> Channel:
        if name == OWN_DM:
            channel, is_new = self._state.open_dm(user)
            if is_new:
                self._events.channel_created(channel)
            return channel
        found = self._state.channel(name)
        if found is None or not self._state.permissions(user, found) & Permission.VIEW_CHANNEL:
            raise ActingError(404, f"{user.username} sees no channel {name}.")
        return found

    def _message(self, message_id: str, user: User) -> Message:
        message = self._state.message(as_id(message_id))
        if message is None or not message.is_visible_to(user.id):
            raise ActingError(404, f"{user.username} sees no message {message_id}.")
        self._channel(str(message.channel_id), user)
        return message

    def _files(self, user: User, channel: Channel, attachments: Iterable[str]) -> dict[int, UploadedFile]:
        resolver = self._resolver(user, channel)
        kept = [self._media.files[int(resolver.attachment(upload_id))] for upload_id in attachments]
        return {number: UploadedFile(file.filename, file.data) for number, file in enumerate(kept)}


@contextmanager
def as_acting_error() -> Iterator[None]:
    """Let Discord's refusals be sentences to a user."""
    try:
        yield
    except ApiError as error:
        raise ActingError(
            error.status, f"{error.message.rstrip('.')}. {_first_complaint(error.errors)}".strip()
        ) from error


def _first_complaint(errors: Payload | None) -> str:
    """The first leaf of an error tree as a sentence; nothing when there is none."""
    path = []
    while errors and "_errors" not in errors:
        name, errors = next(iter(errors.items()))
        path.append(name)
    return f"{'.'.join(path)}: {errors['_errors'][0]['message'].rstrip('.')}." if errors else ""
