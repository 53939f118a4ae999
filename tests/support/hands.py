"""People's hands: interactions as the library makes them of Discord's payloads, with nobody behind their answers."""

import asyncio
import itertools
from importlib import import_module
from typing import Any, cast

import discord
from discord import app_commands
from typing_extensions import override

from bot.client import EaselBot
from bot.clock import Clock
from bot.crypto import TokenCipher
from bot.domain.engine_info import ENGINES
from bot.domain.job import Place, Reach
from bot.jobs.extras import Extras
from bot.services import Services
from bot.ui.components.job_actions import RegionAction
from bot.ui.components.job_buttons import JobButton
from bot.ui.components.modals import FILE_FIELD, PROMPT_FIELD, ModalContext
from bot.ui.components.picture_menu import JobMenu
from bot.ui.components.region_buttons import RegionButton

APPLICATION = 77
OTHER_GUILD = 999
PICTURE_URL = "https://img.example.com/grid.png"  # it lies on the shelf of the tests' fetcher
ALL_RIGHTS = str(discord.Permissions.all().value)
MEMBERS_RIGHTS = str(discord.Permissions.all_channel().value & ~discord.Permissions(manage_messages=True).value)
EVERY_ENGINE = tuple(ENGINES)
_KINDS: dict[discord.AppCommandOptionType, Any] = {
    discord.AppCommandOptionType.string: "a cat",
    discord.AppCommandOptionType.integer: 1,
    discord.AppCommandOptionType.number: 1.0,
    discord.AppCommandOptionType.attachment: "88",
    discord.AppCommandOptionType.user: "901",
}
_ids = itertools.count(10_000)


