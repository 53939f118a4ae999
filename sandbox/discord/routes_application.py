"""Routes about the application itself: who it is, its gateway, its commands and its emoji."""

import base64
import binascii

from aiohttp import web

from sandbox.discord.description import Schema
from sandbox.discord.errors import ApiError, Problems, invalid
from sandbox.discord.model import Emoji, Payload
from sandbox.discord.rest import answer_json, no_content, read_body, read_object
from sandbox.discord.route_group import Parts, Route, RouteGroup, read_id, read_limit
from sandbox.discord.session_starts import SessionStarts
from sandbox.discord.stickers import PACK, STICKERS

MOST_EMOJI_BYTES = 256 * 1024
REGIONS = ("brazil", "rotterdam", "singapore", "us-east")


class ApplicationRoutes(RouteGroup):
    """What a library asks for at its start, and what it registers."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.gateway_url = ""
        self.session_starts = SessionStarts(self._state.clock)

    def table(self) -> list[Route]:
        """Every route of this group."""
        own = "/applications/{application:[0-9]+}"
        emoji = own + "/emojis/{emoji:[0-9]+}"
        return [
            ("GET", "/gateway", self.gateway),
            ("GET", "/gateway/bot", self.gateway_bot),
            ("GET", "/users/@me", self.me),
            ("PATCH", "/users/@me", self.change_me),
            ("GET", "/users/@me/guilds", self.own_guilds),
            ("DELETE", "/users/@me/guilds/{guild:[0-9]+}", self.leave_guild),
            ("POST", "/users/@me/channels", self.open_dm),
            ("GET", "/users/{user:[0-9]+}", self.user),
            ("GET", "/oauth2/applications/@me", self.application),
            ("GET", "/applications/@me", self.application),
            ("PATCH", "/applications/@me", self.change_application),
            *self._command_routes(own),
            ("GET", own + "/emojis", self.list_emoji),
            ("POST", own + "/emojis", self.add_emoji),
            ("GET", emoji, self.emoji),
            ("PATCH", emoji, self.rename_emoji),
            ("DELETE", emoji, self.drop_emoji),
            *(("GET", own + rest, self.nothing) for rest in ("/entitlements", "/skus", "/role-connections/metadata")),
            ("GET", "/voice/regions", self.voice_regions),
            ("GET", "/soundboard-default-sounds", self.nothing),
            ("GET", "/sticker-packs", self.sticker_packs),
            ("GET", "/stickers/{sticker:[0-9]+}", self.sticker),
        ]

    def _command_routes(self, own: str) -> list[Route]:
        """Commands everywhere and of one server, and who may use the latter."""
        places = (own + "/commands", own + "/guilds/{guild:[0-9]+}/commands")
        of_guild = places[1]
        return [
            ("GET", of_guild + "/permissions", self.all_permissions),
            ("GET", of_guild + "/{command:[0-9]+}/permissions", self.command_permissions),
            ("PUT", of_guild + "/{command:[0-9]+}/permissions", self.set_permissions),
            *(
                route
                for place in places
                for route in (
                    ("GET", place, self.list_commands),
                    ("PUT", place, self.sync_commands),
                    ("POST", place, self.add_command),
                    ("GET", place + "/{command:[0-9]+}", self.command),
                    ("PATCH", place + "/{command:[0-9]+}", self.change_command),
                    ("DELETE", place + "/{command:[0-9]+}", self.drop_command),
                )
            ),
        ]

    async def gateway(self, _request: web.Request) -> web.Response:
        return answer_json({"url": self.gateway_url})

    async def gateway_bot(self, _request: web.Request) -> web.Response:
        return answer_json(self.session_starts.told(len(self._state.bot_guilds()), self.gateway_url))

    async def me(self, _request: web.Request) -> web.Response:
        return answer_json(self._payloads.me())

    async def change_me(self, request: web.Request) -> web.Response:
        body, _ = await read_object(request)
        self._state.bot.username = body.get("username") or self._state.bot.username
        return answer_json(self._payloads.me())

    async def own_guilds(self, request: web.Request) -> web.Response:
        own = {"owner": False, "permissions": "0"}
        fields = ("id", "name", "icon", "banner", "features", "approximate_member_count", "approximate_presence_count")
        after, limit = read_id(request, "after"), read_limit(request, 200, 200)  # clients turn pages until one is empty
        page = sorted((one for one in self._state.bot_guilds() if one.id > after), key=lambda one: one.id)[:limit]
        guilds = [self._payloads.guild(guild) for guild in page]
        return answer_json([{name: guild[name] for name in fields} | own for guild in guilds])

    async def leave_guild(self, request: web.Request) -> web.Response:
        guild = self._state.guilds.get(int(request.match_info["guild"]))
        if guild is None or self._state.bot.id not in guild.roles_by_member:
            raise ApiError(10004)
        del guild.roles_by_member[self._state.bot.id]
        return web.Response(status=204)

    async def open_dm(self, request: web.Request) -> web.Response:
        body, _ = await read_object(request)
        user = self._state.users.get(int(body.get("recipient_id") or 0))
        if user is None or user.is_bot:
            raise ApiError(50007 if user else 10013)
        channel, is_new = self._state.open_dm(user)
        if is_new:
            self._events.channel_created(channel)
        return answer_json(self._payloads.channel(channel))

    async def user(self, request: web.Request) -> web.Response:
        user = self._state.users.get(int(request.match_info["user"]))
        if user is None:
            raise ApiError(10013)
        return answer_json(self._payloads.user(user))

    async def application(self, _request: web.Request) -> web.Response:
        return answer_json(self._payloads.application())

    async def change_application(self, request: web.Request) -> web.Response:
        await read_object(request)  # the page shows nothing of it
        return answer_json(self._payloads.application())

    async def voice_regions(self, _request: web.Request) -> web.Response:
        plain = {"custom": False, "deprecated": False, "optimal": False}
        return answer_json([{"id": name, "name": name.title()} | plain for name in REGIONS])

    async def sticker_packs(self, _request: web.Request) -> web.Response:
        return answer_json({"sticker_packs": [PACK]})

    async def sticker(self, request: web.Request) -> web.Response:
        sticker = STICKERS.get(int(request.match_info["sticker"]))
        if sticker is None:
            raise ApiError(10060)
        return answer_json(sticker)

    async def nothing(self, request: web.Request) -> web.Response:
        """A list of what the sandbox has none of."""
        if "application" in request.match_info:
            self._own(request)
        return answer_json([])

    # Commands.

    async def list_commands(self, request: web.Request) -> web.Response:
        commands = self._commands.listed(self._place(request))
        if request.query.get("with_localizations", "").lower() not in ("1", "true"):
            commands = [_without_localizations(command) for command in commands]
        return answer_json(commands)

    async def sync_commands(self, request: web.Request) -> web.Response:
        place = self._place(request)
        commands, _ = await read_body(request)
        synced = self._commands.overwrite(commands or [], place)
        self._events.feed("COMMANDS", synced)
        return answer_json(synced)

    async def add_command(self, request: web.Request) -> web.Response:
        place = self._place(request)
        body, _ = await read_object(request)
        command, is_new = self._commands.add(body, place)
        self._events.feed("COMMANDS", self._commands.listed(place))
        return answer_json(command, 201 if is_new else 200)

    async def command(self, request: web.Request) -> web.Response:
        return answer_json(self._commands.get(request.match_info["command"], self._place(request)))

    async def change_command(self, request: web.Request) -> web.Response:
        place = self._place(request)
        body, _ = await read_object(request)
        changed = self._commands.change(request.match_info["command"], body, place)
        self._events.feed("COMMANDS", self._commands.listed(place))
        return answer_json(changed)

    async def drop_command(self, request: web.Request) -> web.Response:
        place = self._place(request)
        self._commands.remove(request.match_info["command"], place)
        self._events.feed("COMMANDS", self._commands.listed(place))
        return no_content()

    async def all_permissions(self, request: web.Request) -> web.Response:
        self._place(request)
        return answer_json([])  # nobody has overridden any

    async def command_permissions(self, request: web.Request) -> web.Response:
        place = self._place(request)
        known = {command["id"] for command in self._commands.usable(place)}
        raise ApiError(10066 if request.match_info["command"] in known else 10063)

    async def set_permissions(self, request: web.Request) -> web.Response:
        """Only somebody who manages the server may, by a token of their own."""
        self._place(request)
        await read_object(request)
        raise ApiError(20001)

    def _own(self, request: web.Request) -> None:
        if int(request.match_info["application"]) != self._state.application_id:
            raise ApiError(20012)

    def _place(self, request: web.Request) -> int | None:
        self._own(request)
        return self._guild(request).id if "guild" in request.match_info else None

    # Emoji.

    async def list_emoji(self, request: web.Request) -> web.Response:
        self._own(request)
        return answer_json({"items": [self._payloads.own_emoji(emoji) for emoji in self._state.emojis.values()]})

    async def emoji(self, request: web.Request) -> web.Response:
        return answer_json(self._payloads.own_emoji(self._emoji(request)))

    async def add_emoji(self, request: web.Request) -> web.Response:
        self._own(request)
        body, _ = await read_object(request)
        self._check_emoji_name(body)
        data = _image_bytes(body.get("image") or "")
        emoji = Emoji(self._state.new_id(), body["name"], is_animated=data.startswith(b"GIF8"))
        self._state.emojis[emoji.id] = emoji
        return answer_json(self._payloads.own_emoji(emoji), 201)

    async def rename_emoji(self, request: web.Request) -> web.Response:
        emoji = self._emoji(request)
        body, _ = await read_object(request)
        self._check_emoji_name(body)
        emoji.name = body["name"]
        return answer_json(self._payloads.own_emoji(emoji))

    async def drop_emoji(self, request: web.Request) -> web.Response:
        del self._state.emojis[self._emoji(request).id]
        return no_content()

    def _check_emoji_name(self, body: Payload) -> None:
        problems = Problems()
        problems.length("name", body.get("name"), 2, 32, required=True)
        problems.refuse()

    def _emoji(self, request: web.Request) -> Emoji:
        self._own(request)
        emoji = self._state.emojis.get(int(request.match_info["emoji"]))
        if emoji is None:
            raise ApiError(10014)
        return emoji


def _image_bytes(address: str) -> bytes:
    head, _, text = address.partition(",")
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise invalid("image", "IMAGE_INVALID", "Invalid image data") from error
    if not head.startswith("data:image/") or not data:
        raise invalid("image", "IMAGE_INVALID", "Invalid image data")
    if len(data) > MOST_EMOJI_BYTES:
        raise invalid("image", "BINARY_TYPE_MAX_SIZE", "File cannot be larger than 256.0 kb.")
    return data


def _without_localizations(thing: Schema) -> Schema:
    """Lists carry the dictionaries of names only on request.

    Source: https://docs.discord.com/developers/interactions/application-commands#get-global-application-commands.
    """
    dropped = {"name_localizations", "description_localizations"}
    return {
        key: [_without_localizations(one) for one in value] if key in ("options", "choices") and value else value
        for key, value in thing.items()
        if key not in dropped
    }
