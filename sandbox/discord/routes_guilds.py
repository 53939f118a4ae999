"""Routes about servers: their channels, members, roles, and lists of what the sandbox has none of."""

from aiohttp import web

from sandbox.discord.errors import ApiError, Problems
from sandbox.discord.rest import answer_json, read_object
from sandbox.discord.route_group import Route, RouteGroup, read_id, read_limit

# Lists that a bot may read as a member; nobody in the sandbox has made any of these.
EMPTY = ("/emojis", "/stickers", "/scheduled-events")
# Calls that need rights which the bot's role has not; a bot that tries is told so.
FORBIDDEN = (
    ("PATCH", ""),
    ("GET", "/audit-logs"),
    ("GET", "/auto-moderation/rules"),
    ("POST", "/auto-moderation/rules"),
    ("GET", "/bans"),
    ("GET", "/bans/{user:[0-9]+}"),
    ("PUT", "/bans/{user:[0-9]+}"),
    ("DELETE", "/bans/{user:[0-9]+}"),
    ("GET", "/templates"),
    ("POST", "/channels"),
    ("PATCH", "/channels"),
    ("POST", "/emojis"),
    ("GET", "/integrations"),
    ("GET", "/invites"),
    ("PATCH", "/members/{user:[0-9]+}"),
    ("DELETE", "/members/{user:[0-9]+}"),
    ("PUT", "/members/{user:[0-9]+}/roles/{role:[0-9]+}"),
    ("DELETE", "/members/{user:[0-9]+}/roles/{role:[0-9]+}"),
    ("GET", "/prune"),
    ("POST", "/roles"),
    ("PATCH", "/roles/{role:[0-9]+}"),
    ("DELETE", "/roles/{role:[0-9]+}"),
    ("POST", "/scheduled-events"),
    ("POST", "/stickers"),
    ("GET", "/vanity-url"),
    ("GET", "/webhooks"),
    ("GET", "/widget"),
)


class GuildRoutes(RouteGroup):
    """What a bot asks about a server that it is in."""

    def table(self) -> list[Route]:
        """Every route of this group."""
        guild = "/guilds/{guild:[0-9]+}"
        return [
            ("GET", guild, self.guild),
            ("GET", guild + "/preview", self.preview),
            ("GET", guild + "/channels", self.channels),
            ("GET", guild + "/threads/active", self.active_threads),
            ("GET", guild + "/members", self.members),
            ("GET", guild + "/members/search", self.search_members),
            ("PATCH", guild + "/members/@me", self.change_own_member),
            ("GET", guild + "/members/{user:[0-9]+}", self.member),
            ("GET", guild + "/roles", self.roles),
            ("GET", guild + "/roles/{role:[0-9]+}", self.role),
            ("GET", guild + "/regions", self.regions),
            ("GET", guild + "/soundboard-sounds", self.sounds),
            *(("GET", guild + rest, self.nothing) for rest in EMPTY),
            *((method, guild + rest, self.forbidden) for method, rest in FORBIDDEN),
        ]

    async def guild(self, request: web.Request) -> web.Response:
        return answer_json(self._payloads.guild(self._guild(request)))

    async def preview(self, request: web.Request) -> web.Response:
        whole = self._payloads.guild(self._guild(request))
        fields = (
            "id",
            "name",
            "icon",
            "description",
            "home_header",
            "splash",
            "discovery_splash",
            "features",
            "emojis",
        )
        counts = ("stickers", "approximate_member_count", "approximate_presence_count")
        return answer_json({name: whole[name] for name in (*fields, *counts)})

    async def channels(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        places = [c for c in self._state.channels.values() if c.guild_id == guild.id and not c.type.is_thread]
        return answer_json([self._payloads.channel(place) for place in places])

    async def active_threads(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        threads = [c for c in self._state.channels.values() if c.guild_id == guild.id and c.type.is_thread]
        return answer_json({"threads": [self._payloads.channel(t) for t in threads], "members": [], "has_more": False})

    async def members(self, request: web.Request) -> web.Response:
        guild, limit = self._guild(request), read_limit(request, 1, 1000)
        after = read_id(request, "after")
        found = [user_id for user_id in sorted(guild.roles_by_member) if user_id > after][:limit]
        return answer_json([self._payloads.member(self._state.users[user_id], guild) for user_id in found])

    async def search_members(self, request: web.Request) -> web.Response:
        guild, limit = self._guild(request), read_limit(request, 1, 1000)
        wanted = request.query.get("query", "").casefold()
        users = [self._state.users[user_id] for user_id in guild.roles_by_member]
        found = [user for user in users if user.username.casefold().startswith(wanted)][:limit]
        return answer_json([self._payloads.member(user, guild) for user in found])

    async def member(self, request: web.Request) -> web.Response:
        guild, user_id = self._guild(request), int(request.match_info["user"])
        if user_id not in guild.roles_by_member:
            raise ApiError(10007)
        return answer_json(self._payloads.member(self._state.users[user_id], guild))

    async def change_own_member(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        body, _ = await read_object(request)
        problems = Problems()
        problems.length("nick", body.get("nick"), 0, 32)
        problems.refuse()
        return answer_json(self._payloads.member(self._state.bot, guild))

    async def roles(self, request: web.Request) -> web.Response:
        return answer_json([self._payloads.role(role) for role in self._guild(request).roles])

    async def role(self, request: web.Request) -> web.Response:
        wanted = int(request.match_info["role"])
        role = next((role for role in self._guild(request).roles if role.id == wanted), None)
        if role is None:
            raise ApiError(10011)
        return answer_json(self._payloads.role(role))

    async def regions(self, request: web.Request) -> web.Response:
        self._guild(request)
        about = {"custom": False, "deprecated": False, "optimal": True}
        return answer_json([{"id": "rotterdam", "name": "Rotterdam"} | about])

    async def sounds(self, request: web.Request) -> web.Response:
        self._guild(request)
        return answer_json({"items": []})

    async def nothing(self, request: web.Request) -> web.Response:
        """A list of what this server has none of."""
        self._guild(request)
        return answer_json([])

    async def forbidden(self, request: web.Request) -> web.Response:
        """What only somebody with more rights may do."""
        self._guild(request)
        raise ApiError(50013)