class _Answer:
    """The answer of an interaction: remembers what was said, shown and asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.views: list[discord.ui.View | discord.ui.LayoutView] = []
        self.modals: list[discord.ui.Modal] = []
        self.files: list[discord.File] = []
        self.is_away = False  # Discord takes nothing
        self.tells_ids = True
        self.waits_for: asyncio.Event | None = None  # how long Discord takes for it
        self.is_given = asyncio.Event()
        self._is_done = False

    def is_done(self) -> bool:
        return self._is_done

    async def send_message(self, content: str | None = None, *, view: Any = None, **_more: Any) -> Any:
        if self.is_away:
            raise TimeoutError
        if self.waits_for is not None:
            await self.waits_for.wait()
        self._is_done = True
        self.is_given.set()
        return await self.send(content, view=view)

    async def edit_message(self, *, content: str | None = None, view: Any = None, **_more: Any) -> None:
        if self.is_away:
            raise TimeoutError
        self._is_done = True
        await self.send(content, view=view)

    async def send(self, content: str | None = None, *, view: Any = None, file: Any = None, **_more: Any) -> Any:
        self.texts.append(content or "")
        self.files += [file] if file is not None else []
        self.views += [view] if isinstance(view, discord.ui.View | discord.ui.LayoutView) else []
        message_id = next(_ids) if self.tells_ids else None
        return type("Sent", (), {"id": message_id, "message_id": message_id})

    async def send_modal(self, modal: discord.ui.Modal) -> None:
        self._is_done = True
        self.modals.append(modal)

    async def defer(self, **_more: Any) -> None:
        self._is_done = True


class _Channel:
    """A channel that takes every message."""

    def __init__(self, channel_id: int) -> None:
        self.id = channel_id

    async def send(self, *_args: Any, **_more: Any) -> Any:
        return type("Message", (), {"id": next(_ids)})


class _Guild:
    """A server in which the bot has every right, and there is every channel."""

    async def fetch_channel(self, _channel_id: int) -> Any:
        return self

    async def fetch_member(self, _user_id: int) -> Any:
        return None

    def permissions_for(self, _member: Any) -> discord.Permissions:
        return discord.Permissions.all()


class ListeningBot(EaselBot):
    """A bot whose messages go nowhere and arrive."""

    application_owner = 1  # whom Discord names as the application's owner

    @override
    async def application_info(self) -> discord.AppInfo:
        return discord.AppInfo(self._connection, cast(Any, _application(self.application_owner)))

    @override
    async def load_extension(self, name: str, *, package: str | None = None) -> None:
        """Take the module as it was read first; the library reads it anew for each bot, of which each test has one."""
        await import_module(name, package).setup(self)

    @override
    async def fetch_guild(self, guild_id: int, /, *, with_counts: bool = True) -> Any:
        return _Guild()

    @override
    def get_partial_messageable(self, id: int, **_more: Any) -> Any:
        return _Channel(id)


class Interaction(discord.Interaction[EaselBot]):
    """A real interaction whose answers stay here."""

    def __init__(self, bot: EaselBot, data: dict[str, Any]) -> None:
        super().__init__(data=cast(Any, data), state=cast(Any, bot)._connection)
        self.answer = _Answer()
        self._cs_response = self.answer  # the library's own slots for these two
        self._cs_followup = self.answer

    @override
    async def edit_original_response(self, **more: Any) -> Any:
        return await self.answer.send(more.get("content"), view=more.get("view"))

    @property
    def said(self) -> str:
        """All that was said."""
        return "\n".join(self.answer.texts)


class Hands:
    """What people can do with a bot that stands between real services and no Discord."""

    def __init__(self, bot: EaselBot, clock: Clock) -> None:
        self.bot = bot
        self.clock = clock
        self.drafts = bot.flows.drafts
        self.is_discord_away = False
        self.is_moderator = False

    @classmethod
    async def of(cls, services: Services) -> "Hands":
        """The hands of everybody, with a bot of their own that never connects."""
        cipher = TokenCipher("key")
        bot = ListeningBot(
            services.settings,
            services.pictures,
            cipher,
            services.clock,
            services.original_addresses,
            Extras.over(services.store, services.settings),
            lambda _presenter, _members: services,
        )
        user = {"id": str(APPLICATION), "username": "Easel", "discriminator": "0", "avatar": None}
        connection = cast(Any, bot)._connection
        connection.user = discord.ClientUser(state=connection, data=cast(Any, user))
        connection.application_id = APPLICATION
        await bot.load_cogs()
        return cls(bot, services.clock)

    async def command(self, name: str, user: int, place: Place, **options: Any) -> Interaction:
        """A slash command with its required options filled in."""
        command = self._command(name)
        required = {one.display_name: _KINDS[one.type] for one in command.parameters if one.required}
        kinds = {one.display_name: one.type.value for one in command.parameters}
        given = [{"name": one, "type": kinds[one], "value": value} for one, value in (required | options).items()]
        *groups, leaf = name.split()
        data: dict[str, Any] = {"name": leaf, "type": 1, "options": given}
        for group in reversed(groups):
            data = {"name": group, "type": 2, "options": [data]}
        interaction = self._interaction(2, user, place, data | {"type": 1, "id": "66"} | _RESOLVED)
        await self.bot.tree._call(interaction)
        return interaction

    def parameters(self, name: str) -> set[str]:
        """The options of a slash command."""
        return {one.display_name for one in self._command(name).parameters}

    def _command(self, name: str) -> app_commands.Command[Any, ..., Any]:
        found = next(one for one in self.bot.tree.walk_commands() if one.qualified_name == name)
        assert isinstance(found, app_commands.Command)
        return found

    async def context(self, name: str, user: int, place: Place) -> Interaction:
        """A context menu on a message with a picture."""
        message = _message(place) | {"attachments": [ATTACHMENT]}
        data = {"name": name, "type": 3, "target_id": message["id"], "resolved": {"messages": {message["id"]: message}}}
        interaction = self._interaction(2, user, place, data)
        await self.bot.tree._call(interaction)
        return interaction

    async def press(self, verb: str, about: str, user: int, place: Place, key: int | None = None) -> Interaction:
        """A button of a message."""
        interaction = self._component(user, place)
        await JobButton(verb, about, key).callback(interaction)
        return interaction

    async def press_region(
        self, action: RegionAction, job_id: str, user: int, place: Place, *, chosen: int = 1
    ) -> Interaction:
        """A button of the Region panel; `chosen` are its cells as bits."""
        interaction = self._component(user, place)
        await RegionButton(action, job_id, 0, chosen).callback(interaction)
        return interaction

    async def choose(self, verb: str, about: str, value: str, user: int, place: Place, *, of: str = "") -> Interaction:
        """A choice in a private menu."""
        interaction = self._component(user, place)
        interaction.data = cast(Any, {"values": [value]})
        await JobMenu(verb, about, of).callback(interaction)
        return interaction

    async def answer(self, modal: ModalContext, user: int, place: Place, text: str = "a cat") -> Interaction:
        """A modal's answer, with a file."""
        fields = [
            {"type": 18, "component": {"custom_id": PROMPT_FIELD, "value": text, "type": 4}},
            {"type": 18, "component": {"custom_id": FILE_FIELD, "values": ["88"], "type": 19}},
        ]
        data = {"custom_id": modal.custom_id(self.clock), "components": fields, **_RESOLVED}
        interaction = self._interaction(5, user, place, data)
        await self.bot.on_interaction(interaction)
        return interaction

    def interaction(self, user: int, place: Place) -> Interaction:
        """A press that nothing has answered yet."""
        return self._component(user, place)

    def _component(self, user: int, place: Place) -> Interaction:
        return self._interaction(3, user, place, {"custom_id": "", "component_type": 2})

    def _interaction(self, kind: int, user: int, place: Place, data: dict[str, Any]) -> Interaction:
        payload: dict[str, Any] = {
            "id": str(next(_ids)),
            "application_id": str(APPLICATION),
            "type": kind,
            "token": "token",
            "version": 1,
            "locale": "en-US",
            "attachment_size_limit": 10_000_000,
            "entitlements": [],
            "app_permissions": ALL_RIGHTS,
            "channel_id": str(place.channel_id),
            "data": data,
        }
        payload |= _who_and_where(user, place)
        if self.is_moderator and "member" in payload:
            payload["member"]["permissions"] = ALL_RIGHTS
        if kind == 3:
            payload["message"] = _message(place)
        interaction = Interaction(self.bot, payload)
        interaction.answer.is_away = self.is_discord_away
        return interaction


