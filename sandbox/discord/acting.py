"""Acting as a user: what a person at a Discord client can do, and what the client would not let them do."""

from typing import Any

from sandbox.discord import modals
from sandbox.discord import options as command_options
from sandbox.discord.acting_messages import NO_CHAT, Writer
from sandbox.discord.commands import MESSAGE_MENU, SLASH
from sandbox.discord.components import SELECTS, Kind, walk
from sandbox.discord.errors import ActingError
from sandbox.discord.limits import file_limit
from sandbox.discord.model import Channel, Interaction, InteractionType, Message, Payload, User
from sandbox.discord.permissions import Permission
from sandbox.discord.resolving import as_id

__all__ = ["ActingError", "Actor"]


class Actor(Writer):
    """Does things as a user. Users and channels are given by id or name; refusals are ActingErrors."""

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
                    "premium_tier": guild.premium_tier,
                    "has_bot": state.bot.id in guild.roles_by_member,
                    "roles": [{"id": str(role.id), "name": role.name} for role in guild.roles],
                }
                for guild in state.guilds.values()
            ],
            "channels": [self._place(channel) for channel in state.channels.values()],
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

    def _place(self, channel: Channel) -> Payload:
        """A channel, and what each may do in it."""
        users = self._state.users.values()
        return {
            "id": str(channel.id),
            "name": channel.name,
            "type": int(channel.type),
            "guild_id": None if channel.guild_id is None else str(channel.guild_id),
            "parent_id": None if channel.parent_id is None else str(channel.parent_id),
            "recipients": [self._payloads.user(user) for user in users if user.id == channel.recipient_id],
            "nsfw": channel.is_nsfw,
            "permissions": {str(user.id): str(int(self._state.permissions(user, channel))) for user in users},
        }

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
        if target.is_ephemeral or target.channel_id != place.id:
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
        modals.check_count(menu, values)
        resolver = self._resolver(actor, self._state.channels[message.channel_id])
        if menu["type"] == Kind.STRING_SELECT:
            chosen = modals.check_options(menu, values)
        else:
            chosen = [resolver.picked(menu, value) for value in values]
        data = {"component_type": menu["type"], "custom_id": custom_id, "id": menu["id"], "values": chosen}
        if resolver.resolved:
            data["resolved"] = resolver.resolved
        return self._start_component(actor, message, data, locale)

    async def modal(self, user: str, interaction_id: str, values: dict[str, Any], locale: str = "en-US") -> str:
        """Submit the modal that an interaction opened; returns the new interaction's id."""
        actor = self._user(user)
        opener = self._interaction(interaction_id)
        modal = self._interactions.view(opener)["modal"]
        if opener.user_id != actor.id or modal is None:
            raise ActingError(404, "No modal is open there.")
        place = self._state.channels[opener.channel_id]
        resolver = self._resolver(actor, place)
        components = modals.submit(modal, values, resolver)
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
        """How far the bot's answer has come: state, open modal, id of the answer's message."""
        return self._interactions.view(self._interaction(interaction_id))

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
        if not channel.type.holds_messages:
            raise ActingError(400, NO_CHAT)
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
