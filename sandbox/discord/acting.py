"""Acting as a user: what a person at a Discord client can do, and what the client would not let them do."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.discord import dialogs
from sandbox.discord import options as command_options
from sandbox.discord.commands import MESSAGE_MENU, SLASH, CommandBook
from sandbox.discord.components import SELECTS, Kind, walk
from sandbox.discord.errors import ActingError, ApiError
from sandbox.discord.events import Events
from sandbox.discord.interactions import Interactions
from sandbox.discord.limits import file_limit
from sandbox.discord.media import Media
from sandbox.discord.messages import Messages
from sandbox.discord.model import Attachment, Channel, Interaction, InteractionType, Message, Payload, User
from sandbox.discord.payloads import Payloads
from sandbox.discord.permissions import Permission
from sandbox.discord.resolving import Resolver, as_id
from sandbox.discord.state import State
from sandbox.wire import UploadedFile

__all__ = ["ActingError", "Actor"]

OWN_DM = "dm"  # the name by which every user calls their own DM with the bot


class Actor:
    """Does things as a user. Users and channels are given by id or name; refusals are ActingErrors."""

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

    def state(self) -> Payload:
        """Who and what there is."""
        state = self._state
        guild_commands = [command for guild in state.guilds for command in self._commands.listed(guild)]
        return {
            "ready": self._is_ready(),
            "guilds": [
                {
                    "id": str(guild.id),
                    "name": guild.name,
                    "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles],
                }
                for guild in state.guilds.values()
            ],
            "channels": [
                {
                    "id": str(channel.id),
                    "name": channel.name,
                    "type": int(channel.type),
                    "guild_id": None if channel.guild_id is None else str(channel.guild_id),
                    "parent_id": None if channel.parent_id is None else str(channel.parent_id),
                    "recipients": [
                        self._payloads.user(user) for user in state.users.values() if user.id == channel.recipient_id
                    ],
                    "nsfw": channel.is_nsfw,
                }
                for channel in state.channels.values()
            ],
            "users": [
                {
                    "id": str(user.id),
                    "username": user.username,
                    "global_name": user.global_name,
                    "bot": user.is_bot,
                    "avatar": user.avatar and f"{self._media.origin}/avatars/{user.id}/{user.avatar}.png",
                }
                for user in state.users.values()
            ],
            "commands": self._commands.listed() + guild_commands,
        }

    def messages(self, channel: str, user: str) -> list[Payload]:
        """What the user sees in the channel, oldest first, as REST returns it."""
        viewer = self._user(user)
        place = self._channel(channel, viewer)
        seen = [m for m in place.messages.values() if m.visible_to in (None, viewer.id)]
        return [self._payloads.message(message, viewer_id=viewer.id) for message in seen]

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

    async def slash(self, user: str, channel: str, command: str, options: dict[str, Any], locale: str = "en-US") -> str:
        """Send a slash command; returns the interaction's id."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        found, path, owners = self._slash_command(actor, place, command)
        resolver = self._resolver(actor, place)
        declared = (path[-1] if path else found).get("options") or []
        values = command_options.wrap(path, command_options.fill(declared, options, resolver))
        data = _command_data(found, SLASH) | {"options": values}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        return self._start(InteractionType.COMMAND, actor, place, data, owners, locale)

    async def context(self, user: str, channel: str, command: str, message_id: str, locale: str = "en-US") -> str:
        """Use a message's context menu; returns the interaction's id."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        found, owners = self._command(actor, place, command, MESSAGE_MENU)
        target = self._message(message_id, actor)
        if target.visible_to is not None or target.channel_id != place.id:
            raise ActingError(403, "This message has no context menu here.")
        shown = self._payloads.message(target, viewer_id=self._state.bot.id)
        data = _command_data(found, MESSAGE_MENU) | {
            "target_id": str(target.id),
            "resolved": {"messages": {str(target.id): shown}},
        }
        return self._start(InteractionType.COMMAND, actor, place, data, owners, locale)

    async def autocomplete(
        self, user: str, channel: str, command: str, options: dict[str, Any], focused: str, locale: str = "en-US"
    ) -> list[Payload]:
        """The bot's suggestions while an option is being typed."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        found, path, owners = self._slash_command(actor, place, command)
        declared = (path[-1] if path else found).get("options") or []
        values = command_options.wrap(path, command_options.fill_partly(declared, options, focused))
        data = _command_data(found, SLASH) | {"options": values}
        interaction_id = self._start(InteractionType.AUTOCOMPLETE, actor, place, data, owners, locale)
        interaction = self._state.interactions[int(interaction_id)]
        await self._interactions.wait_settled(interaction)
        if interaction.state == "failed":
            raise ActingError(504, "The bot gave no suggestions within 3 seconds.")
        return interaction.choices

    async def click(self, user: str, message_id: str, custom_id: str, locale: str = "en-US") -> str:
        """Press a button; returns the interaction's id."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        button = _component(message, custom_id, {Kind.BUTTON})
        data = {"component_type": int(Kind.BUTTON), "custom_id": custom_id, "id": button["id"]}
        return self._start_component(actor, message, data, locale)

    async def select(self, user: str, message_id: str, custom_id: str, values: list[Any], locale: str = "en-US") -> str:
        """Choose from a select menu; returns the interaction's id."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        menu = _component(message, custom_id, SELECTS)
        dialogs.check_count(menu, values)
        resolver = self._resolver(actor, self._state.channels[message.channel_id])
        if menu["type"] == Kind.STRING_SELECT:
            chosen = dialogs.check_options(menu, values)
        else:
            chosen = [resolver.picked(menu, value) for value in values]
        data = {"component_type": menu["type"], "custom_id": custom_id, "id": menu["id"], "values": chosen}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        return self._start_component(actor, message, data, locale)

    async def modal(self, user: str, interaction_id: str, values: dict[str, Any], locale: str = "en-US") -> str:
        """Submit the dialog that an interaction opened; returns the new interaction's id."""
        actor = self._user(user)
        opener = self._interaction(interaction_id)
        modal = self._interactions.view(opener)["modal"]
        if opener.user_id != actor.id or modal is None:
            raise ActingError(404, "No dialog is open there.")
        place = self._state.channels[opener.channel_id]
        resolver = self._resolver(actor, place)
        components = dialogs.submit(modal, values, resolver)
        data: Payload = {"custom_id": modal["custom_id"], "components": components}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        new_id = self._start(
            InteractionType.MODAL,
            actor,
            place,
            data,
            opener.owners,
            locale,
            message_id=opener.message_id,
            triggered_by=opener,
        )
        opener.submitted_as = self._state.interactions[int(new_id)]
        return new_id

    def interaction(self, interaction_id: str) -> Payload:
        """How far the bot's answer has come: state, open dialog, id of the answer's message."""
        return self._interactions.view(self._interaction(interaction_id))

    async def say(
        self, user: str, channel: str, content: str, reply_to: str | None = None, attachments: Iterable[str] = ()
    ) -> Payload:
        """Write a message, with uploads by their ids; replies ping their author."""
        actor = self._user(user)
        place = self._channel(channel, actor)
        in_thread = place.type.is_thread
        needed = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
        self._needs(actor, place, needed, "write here")
        with _as_acting_error():
            self._check_slow_mode(actor, place)
        resolver = self._resolver(actor, place)
        ids = [int(resolver.attachment(upload_id)) for upload_id in attachments]
        kept = [self._media.files[file_id] for file_id in ids]
        files = {number: UploadedFile(file.filename, file.data) for number, file in enumerate(kept)}
        body: Payload = {"content": content}
        if reply_to is not None:
            body["message_reference"] = {"message_id": self._message(reply_to, actor).id}
        with _as_acting_error():
            limit = file_limit(self._state.guild_of(place))
            message = self._messages.create(place, actor, body, files, size_limit=limit)
        return self._payloads.message(message, viewer_id=actor.id)

    async def react(self, user: str, message_id: str, emoji: str) -> Payload:
        """Add a reaction: a Unicode emoji, or `name:id`."""
        actor = self._user(user)
        message = self._message(message_id, actor)
        if message.visible_to is not None:
            raise ActingError(403, "Nobody can react to a message that only one person sees.")
        if not emoji:
            raise ActingError(400, "Which emoji?")
        place = self._state.channels[message.channel_id]
        self._needs(actor, place, Permission.ADD_REACTIONS, "react here")
        self._messages.react(message, actor, emoji)
        return self._payloads.message(message, viewer_id=actor.id)

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

    def _check_slow_mode(self, user: User, channel: Channel) -> None:
        own = [message.created_at for message in channel.messages.values() if message.author_id == user.id]
        rest_s = channel.slow_mode_s - (self._state.clock.now() - max(own, default=0.0))
        if rest_s > 0 and not self._state.permissions(user, channel) & Permission.MANAGE_MESSAGES:
            raise ApiError(20016, retry_after_s=round(rest_s, 3))

    def upload(self, user: str | None, filename: str, data: bytes) -> str:
        """Keep a file for an option, a dialog or a message; without a user anyone may use it."""
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

    def _start(
        self,
        kind: InteractionType,
        user: User,
        channel: Channel,
        data: Payload,
        owners: dict[str, str],
        locale: str,
        *,
        message_id: int | None = None,
        triggered_by: Interaction | None = None,
    ) -> str:
        interaction = self._interactions.start(
            kind,
            user,
            channel,
            data,
            locale=locale,
            owners=owners,
            size_limit=file_limit(self._state.guild_of(channel)),
            message_id=message_id,
            triggered_by=triggered_by,
        )
        return str(interaction.id)

    def _start_component(self, user: User, message: Message, data: Payload, locale: str) -> str:
        channel = self._state.channels[message.channel_id]
        installed = {"0": str(channel.guild_id or 0)}
        owners = (message.metadata or {}).get("authorizing_integration_owners", installed)
        return self._start(InteractionType.COMPONENT, user, channel, data, owners, locale, message_id=message.id)

    def _slash_command(self, user: User, channel: Channel, name: str) -> tuple[Payload, list[Payload], dict[str, str]]:
        words = name.removeprefix("/").split() or [""]
        command, owners = self._command(user, channel, words[0], SLASH)
        return command, command_options.find_leaf(command, words[1:]), owners

    def _command(self, user: User, channel: Channel, name: str, kind: int) -> tuple[Payload, dict[str, str]]:
        """A command that this user can use in this place, and on whose installation it runs."""
        known = [c for c in self._commands.usable(channel.guild_id) if c["type"] == kind and c["name"] == name]
        context = 0 if channel.guild_id is not None else 1
        for command in known:
            contexts = command.get("contexts")
            owners = self._owners(user, channel, command)
            if owners and (contexts is None or context in contexts):
                self._check_command_rights(user, channel, command)
                return command, owners
        raise ActingError(404, f"There is no command {name} here.")

    def _owners(self, user: User, channel: Channel, command: Payload) -> dict[str, str]:
        types = command.get("integration_types", [0])
        owners = {}
        if 0 in types and self._state.has_bot(channel):
            owners["0"] = str(channel.guild_id or 0)
        if 1 in types and user.has_installed:
            owners["1"] = str(user.id)
        return owners

    def _check_command_rights(self, user: User, channel: Channel, command: Payload) -> None:
        self._needs(user, channel, Permission.USE_APPLICATION_COMMANDS, "use commands here")
        needed = command["default_member_permissions"]
        if needed is not None and channel.guild_id is not None:
            mask = Permission(int(needed)) or Permission.ADMINISTRATOR
            self._needs(user, channel, mask, f"use {command['name']}")
        if command.get("nsfw") and channel.guild_id is not None and not channel.is_nsfw:
            raise ActingError(403, f"{command['name']} works in age-restricted channels only.")

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
        if message is None or message.visible_to not in (None, user.id):
            raise ActingError(404, f"{user.username} sees no message {message_id}.")
        self._channel(str(message.channel_id), user)
        return message

    def _interaction(self, interaction_id: str) -> Interaction:
        interaction = self._state.interactions.get(as_id(interaction_id))
        if interaction is None:
            raise ActingError(404, f"There is no interaction {interaction_id}.")
        return interaction


def _command_data(command: Payload, kind: int) -> Payload:
    guild = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
    return {"id": command["id"], "name": command["name"], "type": kind} | guild


def _component(message: Message, custom_id: str, kinds: set[Kind]) -> Payload:
    for component in walk(message.components):
        if component.get("custom_id") == custom_id and component["type"] in kinds:
            if component.get("disabled"):
                raise ActingError(409, f"{custom_id} is disabled.")
            return component
    raise ActingError(404, f"The message has no {custom_id} of this kind.")


@contextmanager
def _as_acting_error() -> Iterator[None]:
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