def _person(user: int) -> dict[str, Any]:
    return {"id": str(user), "username": "someone", "discriminator": "0", "avatar": None}


def _application(owner_id: int) -> dict[str, Any]:
    """The application as Discord describes it."""
    return {
        "id": str(APPLICATION),
        "name": "Easel",
        "description": "",
        "icon": None,
        "summary": "",
        "verify_key": "",
        "bot_public": False,
        "bot_require_code_grant": False,
        "owner": _person(owner_id),
        "team": None,
        "flags": 0,
    }


ATTACHMENT = {
    "id": "88",
    "filename": "cat.png",
    "content_type": "image/png",
    "size": 1000,
    "url": PICTURE_URL,
    "proxy_url": PICTURE_URL,
}
_RESOLVED = {
    "resolved": {
        "attachments": {"88": ATTACHMENT},
        "users": {str(one): _person(one) for one in (901, 902)} | {"903": _person(903) | {"bot": True}},
    }
}


def _who_and_where(user: int, place: Place) -> dict[str, Any]:
    """The fields of an interaction that differ between a server and a direct message."""
    person = _person(user)
    if place.guild_id is None:
        return {
            "context": 1 if place.reach is Reach.DM else 2,
            "user": person,
            "authorizing_integration_owners": {"1": str(user)},
            "channel": {"id": str(place.channel_id), "type": 1, "recipients": [person], "last_message_id": None},
        }
    member = {
        "user": person,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": MEMBERS_RIGHTS,
    }
    return {
        "context": 0,
        "guild_id": str(place.guild_id),
        "guild": {"id": str(place.guild_id), "locale": "en-US", "features": []},
        "member": member,
        "authorizing_integration_owners": (
            {"0": str(place.guild_id)} if place.reach is Reach.GUILD else {"1": str(user)}
        ),
        "channel": _channel(place),
    }


def _channel(place: Place) -> dict[str, Any]:
    channel: dict[str, Any] = {"id": str(place.channel_id), "name": "studio", "position": 0, "type": 0}
    if place.parent_channel_id is not None:
        ends = {"archived": False, "auto_archive_duration": 60, "archive_timestamp": "2026-11-22T12:00:00+00:00"}
        return (
            channel
            | {"type": 11, "parent_id": str(place.parent_channel_id), "thread_metadata": ends, "owner_id": "1"}
            | {"message_count": 1, "member_count": 1}
        )
    category = None if place.category_id is None else str(place.category_id)
    return channel | {"parent_id": category, "nsfw": place.is_age_restricted}


def _message(place: Place) -> dict[str, Any]:
    author = {"id": str(APPLICATION), "username": "Easel", "discriminator": "0", "avatar": None}
    return {
        "id": "500",
        "channel_id": str(place.channel_id),
        "author": author,
        "content": "**seed** 7",  # as details tell it
        "timestamp": "2026-11-22T12:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
        "components": [],
    }
